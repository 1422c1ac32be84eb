package dev.jerboa.server.market;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.key.NewKey;
import dev.jerboa.gateway.store.Database;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PublishingTest {
    @Test
    void rankingsThatAreNotPublishedAreNotThere() {
        try (MarketServer server = new MarketServer(Database.Kind.SQLITE, MarketOptions.defaults())) {
            for (String path : new String[] {"/v1/datasets/rankings-daily", "/api/v1/datasets/app-rankings"}) {
                assertThat(server.get(server.admin, path).statusCode()).isEqualTo(404);
                assertThat(server.get(server.admin, path).body()).contains("does not publish rankings");
            }
        }
    }

    @Test
    void whatIsPublishedNeedsNoKeyAndNothingElseDoesWithout() {
        try (MarketServer server = new MarketServer(Database.Kind.SQLITE, new MarketOptions(true, true, true, false))) {
            String time = "?from=2025-11-01&to=2025-12-01";
            assertThat(server.get(null, "/v1/analytics/charts").body())
                    .contains("open-closed")
                    .doesNotContain("\"keys\"")
                    .doesNotContain("operations");
            assertThat(server.get(null, "/v1/analytics/charts/open-closed" + time)
                            .body())
                    .contains("cn-open");
            assertThat(server.get(server.inference, "/v1/analytics/charts/open-closed" + time)
                            .body())
                    .contains("cn-open");
            assertThat(server.get(null, "/v1/datasets/app-rankings").statusCode())
                    .isEqualTo(200);
            assertThat(server.get(null, "/v1/models/deepseek/flash/endpoints").statusCode())
                    .isEqualTo(200);
            assertThat(server.get(null, "/v1/analytics/workload").statusCode()).isEqualTo(200);
            for (String path : new String[] {
                "/v1/analytics/charts/keys",
                "/v1/analytics/charts/apps",
                "/v1/analytics/charts/operations",
                "/v1/key",
                "/v1/keys",
                "/v1/activity",
                "/v1/credits",
                "/v1/budgets",
                "/v1/generation?id=x"
            }) {
                assertThat(server.get(null, path).statusCode()).as(path).isEqualTo(401);
            }
            assertThat(server.get(server.inference, "/v1/analytics/charts/keys").statusCode())
                    .isEqualTo(403);
        }
    }

    /** What everybody pays is the operator's, unless the file says otherwise; to a key with the scope it is its own. */
    @Test
    void amountsOfMoneyAreNotPublishedWithTheCharts() {
        String cost = "/v1/analytics/charts/open-closed?from=2025-11-01&to=2025-12-01&measure=cost";
        try (MarketServer server = new MarketServer(Database.Kind.SQLITE, new MarketOptions(true, true, true, false))) {
            for (@Nullable NewKey key : new @Nullable NewKey[] {null, server.inference}) {
                assertThat(server.get(key, cost).statusCode()).isEqualTo(403);
                assertThat(server.get(key, cost).body())
                        .contains("not published")
                        .doesNotContain("cn-open");
                assertThat(server.get(key, cost.replace("cost", "requests")).statusCode())
                        .isEqualTo(200);
                assertThat(server.get(key, "/v1/analytics/charts").body().replace(" ", ""))
                        .contains("\"costs\":false");
            }
            for (NewKey key : new NewKey[] {server.usage, server.admin}) {
                assertThat(server.get(key, cost).statusCode()).isEqualTo(200);
                assertThat(server.get(key, "/v1/analytics/charts").body().replace(" ", ""))
                        .contains("\"costs\":true");
            }
        }
        try (MarketServer server = new MarketServer(Database.Kind.SQLITE, new MarketOptions(true, true, true, true))) {
            assertThat(server.get(null, cost).body()).contains("cn-open");
        }
    }

    @Test
    void pathsAreOpenAsFarAsTheyArePublished() {
        try (MarketServer server = new MarketServer(Database.Kind.SQLITE, MarketOptions.defaults())) {
            for (String path : new String[] {
                "/v1/analytics/charts/open-closed",
                "/v1/analytics/charts",
                "/v1/analytics/workload",
                "/v1/models/deepseek/flash/endpoints"
            }) {
                assertThat(server.get(null, path).statusCode()).as(path).isEqualTo(401);
            }
        }
    }
}
