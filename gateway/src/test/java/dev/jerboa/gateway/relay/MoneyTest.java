package dev.jerboa.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.RefusalReason;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.route.EndpointHealth;
import dev.jerboa.testkit.upstream.MockUpstream;
import dev.jerboa.testkit.upstream.Script;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ways in which money was lost or taken twice elsewhere. */
@Timeout(60)
class MoneyTest {
    private static final Script CACHED = Script.answer().withTokens(1000, 800, 50);

    /** What tells a request of each form for a model. */
    private static String body(ClientForm form, String model, boolean stream) {
        return switch (form) {
            case RESPONSES -> "{\"model\": \"" + model + "\", \"stream\": " + stream + ", \"input\": \"hello\"}";
            case MESSAGES ->
                "{\"model\": \"" + model + "\", \"stream\": " + stream
                        + ", \"max_tokens\": 100, \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}";
            case COMPLETIONS -> "{\"model\": \"" + model + "\", \"stream\": " + stream + ", \"prompt\": \"hello\"}";
            case OLLAMA_GENERATE -> "{\"model\": \"" + model + "\", \"stream\": " + stream + ", \"prompt\": \"hello\"}";
            default ->
                "{\"model\": \"" + model + "\", \"stream\": " + stream
                        + ", \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}";
        };
    }

    /** Every client's form at endpoints of every dialect: the same tokens, in disjoint buckets, at the same cost. */
    @ParameterizedTest
    @CsvSource({
        "CHAT, openai", "CHAT, anthropic", "CHAT, responses", "CHAT, ollama",
        "RESPONSES, openai", "RESPONSES, anthropic", "RESPONSES, responses", "RESPONSES, ollama",
        "MESSAGES, openai", "MESSAGES, anthropic", "MESSAGES, responses", "MESSAGES, ollama",
        "OLLAMA_CHAT, openai", "OLLAMA_CHAT, anthropic", "OLLAMA_CHAT, responses", "OLLAMA_CHAT, ollama"
    })
    void cachedTokensCountOnce(ClientForm form, String dialect) {
        for (boolean stream : new boolean[] {false, true}) {
            try (Scene scene = new Scene()) {
                boolean tellsCache = !dialect.equals("ollama");
                scene.when("a-" + dialect, CACHED);
                RecordedClient client = scene.ask(form, body(form, "lab/" + dialect, stream));
                assertThat(client.status()).as(client.text()).isEqualTo(200);
                assertThat(client.text()).contains("word");
                UsageEvent event = scene.event();
                assertThat(event.used().tokens())
                        .isEqualTo(tellsCache ? new Usage(200, 800, 0, 0, 50, 0) : Usage.of(1000, 50));
                assertThat(event.used().quality()).isEqualTo(Quality.PROVIDER);
                assertThat(event.cost().nanos())
                        .isEqualTo(tellsCache ? 200_000 + 80_000 + 200_000 : 1_000_000 + 200_000);
                assertThat(event.reply().bytes()).isEqualTo(20);
                assertThat(event.outcome().finish()).isEqualTo("stop");
                assertThat(event.reply().streamed()).isEqualTo(stream);
                assertThat(scene.ledger.open()).isZero();
            }
        }
    }

    @Test
    void usageIsAskedForAndKeptFromAClientThatDidNotAsk() {
        try (Scene scene = new Scene()) {
            RecordedClient silent = scene.ask(ClientForm.CHAT, Scene.chat(true));
            assertThat(scene.mock.served().getFirst().body()).contains("\"include_usage\"");
            assertThat(silent.text()).doesNotContain("prompt_tokens");
            RecordedClient curious = scene.ask(
                    ClientForm.CHAT,
                    "{\"model\": \"lab/openai\", \"stream\": true, \"stream_options\": {\"include_usage\": true},"
                            + " \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}");
            assertThat(curious.text()).contains("\"prompt_tokens\":10").contains("\"cost\":");
            assertThat(scene.ledger.events())
                    .extracting(event -> event.cost().nanos())
                    .containsOnly(42_000L);
        }
    }

