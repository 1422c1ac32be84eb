package dev.jerboa.server.market;

import static dev.jerboa.server.market.MarketServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.KeyDraft;
import dev.jerboa.gateway.key.NewKey;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.ledger.Sums;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.model.json.Json;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What keys used belongs to their accounts: it does not go with them, and goes to nobody else. */
@Timeout(120)
class DeletedKeysTest {
    private static final String DAY_BEFORE = "2025-12-07";

    private static void requireUsed(MarketServer server, NewKey usage) {
        List<@Nullable Object> days = data(server.get(usage, "/v1/activity"));
        assertThat(days)
                .singleElement()
                .satisfies(row -> assertThat(Json.asObject(row, "row"))
                        .containsEntry("date", DAY_BEFORE)
                        .containsEntry("requests", 2L)
                        .containsEntry("prompt_tokens", 10L));
        assertThat(server.get(usage, "/v1/analytics/charts/lab-volume?format=csv&table=labs")
                        .body()
                        .lines())
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).startsWith("1,deepseek,").endsWith(",15,1.000000"));
        Map<String, @Nullable Object> credits =
                Json.asObject(json(server.get(usage, "/v1/credits")).get("data"), "data");
        assertThat(credits).containsEntry("total_usage", 0.000001);
    }

    private static List<@Nullable Object> data(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.asList(json(response).get("data"), "data");
    }

    @Test
    void whatADeletedKeyUsedStaysItsAccounts() {
        try (MarketServer server = new MarketServer(Database.Kind.SQLITE, MarketOptions.defaults())) {
            NewKey gone = server.keys.create(KeyDraft.inference("team", "gone"));
            NewKey others = server.keys.create(new KeyDraft(
                    "ops", "others", Set.of(Scope.USAGE), List.of(), "", Key.RateLimits.NONE, Optional.empty()));
            long hour = MarketServer.NOW.getEpochSecond() / 3600 - 30;
            new LedgerStore(server.database)
                    .addRollups(List.of(new RollupRow(
                            hour,
                            "deepseek:deepseek/deepseek-v3",
                            gone.key().id(),
                            "an app",
                            "",
                            Sums.of(2, Usage.of(10, 5), 1_000))));
            requireUsed(server, server.usage);
            String path = "/v1/keys/" + gone.key().id();
            assertThat(server.send("PATCH", server.admin, path, "{\"account\": \"ops\"}")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(data(server.get(others, "/v1/activity"))).isEmpty();
            assertThat(server.send("DELETE", server.admin, path, null).statusCode())
                    .isEqualTo(200);
            requireUsed(server, server.usage);
            assertThat(data(server.get(others, "/v1/activity"))).isEmpty();
            assertThat(server.get(gone, "/v1/key").statusCode()).isEqualTo(401);
        }
    }
}
