package dev.jerboa.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.jerboa.gateway.share.Chart;
import dev.jerboa.gateway.share.Charts;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.store.Database;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is refused and why, from requests to the chart. */
@Timeout(120)
class RefusalsTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String KEYS = """
            keys:
              required: true
              declared:
                tester: {account: us, secret: "env:KEY", models: ["lab/openai"], requests_per_minute: 1}
                operator: {account: us, secret: "env:ADMIN", scopes: [usage, admin]}
            """;

    @TempDir
    private Path folder;

    private static String chat(String model) {
        return "{\"model\": \"" + model
                + "\", \"max_tokens\": 4, \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}";
    }

    private static String[] bearer(String key) {
        return new String[] {"Authorization", "Bearer " + key};
    }

    @Test
    void eachReasonIsCountedForItsKey() {
        try (RunningGateway gateway = new RunningGateway(folder, KEYS)) {
            int[] statuses = {
                gateway.post(CHAT, chat("lab/openai")).statusCode(),
                gateway.post("/v1/messages", chat("lab/openai"), bearer("sk-other"))
                        .statusCode(),
                gateway.post("/chat/completions", chat("lab/openai"), bearer("sk-other"))
                        .statusCode(),
                gateway.post(CHAT, chat("lab/openai"), bearer(RunningGateway.ADMIN))
                        .statusCode(),
                gateway.post(CHAT, chat("lab/small"), bearer(RunningGateway.KEY))
                        .statusCode(),
                gateway.post(CHAT, chat("lab/nowhere"), bearer(RunningGateway.KEY))
                        .statusCode(),
                gateway.post(CHAT, chat("lab/openai"), bearer(RunningGateway.KEY))
                        .statusCode(),
                gateway.post(CHAT, chat("lab/openai"), bearer(RunningGateway.KEY))
                        .statusCode(),
            };
            assertThat(statuses).containsExactly(401, 401, 401, 403, 403, 404, 200, 429);
            gateway.get("/v1/key"); // whether there is a key is no request to a model
            assertThat(gateway.get("/metrics", bearer(RunningGateway.ADMIN)).body())
                    .contains(
                            "jerboa:gateway_refusals_total{form=\"chat\",reason=\"requests_a_minute\",status=\"429\"} 1.0")
                    .contains(
                            "jerboa:gateway_refusals_total{form=\"messages\",reason=\"unknown_key\",status=\"401\"} 1.0");
        }
        long now = Instant.now().getEpochSecond() / 3600;
        try (Database database = Database.sqlite(folder.resolve("ledger.db"))) {
            Drawn drawn = new Charts(new JdbcLedger(database)).draw(Chart.REFUSALS, ShareQuery.of(now - 2, now + 1));
            assertThat(drawn.table("refused_keys").orElseThrow().rows())
                    .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2), row -> row.get(3))
                    .containsExactlyInAnyOrder(
                            tuple("", "no_key", "401", 1L),
                            tuple("", "unknown_key", "401", 2L),
                            tuple("operator", "scope", "403", 1L),
                            tuple("tester", "model_not_allowed", "403", 1L),
                            tuple("tester", "no_model", "404", 1L),
                            tuple("tester", "requests_a_minute", "429", 1L));
        }
    }

    @Test
    void whoComesWhileItStopsIsCounted() {
        try (RunningGateway gateway =
                new RunningGateway(folder, KEYS.replace("requests_per_minute: 1", "requests_per_minute: 9"))) {
            java.util.Objects.requireNonNull(gateway.server.gateway()).drain(java.time.Duration.ZERO);
            assertThat(gateway.post(CHAT, chat("lab/openai"), bearer(RunningGateway.KEY))
                            .statusCode())
                    .isEqualTo(503);
            assertThat(gateway.get("/metrics", bearer(RunningGateway.ADMIN)).body())
                    .contains("jerboa:gateway_refusals_total{form=\"chat\",reason=\"stopping\",status=\"503\"} 1.0");
        }
    }
}