    /** By the operator's word where the client says nothing; a client's no is a no. Bytes are the endpoint's either way. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CHAT | openai | | true",
                "CHAT | openai | , \"stream_options\": {\"include_usage\": false} | false",
                "CHAT | openai | , \"stream_options\": {\"include_usage\": true} | true",
                "CHAT | openai | , \"stream_options\": {} | true",
                "CHAT | openai | , \"usage\": {\"include\": false} | false",
                "CHAT | anthropic | | true",
                "CHAT | anthropic | , \"stream_options\": {\"include_usage\": false} | false",
                "COMPLETIONS | openai | | true"
            })
    void streamsTellTheirCountsWhereTheOperatorSaysAlways(ClientForm form, String dialect, String more, boolean told) {
        try (Scene scene = new Scene()) {
            String body = body(form, "lab/" + dialect, true);
            body = body.substring(0, body.length() - 1) + (more == null ? "" : more) + "}";
            ClientRequest request = Scene.request(form, body);
            RecordedClient client = new RecordedClient();
            scene.gateway.serve(
                    Caller.ANYBODY,
                    new ClientRequest(form, request.raw(), request.body(), request.headers(), true, Surface.OPENAI),
                    client);
            assertThat(client.text()).contains("word ").contains("[DONE]");
            assertThat(client.text().contains("prompt_tokens"))
                    .as(client.text())
                    .isEqualTo(told);
            assertThat(client.text().contains("\"cost\"")).isEqualTo(told);
            assertThat(scene.event().used().quality()).isEqualTo(Quality.PROVIDER);
        }
    }

    @Test
    void aStreamWithoutUsageIsNotFree() {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withUsage(Script.UsageAt.NOWHERE));
            scene.ask(ClientForm.CHAT, Scene.chat(true));
            assertThat(scene.event().used().quality()).isEqualTo(Quality.ESTIMATED);
            assertThat(scene.event().used().tokens()).isEqualTo(Usage.of(3, 5)); // 12 bytes and 20
            assertThat(scene.event().cost().nanos()).isEqualTo(3_000 + 20_000);
        }
    }

    @Test
    void anExplicitZeroStaysZero() {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withTokens(0, 0, 0));
            scene.ask(ClientForm.CHAT, Scene.chat(true));
            assertThat(scene.event().used().tokens()).isEqualTo(Usage.NONE);
            assertThat(scene.event().used().quality()).isEqualTo(Quality.PROVIDER);
            assertThat(scene.event().cost().nanos()).isZero();
        }
    }

    @Test
    void usageThatIsToldAgainAndAgainCountsOnce() {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withUsage(Script.UsageAt.EVERYWHERE));
            RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(true));
            assertThat(client.text().split("word ", -1)).hasSize(5);
            assertThat(scene.event().used().tokens()).isEqualTo(Usage.of(10, 8));
        }
    }

    @Test
    void repliesThatReachTheirLimitAreBilled() {
        for (String dialect : List.of("openai", "anthropic", "responses", "ollama")) {
            try (Scene scene = new Scene()) {
                scene.when("a-" + dialect, Script.answer().withEnding(Script.Ending.LENGTH));
                scene.ask(ClientForm.CHAT, body(ClientForm.CHAT, "lab/" + dialect, true));
                assertThat(scene.event().used().tokens()).as(dialect).isEqualTo(Usage.of(10, 8));
                assertThat(scene.event().outcome().finish()).isEqualTo("length");
            }
        }
    }

    /** A response may fail and tell what it counted: that is not free, though nobody has answered. */
    @ParameterizedTest
    @CsvSource({"CHAT", "RESPONSES", "MESSAGES"})
    void aResponseThatFailedIsAccountedByItsCounts(ClientForm form) {
        try (Scene scene = new Scene()) {
            Script failed = Script.saying("""
                    {"id": "resp_1", "object": "response", "status": "failed", "model": "up", "output": [],
                     "error": {"code": "server_error", "message": "out of order"},
                     "usage": {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}}""");
            scene.when("a-responses", failed).when("b-responses", failed);
            RecordedClient client = scene.ask(form, body(form, "lab/responses", false));
            assertThat(client.status()).isEqualTo(502);
            assertThat(client.text()).contains("out of order");
            UsageEvent event = scene.event();
            assertThat(event.used().tokens()).isEqualTo(Usage.of(100, 20));
            assertThat(event.cost().nanos()).isEqualTo(100_000 + 80_000);
            assertThat(event.used().quality()).isEqualTo(Quality.PARTIAL);
            assertThat(event.outcome().status()).isEqualTo(502);
            assertThat(event.outcome().finish()).isEqualTo("error");
            assertThat(event.offer().endpoint()).isEqualTo("b-responses:lab/responses");
            assertThat(scene.ledger.open()).isZero();
        }
    }

