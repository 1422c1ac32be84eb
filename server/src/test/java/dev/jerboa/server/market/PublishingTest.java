package dev.jerboa.server.market;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.store.Database;
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
}
