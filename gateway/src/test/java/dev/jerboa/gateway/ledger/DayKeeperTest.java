package dev.jerboa.gateway.ledger;

import static dev.jerboa.gateway.ledger.DaySumsTest.BEGIN;
import static dev.jerboa.gateway.ledger.DaySumsTest.assertSame;
import static dev.jerboa.gateway.ledger.DaySumsTest.costing;
import static dev.jerboa.gateway.ledger.DaySumsTest.execute;
import static dev.jerboa.gateway.ledger.DaySumsTest.keeper;
import static dev.jerboa.gateway.ledger.DaySumsTest.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Days are summed when they have settled, and looked over afterwards; on both stores. */
final class DayKeeperTest {
    private static final long DAY = 24;

    /** What a gateway of before, which knows no days, or a person writes to the hours of a summed day is noticed. */
    @ParameterizedTest
    @EnumSource
    void aDayThatDiffersIsMadeAnew(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                DayKeeper keeper = keeper(database, BEGIN + 20 * DAY)) {
            LedgerStore ledger = new LedgerStore(database);
            ledger.addRollups(random(new Random(9), 10, 300));
            assertThat(Days.sum(database)).isEqualTo(10);
            assertThat(keeper.lookOver()).isZero();
            execute(
                    database,
                    "UPDATE rollup SET first_token_micros = first_token_micros + 1 WHERE hour = (SELECT MAX(hour) FROM rollup)",
                    "DELETE FROM rollup_day WHERE hour = " + (BEGIN + 3 * DAY),
                    "UPDATE rollup_day_endpoint SET failed = failed + 1 WHERE hour = " + (BEGIN + 4 * DAY),
                    "DELETE FROM rollup WHERE hour >= " + (BEGIN + DAY) + " AND hour < " + (BEGIN + 2 * DAY));
            assertThat(keeper.lookOver()).isEqualTo(4);
            assertThat(keeper.lookOver()).isZero();
            assertSame(database, BEGIN, BEGIN + 10 * DAY);
        }
    }

    /** Not before it ended and settled. */
    @ParameterizedTest
    @EnumSource
    void aDayIsSummedWhenItHasSettled(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            new LedgerStore(database).addRollups(List.of(costing(BEGIN + 2, 1), costing(BEGIN + 100, 1)));
            for (long hour : new long[] {3, 24, 29, 30, 31, 125, 126}) {
                try (DayKeeper keeper = keeper(database, BEGIN + hour)) {
                    assertThat(keeper.sumEnded()).as("" + hour).isEqualTo(hour == 30 || hour == 126 ? 1 : 0);
                }
            }
        }
    }
}
