package dev.jerboa.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.outbox.OutboxSender;
import dev.jerboa.gateway.outbox.RecordingSink;
import dev.jerboa.testkit.upstream.Script;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The gateway by its socket, with its real ledger. */
@Timeout(120)
class GatewayServerTest {
    private static final String[] AUTHORIZED = {"Authorization", "Bearer " + RunningGateway.KEY};

    @TempDir
    private Path folder;

    private static String chat(String model, boolean stream) {
        return "{\"model\": \"" + model + "\", \"stream\": " + stream
                + ", \"max_tokens\": 40, \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}";
    }

    /** Every dialect of clients at endpoints of every dialect, as wholes and as streams. */
    @Test
    void allDialectsToAllDialects() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            int asked = 0;
            for (String endpoint : RunningGateway.DIALECTS.split(" ")) {
                gateway.when(endpoint, Script.answer().withTokens(100, 0, 30));
                for (boolean stream : new boolean[] {false, true}) {
                    String model = "lab/" + endpoint;
                    List<HttpResponse<String>> replies = List.of(
                            gateway.post("/v1/chat/completions", chat(model, stream)),
                            gateway.post("/v1/messages", chat(model, stream)),
                            gateway.post("/api/chat", chat(model, stream)),
                            gateway.post(
                                    "/v1/responses",
                                    "{\"model\": \"" + model + "\", \"stream\": " + stream + ", \"input\": \"hello\"}"),
                            gateway.post(
                                    "/api/generate",
                                    "{\"model\": \"" + model + "\", \"stream\": " + stream
                                            + ", \"prompt\": \"hello\"}"));
                    for (HttpResponse<String> reply : replies) {
                        assertThat(reply.statusCode())
                                .as(endpoint + " " + reply.uri() + reply.body())
                                .isEqualTo(200);
                        assertThat(reply.body()).contains("word");
                        assertThat(reply.headers().firstValue("X-Generation-Id"))
                                .isPresent();
                        asked++;
                    }
                }
            }
            List<UsageEvent> events = gateway.events();
            assertThat(events).hasSize(asked);
            assertThat(events).extracting(event -> event.used().tokens()).containsOnly(Usage.of(100, 30));
            assertThat(events).extracting(event -> event.cost().nanos()).containsOnly(100_000L + 120_000);
            assertThat(events).extracting(event -> event.used().quality()).containsOnly(Quality.PROVIDER);
        }
    }

    @Test
    void modelsOfThisMachineAreAccountedLikeOthers() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            String sum =
                    "{\"model\": \"small\", \"temperature\": 0, \"stream\": STREAM, \"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}]}";
            HttpResponse<String> whole = gateway.post("/v1/chat/completions", sum.replace("STREAM", "false"));
            assertThat(whole.body()).contains("42");
            HttpResponse<String> stream = gateway.post("/v1/chat/completions", sum.replace("STREAM", "true"));
            assertThat(stream.body()).contains("\"content\"").endsWith("data: [DONE]\n\n");
            assertThat(gateway.post("/api/chat", sum.replace("STREAM", "true")).body())
                    .contains("\"done\": true");
            assertThat(gateway.post(
                                    "/v1/messages",
                                    sum.replace("STREAM", "true").replace("\"temp", "\"max_tokens\": 50, \"temp"))
                            .body())
                    .contains("message_stop");
            HttpResponse<String> vectors =
                    gateway.post("/v1/embeddings", "{\"model\": \"lab/small\", \"input\": \"hello\"}");
            assertThat(vectors.statusCode()).as(vectors.body()).isEqualTo(200);
            List<UsageEvent> events = gateway.events();
            assertThat(events).hasSize(5);
            assertThat(events).allSatisfy(event -> {
                assertThat(event.offer().provider()).isEqualTo("local");
                assertThat(event.offer().model()).isEqualTo("lab/small");
                assertThat(event.used().quality()).isEqualTo(Quality.PROVIDER);
                assertThat(event.used().tokens().prompt()).isPositive();
                assertThat(event.cost().nanos())
                        .as("a share of the machine's time")
                        .isPositive();
                assertThat(event.attempts()).hasSize(1);
            });
            assertThat(events.subList(0, 4)).allSatisfy(event -> {
                assertThat(event.used().tokens().completion()).isPositive();
                assertThat(event.reply().bytes()).isPositive();
                assertThat(event.reply().firstTokenMicros()).isPositive();
            });
        }
    }

    @Test
    void theOfficialClientAsks() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.keyed())) {
            OpenAIClient client = OpenAIOkHttpClient.builder()
                    .baseUrl(gateway.uri("/v1").toString())
                    .apiKey(RunningGateway.KEY)
                    .build();
            try {
                ChatCompletionCreateParams params = ChatCompletionCreateParams.builder()
                        .model("lab/anthropic")
                        .addUserMessage("hello")
                        .build();
                ChatCompletion answer = client.chat().completions().create(params);
                assertThat(answer.choices().getFirst().message().content().orElse(""))
                        .contains("word word");
                assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(10);
                assertThat(answer.model()).isEqualTo("lab/anthropic");
                StringBuilder text = new StringBuilder();
                try (StreamResponse<ChatCompletionChunk> stream =
                        client.chat().completions().createStreaming(params)) {
                    stream.stream()
                            .flatMap(chunk -> chunk.choices().stream())
                            .forEach(choice ->
                                    text.append(choice.delta().content().orElse("")));
                }
                assertThat(text).contains("word word");
                assertThat(client.models().list().data())
                        .extracting(model -> model.id())
                        .contains("lab/openai", "lab/small");
            } finally {
                client.close();
            }
            assertThat(gateway.events())
                    .extracting(event -> event.payer().key())
                    .containsOnly("tester");
        }
    }

    @Test
    void whoHasNoKeyIsNotServed() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.keyed())) {
            assertThat(gateway.post("/v1/chat/completions", chat("lab/openai", false))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(gateway.post(
                                    "/v1/chat/completions",
                                    chat("lab/openai", false),
                                    "Authorization",
                                    "Bearer sk-other")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(gateway.get("/v1/models").statusCode()).isEqualTo(401);
            assertThat(gateway.get("/metrics").statusCode()).isEqualTo(401);
            assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
            assertThat(gateway.post("/v1/messages", chat("lab/openai", false), "x-api-key", RunningGateway.KEY)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(gateway.mock.served()).hasSize(1);
        }
    }

    /** 200 requests at once against a budget for 10: exactly those are served that fit, at whatever each may cost. */
    @Test
    void aBudgetForTenAdmitsTen() throws InterruptedException {
        // what is held back of a request: (5 bytes / 2 + 16) tokens of prompt at most at $1, 40 tokens of the reply at
        // $4 a million
        long most = (5 / 2 + 16) * 1_000 + 40 * 4_000;
        String budget = RunningGateway.keyed() + "budgets: [{key: tester, dollars: " + (10 * most) / 1e9
                + ", period: total}]\n";
        try (RunningGateway gateway = new RunningGateway(folder, budget)) {
            gateway.when(
                    "openai",
                    Script.answer()
                            .withTokens(18, 0, 40)
                            .withStall(Script.Stall.BEFORE_HEAD, 1500)); // costs what is held back
            CountDownLatch start = new CountDownLatch(1);
            AtomicInteger served = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                boolean stream = i % 2 == 0;
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    int status = gateway.post("/v1/chat/completions", chat("lab/openai", stream), AUTHORIZED)
                            .statusCode();
                    (status == 200 ? served : status == 402 ? refused : new AtomicInteger()).incrementAndGet();
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(served.get()).isEqualTo(10);
            assertThat(refused.get()).isEqualTo(190);
            assertThat(gateway.mock.served()).hasSize(10);
            List<UsageEvent> events = gateway.events();
            assertThat(events.stream().mapToLong(event -> event.cost().nanos()).sum())
                    .isEqualTo(10 * most);
            assertThat(gateway.node().budgets().reservedNanos()).isZero();
            assertThat(gateway.post("/v1/chat/completions", chat("lab/openai", false), AUTHORIZED)
                            .statusCode())
                    .isEqualTo(402);
        }
    }

    @Test
    void aKeyWithLimitsIsToldHowFarTheyAreUsed() {
        String limits = RunningGateway.keyed()
                .replace("{required: true,", "{requests_per_minute: 2, tokens_per_minute: 100_000,");
        try (RunningGateway gateway = new RunningGateway(folder, limits)) {
            gateway.when("openai", Script.answer().withTokens(10, 0, 5));
            for (int i = 0; i < 3; i++) {
                HttpResponse<String> reply =
                        gateway.post("/v1/chat/completions", chat("lab/openai", i == 1), AUTHORIZED);
                assertThat(reply.statusCode()).isEqualTo(i < 2 ? 200 : 429);
                assertThat(reply.headers().firstValue("x-ratelimit-limit-requests"))
                        .contains("2");
                assertThat(reply.headers().firstValue("x-ratelimit-remaining-requests"))
                        .contains(String.valueOf(Math.max(0, 1 - i)));
                assertThat(reply.headers().firstValue("x-ratelimit-limit-tokens"))
                        .contains("100000");
                assertThat(reply.headers().firstValue("x-ratelimit-reset-tokens"))
                        .hasValueSatisfying(value -> assertThat(value).matches("[0-9]+ms"));
            }
        }
    }

    /** Clients of OpenRouter have the base address …/api/v1. */
    @Test
    void modelsAreAskedWhereOpenRouterHasThemToo() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            assertThat(gateway.post("/api/v1/chat/completions", chat("lab/openai", false))
                            .body())
                    .contains("word");
            assertThat(gateway.post("/api/v1/messages", chat("lab/openai", false))
                            .body())
                    .contains("\"type\": \"message\"");
            assertThat(gateway.post("/api/v1/responses", "{\"model\": \"lab/openai\", \"input\": \"hello\"}")
                            .body())
                    .contains("word");
            assertThat(gateway.get("/api/v1/models").body()).contains("lab/openai");
            assertThat(gateway.get("/api/v1/models/lab/openai").body()).contains("lab/openai");
            assertThat(gateway.post("/api/v1/messages", "{").body()).contains("\"type\": \"error\"");
            assertThat(gateway.get("/api/v1/nothing").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void everyDialectHasItsErrors() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            gateway.when("openai", Script.refusal(400, "no such thing"));
            HttpResponse<String> chat = gateway.post("/v1/chat/completions", chat("lab/openai", true));
            assertThat(chat.statusCode()).isEqualTo(400);
            assertThat(chat.body()).contains("no such thing").contains("\"error\"");
            HttpResponse<String> messages = gateway.post("/v1/messages", chat("lab/openai", true));
            assertThat(messages.body()).contains("\"type\": \"error\"").contains("no such thing");
            assertThat(gateway.post("/api/chat", chat("lab/openai", true)).body())
                    .startsWith("{\"error\": \"");
            assertThat(gateway.post("/v1/chat/completions", chat("lab/none", true))
                            .statusCode())
                    .isEqualTo(404);
            assertThat(gateway.post("/v1/chat/completions", "{").statusCode()).isEqualTo(400);
        }
    }

    @Test
    void modelsAndMetricsAreTold() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            gateway.post("/v1/chat/completions", chat("lab/openai", false));
            assertThat(gateway.get("/v1/models/lab/openai").body())
                    .contains("\"prompt\": \"0.000001\"")
                    .contains("\"input_cache_read\": \"0.0000001\"")
                    .contains("\"context_length\": 100000");
            assertThat(gateway.get("/api/tags").body()).contains("lab/ollama");
            assertThat(gateway.get("/v1/models", "anthropic-version", "2023-06-01")
                            .body())
                    .contains("display_name");
            assertThat(gateway.get("/metrics").body())
                    .contains("gen_ai_client_operation_duration_seconds_count{endpoint=\"p-openai:lab/openai\"")
                    .contains("gen_ai_client_token_usage_tokens_total{")
                    .contains("jerboa:gateway_attempts_total{endpoint=\"p-openai:lab/openai\",outcome=\"ok\"} 1.0")
                    .contains("jerboa:gateway_breaker_state{endpoint=\"p-openai:lab/openai\",state=\"closed\"} 1.0")
                    .contains("jerboa:gateway_overhead_seconds_count 1")
                    .contains("jerboa:gateway_journal_bytes ")
                    .contains("jerboa:gateway_store_away 0.0")
                    .contains("jerboa:gateway_events_written_total ")
                    .contains("jerboa:gateway_reserved_dollars 0.0")
                    .contains("jerboa:gateway_budget_overruns_total 0.0");
        }
    }

    @Test
    void eventsGoElsewhereTooAndAreCounted() {
        RecordingSink sink = new RecordingSink();
        String kafka = RunningGateway.open() + "kafka: {servers: \"broker:9092\"}\n";
        try (RunningGateway gateway = new RunningGateway(folder, kafka, (config, node, secrets) -> sink)) {
            gateway.post("/v1/chat/completions", chat("lab/openai", false));
            gateway.post("/v1/messages", chat("lab/openai", true));
            OutboxSender sender = gateway.node().sender().orElseThrow();
            while (sender.sent() < 2) { // or the test's time is up
                LockSupport.parkNanos(10_000_000);
            }
            assertThat(sink.arrived()).containsExactlyInAnyOrderElementsOf(gateway.events());
            assertThat(gateway.get("/metrics").body())
                    .contains("jerboa:gateway_outbox_events 0.0")
                    .contains("jerboa:gateway_outbox_sent_total 2.0")
                    .contains("jerboa:gateway_outbox_refused_total 0.0")
                    .contains("jerboa:gateway_outbox_failures_total 0.0");
        }
    }

    /** What the engine here refuses is an error that arrives, or another endpoint's reply that does. */
    @Test
    void whatThisMachineRefusesIsToldOrAnsweredElsewhere() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            for (boolean stream : new boolean[] {false, true}) {
                HttpResponse<String> refused = gateway.post(
                        "/v1/chat/completions",
                        chat("small", stream).replace("\"max_tokens\"", "\"temperature\": \"hot\", \"max_tokens\""));
                assertThat(refused.statusCode()).isEqualTo(400);
                assertThat(refused.body()).contains("temperature");
                String odd = "~q7#".repeat(1_500); // more tokens than its bytes say
                HttpResponse<String> elsewhere = gateway.post(
                        "/v1/chat/completions",
                        chat("small", stream)
                                .replace("hello", odd)
                                .replace("\"stream\"", "\"models\": [\"lab/openai\"], \"stream\""));
                assertThat(elsewhere.statusCode()).as(elsewhere.body()).isEqualTo(200);
                assertThat(elsewhere.body()).contains("word ");
            }
            assertThat(gateway.events())
                    .filteredOn(event -> event.outcome().status() == 200)
                    .hasSize(2)
                    .allSatisfy(event -> assertThat(event.attempts()).hasSize(2));
        }
    }

    /** By the file's word, at endpoints elsewhere and on this machine; a client's no is a no. */
    @Test
    void streamsTellTheirCountsAndRequestsWhatTheyAreAbout() {
        String more = RunningGateway.keyed()
                + "replies: {stream_usage: always}\nanalytics: {categories: [coding, support], category_rules: [{form: messages, category: support}]}\n";
        try (RunningGateway gateway = new RunningGateway(folder, more)) {
            String key = "Bearer " + RunningGateway.KEY;
            for (String model : List.of("lab/openai", "lab/small")) {
                String asked = chat(model, true);
                HttpResponse<String> told = gateway.post(
                        "/v1/chat/completions", asked, "Authorization", key, "X-Jerboa-Category", "coding");
                assertThat(told.body()).as(model).contains("prompt_tokens").endsWith("data: [DONE]\n\n");
                String silent =
                        asked.substring(0, asked.length() - 1) + ", \"stream_options\": {\"include_usage\": false}}";
                assertThat(gateway.post("/v1/chat/completions", silent, "Authorization", key)
                                .body())
                        .as(model)
                        .doesNotContain("prompt_tokens");
            }
            gateway.post("/v1/messages", chat("lab/anthropic", false), "Authorization", key);
            assertThat(gateway.mock.served())
                    .allSatisfy(served -> assertThat(served.headers()).doesNotContainKey("x-jerboa-category"));
            assertThat(gateway.events())
                    .extracting(event -> event.asked().category())
                    .containsExactlyInAnyOrder("coding", "other", "coding", "other", "support");
        }
    }

    @Test
    void aGenerationTellsItsTierItsToolsAndWhatAttemptsMayHaveCost() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.keyed())) {
            gateway.when(
                    "openai",
                    Script.saying(
                            "{\"id\": \"x\", \"model\": \"m\", \"service_tier\": \"flex\", \"choices\": [{\"index\": 0, \"message\":"
                                    + " {\"role\": \"assistant\", \"content\": \"hi\"}, \"finish_reason\": \"stop\"}], \"usage\": {\"prompt_tokens\": 7,"
                                    + " \"completion_tokens\": 1, \"server_tool_use\": {\"web_search_requests\": 2}}}"));
            HttpResponse<String> reply = gateway.post(
                    "/v1/chat/completions", chat("lab/openai", false), "Authorization", "Bearer " + RunningGateway.KEY);
            String id = reply.headers().firstValue("X-Generation-Id").orElseThrow();
            assertThat(gateway.get("/v1/generation?id=" + id, "Authorization", "Bearer " + RunningGateway.KEY)
                            .body()
                            .replace(" ", ""))
                    .contains("\"service_tier\":\"flex\"", "\"web_searches\":2")
                    .contains("\"unpriced\":[\"service_tier\",\"web_search\"]", "\"possible_cost\":0");
        }
    }

    @Test
    void theBetasThatAClientAsksForGoToTheEndpoint() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            gateway.post(
                    "/v1/messages", chat("lab/anthropic", false), "anthropic-beta", "one-1", "anthropic-beta", "two-2");
            assertThat(gateway.mock.served().getFirst().headers().get("anthropic-beta"))
                    .isEqualTo("one-1,two-2");
        }
    }
}
