package dev.jerboa.server.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.node.Node;
import dev.jerboa.gateway.node.SinkOpener;
import dev.jerboa.gateway.relay.RelayObserver;
import dev.jerboa.testkit.upstream.MockUpstream;
import dev.jerboa.testkit.upstream.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed under load: what ended is in the ledger to the token, what was cut is there as such, nothing is there twice. */
@Timeout(120)
class KilledGatewayTest {
    private static final int CLIENTS = 24;

    @TempDir
    private Path folder;

    private static Process start(Path file) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules=jdk.incubator.vector",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        GatewayProcess.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static int port(Process process) throws IOException {
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith("port ")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new AssertionError("the gateway did not start");
        }
        return Integer.parseInt(line.substring(5));
    }

    @Test
    void whatEndedIsExactAndWhatWasCutIsThere() throws IOException, InterruptedException {
        try (MockUpstream mock = new MockUpstream(
                incoming -> Script.answer().withTokens(100, 40, 30).withTrickle(15))) {
            String config = RunningGateway.config(mock.base()).replaceAll("(?s)local:.*?accounts:", "accounts:")
                    + RunningGateway.open();
            Path file = Files.writeString(folder.resolve("gateway.yaml"), config);
            Process process = start(file);
            Set<String> ended = ConcurrentHashMap.newKeySet();
            try {
                load(port(process), ended, process);
            } finally {
                process.destroyForcibly().waitFor();
            }
            Thread.sleep(200); // the stand-in sees that its clients are gone
            check(mock, ended, recovered(file));
        }
    }

    private static void load(int port, Set<String> ended, Process process) throws InterruptedException {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            boolean stream = i % 2 == 0;
            threads.add(Thread.ofVirtual().start(() -> ask(client, port, stream, ended)));
        }
        for (int i = 0; i < 2_000 && ended.size() <= 3 * CLIENTS; i++) { // well under way
            Thread.sleep(10);
        }
        process.destroyForcibly().waitFor(); // as kill -9 does
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Asks until nobody answers. */
    private static void ask(HttpClient client, int port, boolean stream, Set<String> ended) {
        String body = "{\"model\": \"lab/openai\", \"stream\": " + stream
                + ", \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}";
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            while (true) {
                HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() == 200) {
                    ended.add(response.headers().firstValue("X-Generation-Id").orElseThrow());
                }
            }
        } catch (IOException e) {
            // the gateway is gone
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The events that the next process of the same node finds. */
    private List<UsageEvent> recovered(Path file) {
        GatewayConfig config = GatewayConfig.read(file);
        try (Node node = Node.open(
                config,
                RunningGateway.secrets(folder),
                (request, id, endpoint, provider, key, sink) -> {
                    throw new AssertionError();
                },
                RelayObserver.NONE,
                SinkOpener.NONE)) {
            assertThat(node.writer().flush(Duration.ofSeconds(20))).isTrue();
            return RunningGateway.events(node.store());
        }
    }

    private static void check(MockUpstream mock, Set<String> ended, List<UsageEvent> events) {
        Map<String, UsageEvent> byId = events.stream().collect(Collectors.toMap(UsageEvent::id, Function.identity()));
        assertThat(ended).hasSizeGreaterThan(CLIENTS);
        assertThat(byId.keySet()).containsAll(ended);
        for (String id : ended) {
            UsageEvent event = requireNonNull(byId.get(id));
            assertThat(event.used().tokens()).isEqualTo(new Usage(60, 40, 0, 0, 30, 0));
            assertThat(event.used().quality()).isEqualTo(Quality.PROVIDER);
            assertThat(event.cost().nanos()).isEqualTo(60_000 + 4_000 + 120_000);
        }
        List<UsageEvent> cut = events.stream()
                .filter(event -> !event.outcome().cancelCause().isEmpty())
                .toList();
        assertThat(cut).as("killed under load").isNotEmpty();
        assertThat(cut).allSatisfy(event -> {
            assertThat(event.outcome().cancelCause()).isEqualTo("crash");
            assertThat(event.used().quality()).isEqualTo(Quality.PARTIAL);
            assertThat(ended).doesNotContain(event.id());
        });
        // what was asked of the stand-in was noted before
        assertThat(events).hasSizeGreaterThanOrEqualTo(mock.served().size());
        long whole = mock.served().stream().filter(served -> served.whole()).count();
        long exact = events.stream()
                .filter(event -> event.used().quality() == Quality.PROVIDER)
                .count();
        assertThat(exact).isLessThanOrEqualTo(whole).isGreaterThanOrEqualTo(ended.size());
    }
}