    /** Where another answers, it is that one's counts that the event has. */
    @Test
    void aResponseThatFailedBeforeAnotherAnsweredIsOneOfTheAttempts() {
        try (Scene scene = new Scene()) {
            scene.when(
                    "a-responses",
                    Script.saying("{\"status\": \"failed\", \"usage\": {\"input_tokens\": 7, \"output_tokens\": 2}}"));
            scene.ask(ClientForm.CHAT, body(ClientForm.CHAT, "lab/responses", false));
            assertThat(scene.event().used().tokens()).isEqualTo(Usage.of(10, 8));
            assertThat(scene.event().attempts().getFirst().billed()).isTrue();
        }
    }

    @Test
    void aClientThatLeavesPaysForWhatItHadAndTheEndpointIsLeftAtOnce() throws InterruptedException {
        for (String dialect : List.of("openai", "anthropic")) {
            try (Scene scene = new Scene()) {
                scene.when(
                        "a-" + dialect,
                        Script.answer().withText(1000, "word ").withTrickle(10).withTokens(10, 0, 2000));
                long from = System.nanoTime();
                scene.ask(
                        ClientForm.CHAT,
                        body(ClientForm.CHAT, "lab/" + dialect, true),
                        new RecordedClient().leavingAfter(3));
                UsageEvent event = scene.event();
                assertThat(event.outcome().cancelCause()).isEqualTo("client");
                assertThat(event.outcome().finish()).isEqualTo("cancelled");
                assertThat(event.cost().nanos()).isPositive();
                assertThat(event.used().tokens().output()).isBetween(1L, 10L);
                assertThat(event.used().tokens().prompt()).isPositive();
                assertThat(event.used().quality()).isIn(Quality.ESTIMATED, Quality.PARTIAL);
                assertThat((System.nanoTime() - from) / 1e9).isLessThan(3);
                awaitNoConnections(scene.mock);
            }
        }
    }

