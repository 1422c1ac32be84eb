package dev.jerboa.spark;

import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.config.StoreConfig;
import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.OutsideRows;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.ledger.export.Span;
import dev.jerboa.gateway.share.SeededCharts;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/**
 * A store with requests of five weeks, as a gateway would have written them: through a journal, the one writer, and prices that the store
 * has. Beside them the gateway's seed of charts, whose pulls and figures of others charts read too.
 */
final class SampleLedger implements AutoCloseable {
    /** The tests' usual prices, dearer on weekdays from 8 to 12. */
    static final String PRICES = """
            jerboa-prices 1
            period always
            tier 0 150000 3000 187500 300000 600000 600000 0
            tier 40000 170000 3000 187500 300000 700000 600000 5
            window MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY 480 720 UTC -
            tier 0 300000 6000 375000 600000 1200000 1200000 0
            """;

    static final LocalDate FROM = LocalDate.of(2026, 10, 25);
    static final LocalDate TO = LocalDate.of(2026, 11, 30);
    static final Span SPAN = Span.of(FROM, TO);
    static final ShareQuery QUERY = ShareQuery.of(SPAN.from(), SPAN.to());

    final TestStore store;
    final Database database;
    final List<UsageEvent> events = new ArrayList<>();

    SampleLedger(Database.Kind kind, int count) {
        store = TestStore.of(kind);
        database = SeededCharts.seeded(store.open());
        catalogue();
        Random random = new Random(count);
        for (int i = 0; i < count; i++) {
            events.add(Events.random(random));
        }
        write(events);
    }

    /** What each endpoint is changes in the middle of the time, so that charts differ between "then" and "now". */
    private void catalogue() {
        CatalogRows rows = new CatalogRows(database);
        List<CatalogRows.LabRow> labs =
                List.of(new CatalogRows.LabRow("lab0", "Lab 0", "CN"), new CatalogRows.LabRow("lab1", "Lab 1", "US"));
        List<CatalogRows.ProviderRow> providers = List.of(
                new CatalogRows.ProviderRow("p0", "Provider 0", "CN", "openai", false, false),
                new CatalogRows.ProviderRow("p1", "Provider 1", "US", "openai", false, false),
                new CatalogRows.ProviderRow("p2", "Here", "DE", "local", false, false));
        List<CatalogRows.EndpointRow> endpoints = new ArrayList<>();
        for (int provider = 0; provider < 3; provider++) {
            for (int lab = 0; lab < 2; lab++) {
                String model = "lab" + lab + "/m";
                endpoints.add(new CatalogRows.EndpointRow(
                        "p" + provider + ":" + model, model, "p" + provider, "", "fp8", 131_072, 32_768, "v1"));
            }
        }
        rows.add(
                Instant.EPOCH,
                labs,
                List.of(model("lab0/m", "open-weight"), model("lab1/m", "closed")),
                providers,
                endpoints,
                Map.of("v1", PRICES));
        rows.add(
                Instant.parse("2026-11-12T08:00:00Z"),
                List.of(new CatalogRows.LabRow("lab1", "Lab 1", "FR")),
                List.of(model("lab1/m", "open-source")),
                List.of(),
                List.of(),
                Map.of());
        new OutsideRows(database)
                .addPulls(List.of(new OutsideRows.Pull(
                        LocalDate.of(2026, 11, 3), "lab0/M", "lab0/m", "lab0", "q4_k_m", 12, 9_007_199_254_740_993L)));
    }

    private static CatalogRows.ModelRow model(String id, String openness) {
        return new CatalogRows.ModelRow(
                id,
                id.substring(0, 4),
                "M",
                "m",
                openness,
                "",
                OptionalLong.of(30_000_000_000L),
                OptionalLong.of(3_000_000_000L),
                131_072,
                "m",
                true,
                true,
                Optional.of(LocalDate.of(2026, 5, 4)));
    }

    void write(List<UsageEvent> all) {
        try (Journal journal = Journal.open(JournalOptions.of(store.folder().resolve("journal"), "n1"));
                LedgerWriter writer = LedgerWriter.start(
                        journal, database, new StoredPrices(new CatalogRows(database)), Spending.NONE)) {
            all.forEach(journal::record);
            if (!writer.flush(Duration.ofSeconds(60))) {
                throw new AssertionError("the events are not in the store after 60 s");
            }
        }
    }

    /** The store's tables as the job reads them. */
    StoredTables tables(int slices) {
        return StoredTables.of(config(), secrets(), SPAN, slices);
    }

    private StoreConfig config() {
        return StoreConfig.at(address(), Optional.of("postgres"), Optional.of("env:SAMPLE"));
    }

    private static Secrets secrets() {
        return new Secrets(Map.of("SAMPLE", "postgres"), Path.of(""));
    }

    /** As {@code --store} takes it. */
    String address() {
        if (store.url().startsWith("sqlite:")) {
            return store.url().substring("sqlite:".length());
        }
        URI uri = URI.create(store.url());
        return "postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath();
    }

    @Override
    public void close() {
        database.close();
        store.close();
    }
}
