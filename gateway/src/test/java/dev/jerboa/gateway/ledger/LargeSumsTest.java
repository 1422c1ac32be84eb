package dev.jerboa.gateway.ledger;

import static dev.jerboa.gateway.ledger.Ledgers.LONG;
import static dev.jerboa.gateway.ledger.Ledgers.journal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.share.Chart;
import dev.jerboa.gateway.share.Charts;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sums up to 2⁶³ − 1 are exact and larger ones an error that says what to do, the same in both stores; nothing is ever a near figure. */
final class LargeSumsTest {
    private static final long MOST = Long.MAX_VALUE;
    private static final long HOUR = 498_000;

    private static RollupRow row(long hour, long nanos) {
        return new RollupRow(hour, "p:lab/m", "", "", "", Sums.of(1, Usage.of(1, 1), nanos));
    }

    private static RollupQuery query(Grain grain) {
        return RollupQuery.of(HOUR, HOUR + 48, grain, Dimension.ENDPOINT);
    }

    private static void assertBeyond(ThrowingCallable question) {
        assertThatThrownBy(question)
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("a sum is beyond 2⁶³ − 1")
                .hasMessageContaining("ask for less time")
                .hasCauseInstanceOf(ArithmeticException.class); // and so not taken for a store that is away
    }

    @ParameterizedTest
    @EnumSource
    void theLargestSumIsExactAndOneMoreIsAnError(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            ledger.addRollups(List.of(row(HOUR, MOST - 7), row(HOUR + 1, 7)));
            for (Grain grain : Grain.values()) {
                assertThat(ledger.rollups(query(grain)).stream()
                                .mapToLong(row -> row.sums().costNanos())
                                .sum())
                        .as(grain.name())
                        .isEqualTo(MOST);
            }
            ledger.addRollups(List.of(row(HOUR + 2, 1)));
            assertThat(ledger.rollups(query(Grain.HOUR)))
                    .extracting(row -> row.sums().costNanos())
                    .containsExactly(MOST - 7, 7L, 1L);
            assertBeyond(() -> ledger.rollups(query(Grain.DAY)));
            assertBeyond(() -> ledger.rollups(query(Grain.ALL)));
        }
    }

    /** Each day's sum is one; that of the days together is not. */
    @ParameterizedTest
    @EnumSource
    void sumsOfDaysTogetherAreAnErrorToo(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            ledger.addRollups(List.of(row(HOUR, MOST), row(HOUR + 24, MOST)));
            assertThat(ledger.rollups(query(Grain.DAY))).hasSize(2);
            assertBeyond(() -> ledger.rollups(query(Grain.MONTH)));
            Charts charts = new Charts(new JdbcLedger(database));
            for (Chart chart : List.of(Chart.COST, Chart.OPERATIONS)) {
                assertBeyond(() -> charts.draw(chart, ShareQuery.of(HOUR, HOUR + 48)));
            }
        }
    }

    /** What would leave 64 bits is not added, nor what is added with it: the sum stays what it was. */
    @ParameterizedTest
    @EnumSource
    void aRowGoesNoFurther(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            ledger.addRollups(List.of(row(HOUR, MOST - 1)));
            assertBeyond(() -> ledger.addRollups(List.of(row(HOUR, 2), row(HOUR + 1, 5))));
            assertThat(ledger.rollups(query(Grain.HOUR))).containsExactly(row(HOUR, MOST - 1));
            ledger.addRollups(List.of(row(HOUR, 1)));
            assertThat(ledger.rollups(query(Grain.HOUR)).getFirst().sums().costNanos())
                    .isEqualTo(MOST);
        }
    }

    /** Such an event is kept in a file, as any that the store refuses, and those around it are written. */
    @ParameterizedTest
    @EnumSource
    void anEventTooManyHoldsNothingUp(Database.Kind kind) throws IOException {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            try (Journal journal = journal(store);
                    LedgerWriter writer = LedgerWriter.start(journal, database, Rater.NONE, Spending.NONE)) {
                journal.record(Events.event("1", Events.TIME, "k1", "a1", MOST - 10));
                assertThat(writer.flush(LONG)).isTrue();
                journal.record(Events.event("2", Events.TIME, "k1", "a1", 3));
                journal.record(Events.event("3", Events.TIME, "k1", "a1", MOST / 2));
                journal.record(Events.event("4", Events.TIME, "k1", "a1", 4));
                assertThat(writer.flush(LONG)).isTrue();
                assertThat(Files.readString(journal.refusals()))
                        .contains("id=3,")
                        .doesNotContain("id=2,");
            }
            assertThat(ledger.event("3")).isEmpty();
            assertThat(ledger.event("4")).isPresent();
            long hour = Events.TIME.getEpochSecond() / 3600;
            assertThat(ledger.rollups(RollupQuery.of(hour, hour + 1, Grain.HOUR)))
                    .singleElement()
                    .satisfies(row -> assertThat(row.sums().costNanos()).isEqualTo(MOST - 3));
        }
    }
}
