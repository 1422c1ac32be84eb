package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.generate.OpenOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that go away or read nothing cost nothing, and those that send ahead are not taken for them. */
@Timeout(120)
class ClientsThatLeaveTest {
    private static final int CHOICES = 8;
    private static final int TOKENS = 900;

    /** Whole answers that take long. */
    private static final String LONG = "{\"prompt\": [5], \"ignore_eos\": true, \"n\": " + CHOICES
            + ", \"max_tokens\": " + TOKENS + ", \"temperature\": 1}";

    private static final Running RUNNING = new Running(
            ServerOptions.defaults().withPort(0).withWriteTimeout(Duration.ofMillis(500)),
            OpenOptions.defaults().withMaxSequences(CHOICES));

    @AfterAll
    static void close() {
        RUNNING.close();
    }

    private static long state(Object... path) {
        return ((Number) Objects.requireNonNull(at(json(RUNNING.get("/jerboa/status")), path))).longValue();
    }

    private static long model(String name) {
        return state("models", 0, name);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 3000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError(
                what + ": not so: " + RUNNING.get("/jerboa/status").body());
    }

    private static void awaitIdle() throws InterruptedException {
        await(
                "nothing goes on",
                () -> model("running") == 0
                        && model("waiting") == 0
                        && state("requests", "in_flight") == 0
                        && state("models", 0, "kv", "pages_used") == 0);
    }

    private static RawClient client() throws IOException {
        return new RawClient(RUNNING.server.port(), 0);
    }

    @Test
    void whoLeavesWhileAWholeAnswerIsMadeEndsIt() throws Exception {
        awaitIdle();
        long before = model("generated_tokens_total");
        try (RawClient client = client()) {
            client.send(RawClient.post("/v1/completions", LONG));
            await("it is being written", () -> model("running") > 0);
        }
        awaitIdle();
        assertThat(model("generated_tokens_total") - before).isLessThan(CHOICES * TOKENS);
    }

    @Test
    void whoLeavesTheQueueIsForgotten() throws Exception {
        awaitIdle();
        try (RawClient first = client()) {
            first.send(RawClient.post("/v1/completions", LONG));
            await("the first is being written", () -> model("running") == CHOICES);
            try (RawClient second = client()) {
                second.send(RawClient.post("/v1/completions", LONG));
                await("the second waits", () -> model("waiting") == CHOICES);
            }
            await("nobody waits", () -> model("waiting") == 0);
            assertThat(model("running")).isEqualTo(CHOICES);
        }
        awaitIdle();
    }

    /** Vectors of so much text would take minutes. */
    @Test
    void whoLeavesWhileVectorsAreMadeEndsThem() throws Exception {
        awaitIdle();
        String text = "\"" + "1 ".repeat(450) + "\"";
        try (RawClient client = client()) {
            client.send(RawClient.post("/v1/embeddings", "{\"input\": [" + (text + ", ").repeat(2000) + text + "]}"));
            await("they are being made", () -> model("in_use") > 0);
        }
        await("nobody uses the model", () -> model("in_use") == 0);
    }

    @Test
    void requestsSentAheadAreKeptInOrder() throws Exception {
        awaitIdle();
        String some = "{\"prompt\": [5], \"ignore_eos\": true, \"max_tokens\": 200}";
        String words = RawClient.post("/tokenize", "{\"content\": \"12 + 30\"}");
        try (RawClient client = client()) {
            client.send(RawClient.post("/v1/completions", some) + words);
            await("the first is being written", () -> model("running") > 0);
            client.send(words.substring(0, 40));
            assertThat(client.answer()).contains("text_completion");
            assertThat(client.answer()).contains("\"tokens\"");
            client.send(words.substring(40) + RawClient.post("/v1/completions", some));
            assertThat(client.answer()).contains("\"tokens\"");
            assertThat(client.answer()).contains("text_completion");
        }
    }

    @Test
    void whoSendsAheadAndLeavesIsNoticedToo() throws Exception {
        awaitIdle();
        long before = model("generated_tokens_total");
        try (RawClient client = client()) {
            client.send(RawClient.post("/v1/completions", LONG) + RawClient.post("/tokenize", "{\"content\": \"1\"}"));
            await("it is being written", () -> model("running") > 0);
        }
        awaitIdle();
        assertThat(model("generated_tokens_total") - before).isLessThan(CHOICES * TOKENS);
    }

    /** It is a client's right to leave at any place: within its request, and before it is refused. */
    @Test
    void whoLeavesIsNotLogged() throws Exception {
        awaitIdle();
        String refused = RawClient.post("/v1/chat/completions", "{\"messages\": 3}");
        String head = refused.substring(0, refused.indexOf("\r\n\r\n"));
        List<String> records = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                records.add(record.getLevel() + " " + record.getLoggerName() + " " + record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger helidon = Logger.getLogger("io.helidon");
        Logger ours = Logger.getLogger("dev.jerboa");
        helidon.addHandler(handler);
        ours.addHandler(handler);
        try {
            for (int i = 0; i < 20; i++) {
                for (String text : List.of(
                        "P",
                        "POST /v1",
                        head.substring(0, 40),
                        head,
                        refused.substring(0, refused.length() - 5),
                        refused)) {
                    try (RawClient client = client()) {
                        client.send(text);
                    }
                    RawClient client = client();
                    client.send(text);
                    client.reset();
                }
                try (RawClient last = client()) { // whoever comes after them is served
                    last.send(RawClient.post("/tokenize", "{\"content\": \"1\"}"));
                    assertThat(last.answer()).startsWith("HTTP/1.1 200");
                }
            }
        } finally {
            helidon.removeHandler(handler);
            ours.removeHandler(handler);
        }
        assertThat(records).isEmpty();
    }

    /** A reply that is larger than all buffers on the way. */
    @Test
    void whoReadsNothingIsCutOffAndHoldsNobodyUp() throws Exception {
        awaitIdle();
        String body = "{\"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}], \"stream\": true,"
                + " \"ignore_eos\": true, \"temperature\": 1, \"n\": 7, \"logprobs\": true, \"top_logprobs\": 20,"
                + " \"max_tokens\": 700}";
        try (RawClient client = new RawClient(RUNNING.server.port(), 4096)) {
            client.send(RawClient.post("/v1/chat/completions", body));
            await("it is being written", () -> model("running") > 0);
            assertThat(RUNNING.post("/v1/completions", "{\"prompt\": [5], \"max_tokens\": 20}")
                            .statusCode())
                    .isEqualTo(200);
            awaitIdle();
            assertThat(client.rest()).startsWith("HTTP/1.1 200").doesNotContain("[DONE]");
        }
    }
}