    private static void awaitNoConnections(MockUpstream mock) throws InterruptedException {
        for (int i = 0; i < 300 && mock.openConnections() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(mock.openConnections()).isZero();
    }

    @Test
    void aClientThatLeavesBeforeTheReplyBeginsEndsTheRequest() throws InterruptedException {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withStall(Script.Stall.BEFORE_HEAD, 1_500));
            RecordedClient client = new RecordedClient();
            long from = System.nanoTime();
            Thread asking = Thread.ofVirtual().start(() -> scene.ask(ClientForm.CHAT, Scene.chat(false), client));
            Thread.sleep(100);
            client.leave();
            asking.join();
            assertThat((System.nanoTime() - from) / 1e9).isLessThan(1);
            assertThat(scene.event().outcome().cancelCause()).isEqualTo("client");
            assertThat(scene.event().outcome().status()).isEqualTo(499);
            awaitNoConnections(scene.mock);
        }
    }

    /** Keeps money as budgets do, and counts. */
    private static final class Purse implements Admission {
        private final AtomicLong left;
        private final AtomicLong spent = new AtomicLong();

        Purse(long nanos) {
            left = new AtomicLong(nanos);
        }

        @Override
        public Answer admit(Caller caller, Instant at, long tokens, long nanos) {
            if (left.getAndUpdate(now -> now >= nanos ? now - nanos : now) < nanos) {
                return new Refused(RefusalReason.BUDGET, ErrorKind.QUOTA, "nothing left", -1);
            }
            return (Admitted) (used, cost) -> {
                spent.addAndGet(cost);
                left.addAndGet(nanos - cost);
            };
        }
    }

    @Test
    void whatIsHeldBackIsNeverLessThanWhatIsSpentAndAllOfItComesBack() throws InterruptedException {
        long worst = 16 * 1_000 * 2 + 1_000L * 4_000_000; // far above one request, so that some wait for others to end
        Purse purse = new Purse(worst);
        try (Scene scene = new Scene(purse)) {
            scene.when("a-openai", Script.answer().withTokens(16, 0, 700));
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            AtomicLong served = new AtomicLong();
            for (int i = 0; i < 50; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    if (scene.ask(ClientForm.CHAT, Scene.chat(false)).status() == 200) {
                        served.incrementAndGet();
                    }
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            long sum = scene.ledger.events().stream()
                    .mapToLong(event -> event.cost().nanos())
                    .sum();
            assertThat(scene.ledger.events()).hasSize((int) served.get());
            assertThat(purse.spent.get()).isEqualTo(sum).isLessThanOrEqualTo(worst);
            assertThat(purse.left.get()).isEqualTo(worst - sum);
        }
    }

    /** However many replies are asked for, all of them are held back for, or none is written. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'n':1 | 4000 | 200",
                "'n':129 | 516000 | 200",
                "'n':1000 | 4000000 | 200",
                "'n':'1000' | 4000000 | 200",
                "'n':1e3 | 4000000 | 200",
                "'best_of':300,'n':2 | 1200000 | 200",
                "'n':1048575 | 4194300000 | 200",
                "'n':1048576 | 0 | 400",
                "'n':9223372036854775807 | 0 | 400",
                "'n':1e300 | 0 | 400",
                "'n':'99999999999999999999999999' | 0 | 400",
                "'n':'all' | 4000 | 200"
            })
    void asManyRepliesAreHeldBackAsAreAskedFor(String field, long nanos, int status) {
        AtomicLong held = new AtomicLong();
        Admission admission = (caller, at, tokens, most) -> {
            held.set(most);
            return (Admission.Admitted) (used, cost) -> {};
        };
        try (Scene scene = new Scene(admission)) {
            RecordedClient client = scene.ask(
                    ClientForm.CHAT,
                    ("{'model':'lab/openai','max_tokens':1,'messages':[]," + field + "}").replace('\'', '"'));
            assertThat(client.status()).as(client.text()).isEqualTo(status);
            // 16 tokens of a frame, at the price of the dearest cache
            assertThat(held.get()).isEqualTo(status == 400 ? 0 : 16 * 2_000 + nanos);
            if (status == 400) {
                assertThat(client.text()).contains("n: expected fewer than 1048576 replies");
                assertThat(scene.mock.served()).isEmpty();
            }
        }
    }

    @Test
    void theLastBytesComeWhenTheEventIsRecorded() {
        try (Scene scene = new Scene()) {
            RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(true));
            assertThat(client.sentBeforeEnd()).contains("word ").doesNotContain("[DONE]");
            assertThat(client.text()).endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    void aFieldThatIsThereTwiceSaysOneThingToEverybody() {
        try (Scene scene = new Scene()) {
            scene.ask(
                    ClientForm.CHAT,
                    "{\"model\": \"lab/openai\", \"max_tokens\": 5, \"max_tokens\": 7, \"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
                            + " \"model\": \"lab/openai\"}");
            String sent = scene.mock.served().getFirst().body();
            assertThat(sent.split("\"max_tokens\"", -1)).hasSize(2);
            assertThat(sent.split("\"model\"", -1)).hasSize(2);
        }
    }

    /** Whatever a defect or a lie tells, the client does not pay for what cannot have been. */
    @Test
    void countsFarAboveTheContextAreNotBilled() {
        for (long[] told : new long[][] {{9_000_000_000L, 8}, {10, 9_000_000_000L}}) {
            try (Scene scene = new Scene()) {
                scene.when("a-openai", Script.answer().withTokens(told[0], 0, told[1]));
                scene.ask(ClientForm.CHAT, Scene.chat(true));
                assertThat(scene.event().used().tokens()).isEqualTo(Usage.of(3, 5)); // 12 bytes and 20
                assertThat(scene.event().used().quality()).isEqualTo(Quality.ESTIMATED);
                assertThat(scene.event().cost().nanos()).isEqualTo(3_000 + 20_000);
            }
        }
    }

    /** A reply in one piece says neither when its first token came nor how fast the others did. */
    @Test
    void aReplyInOnePieceMakesNoEndpointLookFast() {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withTokens(10, 0, 500).withStall(Script.Stall.BEFORE_HEAD, 100));
            scene.ask(ClientForm.CHAT, Scene.chat(false));
            EndpointHealth health = scene.health.of("a-openai:lab/openai");
            assertThat(health.firstTokenMillis()).isNaN();
            assertThat(health.tokensPerSecond()).isBetween(1.0, 5_000.0);
        }
    }
}
