package dev.jerboa.gateway.node;

import static dev.jerboa.gateway.share.SeededCharts.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Grain;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LatencyBuckets;
import dev.jerboa.gateway.ledger.LatencyRow;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.OutsideRows;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.relay.RelayObserver;
import dev.jerboa.gateway.share.Chart;
import dev.jerboa.gateway.share.Charts;
import dev.jerboa.gateway.share.chart.Overlay;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What charts show and no event has, from requests to the charts, on both stores. */
class SideSumsTest {
    private static final long HOUR = Events.TIME.getEpochSecond() / 3600;

    private static ClientRequest prompt(String text) {
        Map<String, @Nullable Object> body = Map.of("messages", List.of(Map.of("role", "user", "content", text)));
        return new ClientRequest(ClientForm.CHAT, new byte[0], body);
    }

    private static Drawn draw(Database database, Chart chart) {
        long day = HOUR / 24 * 24;
        return new Charts(new JdbcLedger(database))
                .draw(chart, ShareQuery.of(day, day + 24).withBucket(Bucket.DAY));
    }

    @ParameterizedTest
    @EnumSource
    void theGatewaysOwnTimeAndTheScriptsOfPromptsAreInTheCharts(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            // a process before this one has counted too
            for (int process = 0; process < 2; process++) {
                try (SideSums sums = new SideSums(RelayObserver.NONE, database, "n1", true, () -> Events.TIME)) {
                    sums.asked(prompt("Good morning"));
                    sums.asked(prompt("Bonjour, ça va ?"));
                    sums.asked(prompt("早上好"));
                    sums.ended(Events.event("1"), 130_000);
                    sums.write();
                    sums.ended(Events.event("2"), 130_000);
                }
            }
            int bucket = LatencyBuckets.bucket(130);
            assertThat(new LedgerStore(database).latencies(HOUR, HOUR + 1, Grain.HOUR, LatencyBuckets.Kind.OVERHEAD))
                    .containsExactly(
                            new LatencyRow(HOUR, "deepseek:deepseek/v4", LatencyBuckets.Kind.OVERHEAD, bucket, 4));
            assertThat(rows(draw(database, Chart.CATEGORIES), "scripts"))
                    .satisfiesExactly(
                            row -> assertThat(row)
                                    .containsEntry("group", "han")
                                    .containsEntry("amount", new BigDecimal("2"))
                                    .containsEntry("share", new BigDecimal("0.333333")),
                            row -> assertThat(row)
                                    .containsEntry("group", "latin")
                                    .containsEntry("amount", new BigDecimal("4")));
        }
    }

    /** With the transaction that writes events, and so once each, also where one is written again. */
    @ParameterizedTest
    @EnumSource
    void categoriesAreCountedWithTheirEvents(Database.Kind kind) {
        Random random = new Random(5);
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            events.add(Events.random(random));
        }
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            for (int time = 0; time < 2; time++) {
                try (Journal journal =
                                Journal.open(JournalOptions.of(store.folder().resolve("journal"), "n1"));
                        LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
                    events.forEach(journal::record);
                    assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
                }
            }
            long coding = events.stream()
                    .filter(event -> event.category().equals("coding"))
                    .count();
            assertThat(coding).isBetween(5L, 35L);
            assertThat(new OutsideRows(database)
                            .figures(Overlay.CATEGORIES).stream()
                                    .mapToDouble(OutsideRows.Figure::amount)
                                    .sum())
                    .isEqualTo(coding);
            assertThat(new OutsideRows(database).figures(Overlay.CATEGORIES))
                    .allMatch(figure -> figure.dimension().equals("coding")
                            && figure.source().equals("node n1"));
        }
    }

    /** Text that nobody asked to be looked at is not. */
    @ParameterizedTest
    @EnumSource(names = "SQLITE")
    void scriptsAreCountedOnlyWhereTheConfigurationSaysSo(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            try (SideSums sums = new SideSums(RelayObserver.NONE, database, "n1", false, () -> Events.TIME)) {
                sums.asked(prompt("Good morning"));
            }
            assertThat(rows(draw(database, Chart.CATEGORIES), "scripts")).isEmpty();
        }
    }

    /** What the store does not take is added when it does. */
    @ParameterizedTest
    @EnumSource(names = "SQLITE")
    void nothingIsForgottenWhileTheStoreIsAway(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                SideSums sums = new SideSums(RelayObserver.NONE, database, "n1", true, () -> Events.TIME)) {
            sums.asked(prompt("Доброе утро"));
            sums.ended(Events.event("1"), 5_000);
            rename(database, "series", "away");
            rename(database, "latency", "gone");
            sums.write();
            rename(database, "away", "series");
            rename(database, "gone", "latency");
            sums.write();
            assertThat(rows(draw(database, Chart.CATEGORIES), "scripts"))
                    .singleElement()
                    .satisfies(row -> assertThat(row)
                            .containsEntry("group", "cyrillic")
                            .containsEntry("amount", new BigDecimal("1")));
            assertThat(new LedgerStore(database).latencies(HOUR, HOUR + 1, Grain.HOUR, LatencyBuckets.Kind.OVERHEAD))
                    .hasSize(1);
        }
    }

    private static void rename(Database database, String from, String to) {
        database.run(connection -> {
            try (java.sql.Statement statement = connection.createStatement()) {
                statement.execute("ALTER TABLE " + from + " RENAME TO " + to);
            }
        });
    }
}
