package dev.jerboa.cli.rehearsal;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.server.JerboaServer;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.server.gateway.GatewayOpening;
import dev.jerboa.server.model.Models;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Asks a gateway of this process until the JVM knows it. Not thread-safe. */
public final class Rehearsal {
    private static final String KEY = "sk-rehearsal-0123456789-0123456789-0123";
    private static final String CONFIG = """
            store: {url: ledger.db}
            journal: {folder: journal}
            catalogue:
              labs: {rehearsal: {name: Rehearsal, country: ZZ}}
              models:
                rehearsal/chat: {name: Chat, openness: open-weight, context: 100000}
                rehearsal/messages: {name: Messages, openness: closed, context: 100000}
              providers:
                rehearsed-chat: {name: Chat, country: ZZ, dialect: openai, base: "%1$s", secrets: "env:UPSTREAM"}
                rehearsed-messages: {name: Messages, country: ZZ, dialect: anthropic, base: "%1$s", secrets: "env:UPSTREAM"}
              endpoints:
                "rehearsed-chat:rehearsal/chat": {prices: [{input: 1, cache_read: 0.1, output: 4}]}
                "rehearsed-messages:rehearsal/messages": {prices: [{input: 3, cache_read: 0.3, cache_write: 3.75, output: 15}]}
            keys: {required: true, declared: {player: {account: us, secret: "env:KEY"}}}
            accounts: {us: {name: Us, country: ZZ}}
            budgets: [{account: us, dollars: 1000000, period: total}, {key: player, dollars: 1000000, period: day}]
            """;

    /** So many ask at a time. */
    private static final int PLAYERS = 4;

    private final int requests;
    private final Duration most;
    private final AtomicInteger begun = new AtomicInteger();

    /**
     * @param requests how many are asked
     * @param most ends it earlier
     */
    public Rehearsal(int requests, Duration most) {
        this.requests = requests;
        this.most = most;
    }

    /**
     * Opens the gateway, asks and closes it.
     *
     * @param folder empty; where the gateway keeps its ledger
     * @return how many requests were answered
     * @throws IllegalStateException where one was not answered as it should be
     */
    public int play(Path folder) throws IOException, InterruptedException {
        try (CannedProvider provider = new CannedProvider()) {
            Path file = Files.writeString(folder.resolve("gateway.yaml"), CONFIG.formatted(provider.base()));
            GatewayOpening opening = new GatewayOpening(
                    GatewayConfig.read(file), new Secrets(Map.of("KEY", KEY, "UPSTREAM", "upstream-key"), folder));
            try (JerboaServer server =
                    JerboaServer.start(ServerOptions.defaults().withPort(0), Models.none(), null, opening)) {
                return askAll("http://127.0.0.1:" + server.port());
            }
        }
    }

    private int askAll(String base) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        List<Future<Integer>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(PLAYERS)) {
            for (int i = 0; i < PLAYERS; i++) {
                all.add(threads.submit(() -> ask(base, end)));
            }
        }
        int answered = 0;
        for (Future<Integer> one : all) {
            try {
                answered += one.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("the rehearsal of a gateway failed: " + e.getCause(), e);
            }
        }
        return answered;
    }

    private int ask(String base, long end) throws IOException, InterruptedException {
        int answered = 0;
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int number = begun.getAndIncrement();
                    number < requests && System.nanoTime() < end;
                    number = begun.getAndIncrement()) {
                HttpResponse<String> reply = client.send(request(base, number), HttpResponse.BodyHandlers.ofString());
                if (reply.statusCode() != 200 || !reply.body().contains("from the top")) {
                    throw new IllegalStateException("HTTP " + reply.statusCode() + ": " + reply.body());
                }
                answered++;
            }
        }
        return answered;
    }

    /** Whole replies and streams in turn; one in ten in Anthropic's dialect, one in ten of those that must be translated. */
    private static HttpRequest request(String base, int number) {
        boolean stream = number % 2 == 1;
        boolean messages = number % 10 >= 8;
        boolean toMessages = number % 20 >= 18 || number % 20 == 2;
        String turns = """
                {"role": "user", "content": "Rehearsal %1$d: what comes after this? %2$s"},
                {"role": "assistant", "content": "The same again."},
                {"role": "user", "content": "And then, at the %1$dth time \\u2013 once more?\\nPlease."}""".formatted(number, "It goes on for a while, as prompts do. ".repeat(5 + number % 40));
        String body = """
                {"model": "rehearsal/%s", "stream": %b, "max_tokens": 500, "temperature": 0.7%s, "messages": [%s%s]}""".formatted(
                        toMessages ? "messages" : "chat",
                        stream,
                        stream && !messages && number % 4 == 1 ? ", \"stream_options\": {\"include_usage\": true}" : "",
                        messages ? "" : "{\"role\": \"system\", \"content\": \"You are a voice in an empty hall.\"}, ",
                        turns);
        return HttpRequest.newBuilder(URI.create(base + (messages ? "/v1/messages" : "/v1/chat/completions")))
                .header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }
}
