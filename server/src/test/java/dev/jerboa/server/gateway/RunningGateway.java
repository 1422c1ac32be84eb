package dev.jerboa.server.gateway;

import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.node.Node;
import dev.jerboa.gateway.node.SinkOpener;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import dev.jerboa.testkit.upstream.MockUpstream;
import dev.jerboa.testkit.upstream.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** A gateway on a real socket, before a stand-in for providers and the model inside. */
final class RunningGateway implements AutoCloseable {
    /** A key of the configuration, with a budget where a test gives one. */
    static final String KEY = "sk-test-key-of-the-tests-0123456789";

    /** A key of configurations that let somebody change keys and budgets. */
    static final String ADMIN = "sk-test-key-of-the-operator-0123456789";

    static final String DIALECTS = "openai anthropic responses ollama";

    final MockUpstream mock;
    final JerboaServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final GatewayConfig config;

    /** @param more sections of the configuration */
    RunningGateway(Path folder, String more) {
        this(folder, more, SinkOpener.NONE);
    }

    /** @param sinks opens where events go as well */
    RunningGateway(Path folder, String more, SinkOpener sinks) {
        mock = new MockUpstream(incoming -> scripts.getOrDefault(incoming.model(), Script.answer()));
        config = GatewayConfig.parse(config(mock.base()) + more, "gateway.yaml", folder);
        Models models = new Models(List.of(new Served(
                "small",
                InsideModel.open(OpenOptions.defaults().withMaxWaiting(64).withMaxSequences(16)),
                Instant.now(),
                List.of())));
        server = JerboaServer.start(
                ServerOptions.defaults().withPort(0).withStopping(Duration.ofSeconds(2)),
                models,
                null,
                new GatewayOpening(config, secrets(folder), sinks));
    }

    static Secrets secrets(Path folder) {
        return new Secrets(Map.of("KEY", KEY, "UPSTREAM", "upstream-secret", "ADMIN", ADMIN, "DB", "postgres"), folder);
    }

    /** A catalogue with one model for each dialect, all at the stand-in, and the model inside. */
    static String config(URI base) {
        StringBuilder yaml = new StringBuilder("store: {url: ledger.db}\njournal: {folder: journal}\ncatalogue:\n")
                .append("  shipped: false\n  labs: {lab: {name: Lab, country: FR}}\n  models:\n");
        List<String> dialects = List.of(DIALECTS.split(" "));
        for (String dialect : dialects) {
            yaml.append("    lab/")
                    .append(dialect)
                    .append(": {name: One, openness: open-weight, context: 100000, tools: true}\n");
        }
        yaml.append("    lab/small: {name: Small, openness: open-source, context: 2048}\n  providers:\n");
        for (String dialect : dialects) {
            yaml.append("    p-")
                    .append(dialect)
                    .append(": {name: P, country: US, dialect: ")
                    .append(dialect)
                    .append(", base: \"")
                    .append(base)
                    .append("\", secrets: \"env:UPSTREAM\"}\n");
        }
        yaml.append("  endpoints:\n");
        for (String dialect : dialects) {
            yaml.append("    p-")
                    .append(dialect)
                    .append(":lab/")
                    .append(dialect)
                    .append(": {upstream: ")
                    .append(dialect)
                    .append(", max_output: 1000, prices: [{input: 1, cache_read: 0.1, output: 4}]}\n");
        }
        return yaml.append("local:\n  machine: {hour: 3600, watts: 0, kwh: 0}\n  models:\n")
                .append("    small: {model: lab/small, source: jerboa-inside, max_output: 256}\n")
                .append("accounts: {us: {name: Us, country: FR}}\n")
                .toString();
    }

    /** Keys are needed, and there is one. */
    static String keyed() {
        return "keys: {required: true, declared: {tester: {account: us, secret: \"env:KEY\"}}}\n";
    }

    static String open() {
        return "keys: {required: false, declared: {tester: {account: us, secret: \"env:KEY\"}}}\n";
    }

    RunningGateway when(String upstreamName, Script script) {
        scripts.put(upstreamName, script);
        return this;
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    HttpResponse<String> get(String path, String... headers) {
        return send(HttpRequest.newBuilder(uri(path)).GET(), headers);
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)), headers);
    }

    private HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
        try {
            if (headers.length > 0) {
                request.headers(headers);
            }
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** All events that the store has when the writer has written what there is. */
    List<UsageEvent> events() {
        Node node = Objects.requireNonNull(server.gateway()).node();
        if (!node.writer().flush(Duration.ofSeconds(20))) {
            throw new AssertionError("the writer does not come to an end");
        }
        return events(node.store());
    }

    /** All events of a store. */
    static List<UsageEvent> events(LedgerStore store) {
        List<UsageEvent> events = new ArrayList<>();
        store.eachEvent(Instant.EPOCH, Instant.now().plusSeconds(3600), events::add);
        return events;
    }

    Node node() {
        return Objects.requireNonNull(server.gateway()).node();
    }

    @Override
    public void close() {
        server.close();
        mock.close();
    }
}
