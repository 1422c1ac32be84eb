package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.CatalogReader;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.store.Database;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogHistoryTest {
    private static final Instant JUNE = Instant.parse("2026-06-01T00:00:00Z");
    private static final Instant JULY = Instant.parse("2026-07-01T00:00:00Z");
    private static final String FIRST = """
            labs: {acme: {name: Acme, country: FR}}
            models: {acme/road: {name: Road, openness: closed, context: 1000}}
            providers: {shop: {name: Shop, country: DE, dialect: openai}}
            endpoints: {"shop:acme/road": {prices: [{input: 1, output: 2}]}}
            """;

    @TempDir
    private Path folder;

    private static Catalog catalog(String text) {
        return new CatalogReader().text(text, "catalogue.yaml").read();
    }

    @Test
    void keepsWhatChanges_andWhatItWasBefore() {
        try (Database database = Database.sqlite(folder.resolve("ledger.db"))) {
            CatalogRows rows = new CatalogRows(database);
            Catalog first = catalog(FIRST);
            CatalogHistory all = CatalogHistory.update(rows, first, JUNE);
            assertThat(List.of(all.labs(), all.models(), all.providers(), all.endpoints()))
                    .allSatisfy(list -> assertThat(list).hasSize(1));
            assertThat(all.prices()).hasSize(1);
            assertThat(CatalogHistory.update(rows, first, JULY).isEmpty()).isTrue();

            Catalog second = catalog(FIRST.replace("closed", "open-weight").replace("output: 2", "output: 3"));
            CatalogHistory news = CatalogHistory.update(rows, second, JULY);
            assertThat(news.labs()).isEmpty();
            assertThat(news.models()).hasSize(1);
            assertThat(news.endpoints()).hasSize(1);
            assertThat(rows.models().at("acme/road", JUNE).orElseThrow().openness())
                    .isEqualTo("closed");
            assertThat(rows.models().at("acme/road", JULY).orElseThrow().openness())
                    .isEqualTo("open-weight");

            StoredPrices prices = new StoredPrices(rows);
            assertThat(prices.rates("", version(first), JULY, 1, "")
                            .orElseThrow()
                            .output())
                    .isEqualTo(2_000_000);
            assertThat(prices.rates("", version(second), JULY, 1, "")
                            .orElseThrow()
                            .output())
                    .isEqualTo(3_000_000);
            assertThat(prices.rates("", version(second), JULY, 1, ""))
                    .isEqualTo(prices.dearestOfWeek("", version(second), JULY, 1, ""));
            assertThat(prices.rates("", "unknown", JULY, 1, "")).isEmpty();
        }
    }

    private static String version(Catalog catalog) {
        Endpoint endpoint = catalog.endpoint("shop:acme/road").orElseThrow();
        return endpoint.prices().version();
    }

    @Test
    void takesTheShippedCatalogue() {
        try (Database database = Database.sqlite(folder.resolve("ledger.db"))) {
            CatalogRows rows = new CatalogRows(database);
            Catalog shipped = new CatalogReader().shipped().read();
            CatalogHistory.update(rows, shipped, JUNE);
            assertThat(rows.models().now()).hasSameSizeAs(shipped.models());
            assertThat(CatalogHistory.update(rows, new CatalogReader().shipped().read(), JULY)
                            .isEmpty())
                    .isTrue();
        }
    }
}
