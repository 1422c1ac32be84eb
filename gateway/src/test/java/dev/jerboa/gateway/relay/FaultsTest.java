package dev.jerboa.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.testkit.upstream.Script;
import dev.jerboa.testkit.upstream.Served;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What endpoints do wrong, and what becomes of it: for the client, for the ledger, for the next request. */
@Timeout(60)
class FaultsTest {
    private static List<String> outcomes(UsageEvent event) {
        return event.attempts().stream()
                .map(attempt -> attempt.endpoint().split(":")[0] + " " + attempt.outcome())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        // status of a, attempts, status of the client
        "401, a-openai auth;a-openai auth;b-openai ok, 200",
        "402, a-openai payment;a-openai payment;b-openai ok, 200",
        "403, a-openai auth;a-openai auth;b-openai ok, 200",
        "429, a-openai rate_limited;a-openai rate_limited;b-openai ok, 200",
        "500, a-openai server_error;a-openai server_error;b-openai ok, 200",
        "503, a-openai server_error;a-openai server_error;b-openai ok, 200",
        "529, a-openai server_error;a-openai server_error;b-openai ok, 200",
        "404, a-openai refused;b-openai ok, 200",
        "413, a-openai refused;b-openai ok, 200",
        "302, a-openai refused;b-openai ok, 200",
        "400, a-openai invalid, 400",
        "422, a-openai invalid, 400"
    })
    void refusals(int status, String attempts, int told) {
        for (boolean stream : new boolean[] {false, true}) {
            try (Scene scene = new Scene()) {
                scene.when("a-openai", Script.refusal(status, "no"));
                RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(stream));
                assertThat(client.status()).isEqualTo(told);
                assertThat(outcomes(scene.event())).containsExactly(attempts.split(";"));
                assertThat(client.text()).doesNotContain("secret-");
                assertThat(scene.ledger.open()).isZero();
                assertThat(scene.event().used().quality()).isEqualTo(told == 200 ? Quality.PROVIDER : Quality.MISSING);
                assertThat(scene.event().cost().nanos()).isEqualTo(told == 200 ? 10_000 + 32_000 : 0);
            }
        }
    }

    @Test
    void keysAreUsedInTurnAndThoseThatAreRefusedRest() {
        try (Scene scene = new Scene()) {
            scene.first("a-openai", Script.refusal(401, "bad key"));
            scene.ask(ClientForm.CHAT, Scene.chat(false));
            for (int i = 0; i < 4; i++) {
                scene.ask(ClientForm.CHAT, Scene.chat(false));
            }
            List<String> keys = scene.mock.served().stream()
                    .map(served -> String.valueOf(served.headers().get("authorization")))
                    .toList();
            assertThat(keys.getFirst()).isEqualTo("Bearer secret-k0");
            assertThat(keys.subList(1, keys.size())).containsOnly("Bearer secret-k1");
        }
    }

    @Test
    void aPauseThatIsAskedForIsHonouredWhereItIsShortAndNobodyElseIsThere() {
        try (Scene scene = new Scene()) {
            scene.first("b-openai", Script.refusal(429, "slowly").withRetryAfter("0.2"));
            long from = System.nanoTime();
            RecordedClient client = scene.ask(
                    ClientForm.CHAT,
                    "{\"model\": \"b-openai:lab/openai\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}");
            assertThat(client.status()).isEqualTo(200);
            assertThat((System.nanoTime() - from) / 1e6).isGreaterThan(190);
        }
    }

    @Test
    void aLongPauseIsTheClientsToWait() {
        try (Scene scene = new Scene()) {
            scene.when("b-openai", Script.refusal(429, "later").withRetryAfter("7"));
            RecordedClient client = scene.ask(
                    ClientForm.CHAT,
                    "{\"model\": \"b-openai:lab/openai\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}");
            assertThat(client.status()).isEqualTo(429);
            assertThat(client.headers()).containsEntry("Retry-After", "7");
            client = scene.ask(
                    ClientForm.CHAT,
                    "{\"model\": \"b-openai:lab/openai\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}");
            assertThat(client.status()).isEqualTo(503);
            assertThat(scene.mock.served()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BEFORE_HEAD", "BEFORE_FIRST"})
    void whoDoesNotBeginIsLeftForAnother(String where) {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withStall(Script.Stall.valueOf(where), 5_000));
            RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(true));
            assertThat(client.status()).isEqualTo(200);
            assertThat(client.text())
                    .contains("word ")
                    .startsWith(": keep-alive\n\n")
                    .endsWith("data: [DONE]\n\n");
            assertThat(outcomes(scene.event()))
                    .containsExactly("a-openai first_token_timeout", "a-openai first_token_timeout", "b-openai ok");
            assertThat(scene.event().attempts().getFirst().billed()).isTrue();
        }
    }

    @Test
    void afterTheFirstContentNobodyElseAnswers() {
        for (Script.Ending ending : List.of(Script.Ending.CUT, Script.Ending.ERROR)) {
            try (Scene scene = new Scene()) {
                scene.when("a-openai", Script.answer().withEnding(ending));
                RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(true));
                assertThat(client.status()).isEqualTo(200);
                assertThat(client.text().split("\"error\" ?:", -1))
                        .as(client.text())
                        .hasSize(2);
                assertThat(scene.event().attempts()).hasSize(1);
                assertThat(scene.event().outcome().finish()).isEqualTo("error");
                assertThat(scene.event().used().quality()).isEqualTo(Quality.ESTIMATED);
                assertThat(scene.event().used().tokens().output()).isEqualTo(3); // ten bytes
                assertThat(scene.event().cost().nanos()).isPositive();
            }
        }
    }

    /** An endpoint's own error within a stream has any shape; clients of OpenRouter are told it in theirs. */
    @Test
    void clientsOfOpenRouterAreToldOfAnErrorInMidStreamAsAChunk() {
        for (Script.Ending ending : List.of(Script.Ending.CUT, Script.Ending.ERROR)) {
            try (Scene scene = new Scene()) {
                scene.when("a-openai", Script.answer().withEnding(ending));
                ClientRequest request = Scene.request(ClientForm.CHAT, Scene.chat(true));
                RecordedClient client = new RecordedClient();
                scene.gateway.serve(
                        Caller.ANYBODY,
                        new ClientRequest(
                                ClientForm.CHAT,
                                request.raw(),
                                request.body(),
                                request.headers(),
                                true,
                                Surface.OPENROUTER),
                        client);
                String last = client.text().substring(client.text().lastIndexOf("data: "));
                assertThat(last)
                        .contains("\"id\": \"" + scene.event().id() + "\"", "\"provider\": \"a-openai\"")
                        .contains("\"code\": 502", "\"provider_name\": \"a-openai\"")
                        .contains("\"error_type\": \"provider_unavailable\"", "\"finish_reason\": \"error\"");
                assertThat(scene.event().outcome().finish()).isEqualTo("error");
            }
        }
    }

    @Test
    void aStreamThatStopsInTheMiddleIsEnded() {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withStall(Script.Stall.MIDDLE, 10_000));
            RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(true));
            assertThat(client.text()).contains(": keep-alive").contains("nothing more of the reply came");
            assertThat(outcomes(scene.event())).containsExactly("a-openai idle");
        }
    }

    @Test
    void aWholeReplyThatIsCutIsAskedForAgain() {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withEnding(Script.Ending.CUT));
            RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(false));
            assertThat(client.status()).isEqualTo(200);
            assertThat(outcomes(scene.event())).containsExactly("a-openai cut", "a-openai cut", "b-openai ok");
        }
    }

    @Test
    void anEndThatIsSaidIsAnEndThoughTheConnectionStaysOpen() {
        try (Scene scene = new Scene()) {
            scene.when("a-openai", Script.answer().withEnding(Script.Ending.OPEN));
            RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(true));
            assertThat(client.text()).endsWith("data: [DONE]\n\n");
            assertThat(scene.event().used().quality()).isEqualTo(Quality.PROVIDER);
            assertThat(outcomes(scene.event())).containsExactly("a-openai ok");
        }
    }

    @Test
    void anEndpointThatFailsAgainAndAgainIsLeftAloneAndTriedLater() throws InterruptedException {
        try (Scene scene = new Scene()) {
            scene.when("b-openai", Script.refusal(500, "no"));
            String body =
                    "{\"model\": \"b-openai:lab/openai\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}";
            scene.ask(ClientForm.CHAT, body);
            scene.ask(ClientForm.CHAT, body);
            int asked = scene.mock.served().size();
            assertThat(asked).isEqualTo(3); // the breaker opens at the third failure
            assertThat(scene.ask(ClientForm.CHAT, body).status()).isEqualTo(503);
            assertThat(scene.mock.served()).hasSize(asked);
            Thread.sleep(250);
            scene.when("b-openai", Script.answer());
            assertThat(scene.ask(ClientForm.CHAT, body).status()).isEqualTo(200);
            assertThat(scene.ask(ClientForm.CHAT, body).status()).isEqualTo(200);
        }
    }

    @Test
    void connectionsAreKeptAndStaleOnesReplaced() throws InterruptedException {
        try (Scene scene = new Scene()) {
            for (int i = 0; i < 5; i++) {
                scene.ask(ClientForm.CHAT, Scene.chat(i % 2 == 0));
            }
            assertThat(scene.mock.connections()).isEqualTo(1);
        }
    }

    @Test
    void nobodyIsThere() {
        try (Scene scene = new Scene()) {
            scene.mock.close();
            RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(false));
            assertThat(client.status()).isEqualTo(502);
            assertThat(scene.event().attempts()).extracting(Attempt::outcome).containsOnly("connect");
            assertThat(scene.event().attempts()).noneMatch(Attempt::billed);
        }
    }

    @Test
    void nothingOfTheClientsHeadGoesOutAndNothingOfTheGatewaysComesBack() {
        try (Scene scene = new Scene()) {
            RecordedClient client = scene.ask(ClientForm.CHAT, Scene.chat(false));
            Served served = scene.mock.served().getFirst();
            assertThat(served.headers().keySet())
                    .containsExactlyInAnyOrder(
                            "host",
                            "content-type",
                            "content-length",
                            "accept",
                            "accept-encoding",
                            "user-agent",
                            "authorization");
            assertThat(client.headers().keySet()).isSubsetOf("Content-Type", "X-Generation-Id");
            assertThat(client.headers().get("X-Generation-Id"))
                    .hasSize(26)
                    .isEqualTo(scene.event().id());
            assertThat(client.text()).contains("\"cost\":");
        }
    }
}
