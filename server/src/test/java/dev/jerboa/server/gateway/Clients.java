package dev.jerboa.server.gateway;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Clients of several gateways, who go to the next one where one refuses or is not there, and what they saw. Thread-safe. */
final class Clients implements AutoCloseable {
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final String key;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ending;

    /** Ids of replies that came whole. */
    final Set<String> whole = ConcurrentHashMap.newKeySet();
    /** How often which refusal came, by status. */
    final Map<Integer, AtomicInteger> refused = new ConcurrentHashMap<>();
    /** How many connections were not made. */
    final AtomicLong absent = new AtomicLong();
    /** What came that was neither: replies without an end, answers that are none. */
    final Queue<String> broken = new ConcurrentLinkedQueue<>();

    Clients(String key) {
        this.key = key;
    }

    static String chat(boolean stream) {
        return "{\"model\": \"lab/openai\", \"stream\": " + stream
                + ", \"max_tokens\": 40, \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}";
    }

    /** Asks a gateway once; whether a whole reply came. */
    boolean ask(GatewayNode node, boolean stream) {
        HttpRequest request = HttpRequest.newBuilder(node.uri("/v1/chat/completions"))
                .header("Authorization", "Bearer " + key)
                .POST(HttpRequest.BodyPublishers.ofString(chat(stream)))
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            return take(response, stream);
        } catch (ConnectException e) {
            absent.incrementAndGet();
        } catch (IOException e) {
            broken.add(e.toString());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return false;
    }

    private boolean take(HttpResponse<String> response, boolean stream) {
        String body = response.body();
        if (response.statusCode() != 200) {
            if (!body.startsWith("{\"error\"")) {
                broken.add(response.statusCode() + " " + body);
            }
            refused.computeIfAbsent(response.statusCode(), status -> new AtomicInteger())
                    .incrementAndGet();
            return false;
        }
        if (stream ? !body.endsWith("data: [DONE]\n\n") : !body.contains("\"usage\"")) {
            broken.add("no end: " + body);
            return false;
        }
        whole.add(response.headers().firstValue("X-Generation-Id").orElseThrow());
        return true;
    }

    /** So many begin to ask, each one's first gateway being another's second, until {@link #end}. */
    void begin(List<GatewayNode> nodes, int count) {
        for (int i = 0; i < count; i++) {
            int first = i;
            threads.add(Thread.ofVirtual().start(() -> {
                for (int at = first; !ending; ) {
                    if (!ask(nodes.get(at % nodes.size()), (first & 1) == 0)) {
                        at++;
                    }
                }
            }));
        }
    }

    void end() throws InterruptedException {
        ending = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** The status of an answer and its text. */
    HttpResponse<String> send(String method, URI uri, String body) {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + key)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(method + " " + uri, e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        ending = true;
        client.shutdownNow();
    }
}
