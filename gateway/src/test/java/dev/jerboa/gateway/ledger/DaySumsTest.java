package dev.jerboa.gateway.ledger;

import static dev.jerboa.gateway.ledger.Ledgers.FIRST_HOUR;
import static dev.jerboa.gateway.ledger.Ledgers.LAST_HOUR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sums by day are those by hour, whatever is written when, and by whom; on both stores. */
@Timeout(120)
final class DaySumsTest {
    private static final long DAY = 24;
    /** A day begins here. */
    static final long BEGIN = 20_000 * DAY;

    private static final long MOST = Long.MAX_VALUE;

    private static RollupRow row(long hour, String endpoint, String key, Sums sums) {
        return new RollupRow(hour, endpoint, key, "", "", sums);
    }

    static RollupRow costing(long hour, long nanos) {
        return row(hour, "p:lab/m", "k", Sums.of(1, Usage.of(1, 1), nanos));
    }

    private static RollupRow random(Random random, int days) {
        long[] values = new long[Figure.all().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(4) == 0 ? 0 : random.nextLong(1L << random.nextInt(1, 40));
        }
        return new RollupRow(
                BEGIN + random.nextLong(days * DAY),
                "p" + random.nextInt(3) + ":lab/m",
                random.nextInt(5) == 0 ? "" : "k" + random.nextInt(3),
                random.nextBoolean() ? "" : "app",
                random.nextBoolean() ? "" : "DE",
                Sums.of(values));
    }

    static List<RollupRow> random(Random random, int days, int count) {
        List<RollupRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(random(random, days));
        }
        return rows;
    }

    private static RollupQuery question(Random random, int days) {
        long from = BEGIN - 30 + random.nextLong((days + 2) * DAY);
        long length = 1 + random.nextLong(random.nextBoolean() ? 30 : (days + 2) * DAY);
        Set<Dimension> by = EnumSet.noneOf(Dimension.class);
        boolean few = random.nextBoolean();
        for (Dimension dimension : Dimension.values()) {
            if (random.nextBoolean() && (!few || dimension == Dimension.ENDPOINT)) {
                by.add(dimension);
            }
        }
        Grain grain = Grain.values()[random.nextInt(Grain.values().length)];
        RollupQuery query = new RollupQuery(from, from + length, grain, by, Map.of());
        return switch (random.nextInt(4)) {
            case 0 -> query.only(Dimension.KEY, List.of("k1", ""));
            case 1 -> query.only(Dimension.ENDPOINT, List.of("p0:lab/m"));
            default -> query;
        };
    }

    /** The answer is the one that is made of hours alone. */
    private static void assertSame(Database database, RollupQuery query) {
        LedgerStore ledger = new LedgerStore(database);
        assertThat(ledger.rollups(query)).as(query.toString()).isEqualTo(ledger.rollups(query, SumTables.NO_DAYS));
    }

    static void assertSame(Database database, long from, long to) {
        for (Grain grain : Grain.values()) {
            assertSame(database, RollupQuery.of(from, to, grain, Dimension.values()));
            assertSame(database, RollupQuery.of(from, to, grain, Dimension.ENDPOINT));
        }
    }

    private static long count(Database database, String table) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    static void execute(Database database, String... statements) {
        database.run(connection -> {
            for (String sql : statements) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(sql);
                }
            }
        });
    }

    static DayKeeper keeper(Database database, long hour) {
        return DayKeeper.start(database, () -> Instant.ofEpochSecond(hour * 3600));
    }

    /** Random ledgers, of which some days have been summed; random rows come late; random times are asked for in every way. */
    @ParameterizedTest
    @EnumSource
    void anyQuestionHasTheAnswerOfTheHours(Database.Kind kind) {
        int days = 40;
        for (long seed = 0; seed < 6; seed++) {
            Random random = new Random(seed);
            try (TestStore store = TestStore.of(kind);
                    Database database = store.open()) {
                LedgerStore ledger = new LedgerStore(database);
                ledger.addRollups(random(random, days, 600));
                for (int round = 0; round < 3; round++) {
                    Days.sumBefore(database, BEGIN + random.nextLong(days * DAY));
                    ledger.addRollups(random(random, days, 150));
                    for (int i = 0; i < 60; i++) {
                        assertSame(database, question(random, days));
                    }
                }
            }
        }
    }

    /** A day is one row for each endpoint, key, app and country, and what comes late goes into it. */
    @ParameterizedTest
    @EnumSource
    void whatComesLateIsAddedToItsDay(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            ledger.addRollups(List.of(costing(BEGIN, 1), costing(BEGIN + 5, 2), costing(BEGIN + 30, 4)));
            assertThat(Days.sumBefore(database, BEGIN + 40)).isEqualTo(1);
            assertThat(count(database, "rollup_day")).isEqualTo(1);
            ledger.addRollups(List.of(costing(BEGIN + 23, 8), costing(BEGIN + 24, 16), costing(BEGIN - 1, 32)));
            assertThat(count(database, "rollup_day")).isEqualTo(2); // and a day of which there was nothing
            assertThat(ledger.rollups(RollupQuery.of(BEGIN - 24, BEGIN + 48, Grain.DAY)))
                    .extracting(row -> row.sums().costNanos())
                    .containsExactly(32L, 11L, 20L);
            assertSame(database, BEGIN - 24, BEGIN + 48);
        }
    }

    /** The writer's way: events of any day, some of which have been summed, through the journal. */
    @ParameterizedTest
    @EnumSource
    void eventsOfSummedDays(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Ledgers.writeAll(store, database, Ledgers.randomEvents(3, 400));
            assertThat(Days.sumBefore(database, LAST_HOUR - 100)).isGreaterThan(20);
            List<UsageEvent> late = Ledgers.randomEvents(4, 400);
            Ledgers.writeAll(store, database, late);
            Ledgers.writeAll(store, database, late); // and again, as after a crash: they count once
            assertSame(database, FIRST_HOUR, LAST_HOUR);
        }
    }

    /** Many write at once, to hours before and behind the end, while two others move it. */
    @ParameterizedTest
    @EnumSource
    void manyWriteWhileDaysAreSummed(Database.Kind kind) throws Exception {
        int days = 12;
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                Database other = store.open();
                ExecutorService executor = Executors.newFixedThreadPool(6)) {
            AtomicBoolean writing = new AtomicBoolean(true);
            List<Callable<Integer>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(i);
                LedgerStore ledger = new LedgerStore(i % 2 == 0 ? database : other);
                writers.add(() -> {
                    for (int j = 0; j < 60; j++) {
                        ledger.addRollups(random(random, days, 12));
                    }
                    return 0;
                });
            }
            List<Future<Integer>> folding = new ArrayList<>();
            for (Database each : List.of(database, other)) {
                folding.add(executor.submit(() -> {
                    int summed = 0;
                    for (long hour = BEGIN; writing.get(); hour += 6) {
                        summed += Days.sumBefore(each, hour);
                        Thread.sleep(5);
                    }
                    return summed;
                }));
            }
            for (Future<Integer> writer : writers.stream().map(executor::submit).toList()) {
                writer.get();
            }
            writing.set(false);
            int summed = 0;
            for (Future<Integer> each : folding) {
                summed += each.get();
            }
            summed += Days.sum(database);
            assertThat(summed).isLessThanOrEqualTo(days);
            assertSame(database, BEGIN, BEGIN + days * DAY);
            try (DayKeeper keeper = keeper(database, BEGIN)) {
                assertThat(keeper.lookOver()).isZero();
            }
        }
    }

    /** A transaction that ends in its middle leaves nothing: neither a day without its end nor an end without its day. */
    @ParameterizedTest
    @EnumSource
    void aDayIsSummedWholeOrNotAtAll(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            ledger.addRollups(List.of(costing(BEGIN, 1), costing(BEGIN + 30, 2)));
            long end = SumTables.summedBefore(database);
            // no end goes further than this: it fails when the day's rows are there already
            execute(
                    database,
                    "ALTER TABLE rollup_day_end RENAME TO plain",
                    "CREATE TABLE rollup_day_end (hour BIGINT NOT NULL CHECK (hour <= " + end + "))",
                    "INSERT INTO rollup_day_end SELECT hour FROM plain");
            assertThatThrownBy(() -> new DaySums(database).next(MOST)).isInstanceOf(GatewayException.class);
            assertThat(count(database, "rollup_day")).isZero();
            execute(database, "DROP TABLE rollup_day_end", "ALTER TABLE plain RENAME TO rollup_day_end");
            assertThat(SumTables.summedBefore(database)).isEqualTo(end);
            assertThat(Days.sum(database)).isEqualTo(2);
            assertThatThrownBy(() -> ledger.addRollups(List.of(costing(BEGIN, 5), costing(BEGIN + 30, MOST))))
                    .isInstanceOf(GatewayException.class);
            assertThat(ledger.rollups(RollupQuery.of(BEGIN, BEGIN + 48, Grain.DAY)))
                    .extracting(row -> row.sums().costNanos())
                    .containsExactly(1L, 2L);
            assertSame(database, BEGIN, BEGIN + 48);
        }
    }

    private static void assertBeyond(Database database, RollupQuery query) {
        LedgerStore ledger = new LedgerStore(database);
        for (long summedBefore : new long[] {SumTables.NO_DAYS, SumTables.summedBefore(database)}) {
            assertThatThrownBy(() -> ledger.rollups(query, summedBefore))
                    .isInstanceOf(GatewayException.class)
                    .hasMessageContaining("a sum is beyond 2⁶³ − 1")
                    .hasCauseInstanceOf(ArithmeticException.class);
        }
    }

    /** A day may be more than 64 bits, though no hour of it is: it does not stop what comes behind it, nor what is added to it. */
    @ParameterizedTest
    @EnumSource
    void aDayBeyondTheLargestSum(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            RollupRow beside = row(BEGIN + 3, "p:lab/other", "k", Sums.of(7, Usage.of(1, 1), 9));
            ledger.addRollups(List.of(costing(BEGIN, MOST - 7), costing(BEGIN + 1, 8), beside, costing(BEGIN + 24, 3)));
            ledger.addRollups(List.of(costing(BEGIN + 48, MOST - 7), costing(BEGIN + 49, 7)));
            assertThat(Days.sum(database)).isEqualTo(3);
            RollupQuery first = RollupQuery.of(BEGIN, BEGIN + 24, Grain.DAY, Dimension.ENDPOINT);
            assertBeyond(database, first);
            assertSame(database, first.only(Dimension.ENDPOINT, List.of("p:lab/other")));
            assertSame(database, BEGIN + 24, BEGIN + 48);
            assertSame(database, BEGIN + 48, BEGIN + 72);
            assertSame(database, RollupQuery.of(BEGIN + 1, BEGIN + 48, Grain.ALL));

            // late, to a day whose sum was the largest, and to one that is beyond already
            ledger.addRollups(List.of(costing(BEGIN + 48, 5), costing(BEGIN + 50, 1), costing(BEGIN + 5, MOST)));
            assertBeyond(database, first);
            assertBeyond(database, RollupQuery.of(BEGIN + 48, BEGIN + 72, Grain.ALL));
            assertThat(ledger.rollups(RollupQuery.of(BEGIN + 48, BEGIN + 72, Grain.HOUR)))
                    .extracting(row -> row.sums().costNanos())
                    .containsExactly(MOST - 2, 7L, 1L);
            assertSame(database, first.only(Dimension.ENDPOINT, List.of("p:lab/other")));
            ledger.addRollups(List.of(costing(BEGIN, 7), costing(BEGIN + 48, 2), costing(BEGIN + 51, 6)));
            assertBeyond(database, first);
            assertThat(ledger.rollups(RollupQuery.of(BEGIN + 49, BEGIN + 72, Grain.ALL)))
                    .extracting(row -> row.sums().costNanos())
                    .containsExactly(14L);
        }
    }

    /** A store from before is brought up without its days being summed at once; they are then, from its first. */
    @ParameterizedTest
    @EnumSource
    void aStoreOfBefore(Database.Kind kind) {
        for (long begin : new long[] {BEGIN, BEGIN + 23, 0, -1, -24, -25}) {
            try (TestStore store = TestStore.of(kind)) {
                try (Database database = store.open()) {
                    execute(
                            database,
                            "DROP TABLE rollup_day",
                            "DROP TABLE rollup_day_endpoint",
                            "DROP TABLE rollup_day_end",
                            "ALTER TABLE event DROP COLUMN native_finish", // a later step
                            "DELETE FROM schema_step WHERE step >= 7");
                    insert(database, begin, begin + 1, begin + 30);
                }
                try (Database database = store.open()) {
                    assertThat(SumTables.summedBefore(database))
                            .isLessThanOrEqualTo(Math.floorDiv(begin, DAY) * DAY)
                            .satisfies(
                                    end -> assertThat(Math.floorMod(end, DAY)).isZero());
                    assertThat(count(database, "rollup_day")).isZero();
                    new LedgerStore(database).addRollups(List.of(costing(begin, 3), costing(begin - 50, 3)));
                    assertThat(Days.sum(database)).isBetween(1, 3);
                    long from = Math.floorDiv(begin, DAY) * DAY - 96;
                    assertSame(database, RollupQuery.of(from, begin + 60, Grain.ALL, Dimension.KEY));
                }
            }
        }
    }

    /** Rows as an older Jerboa writes them. */
    private static void insert(Database database, long... hours) {
        for (long hour : hours) {
            execute(
                    database,
                    "INSERT INTO rollup VALUES (" + hour + ", 'p:lab/m', 'k', '', ''" + ", 3".repeat(26) + ")");
        }
    }

    /** Where hours are told apart, or no whole day is asked for, nothing is read of days. */
    @ParameterizedTest
    @EnumSource
    void onlyWholeDaysAreReadAsDays(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            ledger.addRollups(random(new Random(5), 5, 200));
            Days.sum(database);
            execute( // so that it shows
                    database,
                    "UPDATE rollup_day SET requests = requests + 1",
                    "UPDATE rollup_day_endpoint SET requests = requests + 1");
            RollupQuery hours = RollupQuery.of(BEGIN, BEGIN + 120, Grain.HOUR);
            assertThat(ledger.rollups(hours)).isEqualTo(ledger.rollups(hours, SumTables.NO_DAYS));
            RollupQuery inside = RollupQuery.of(BEGIN + 1, BEGIN + 47, Grain.ALL);
            assertThat(ledger.rollups(inside)).isEqualTo(ledger.rollups(inside, SumTables.NO_DAYS));
            RollupQuery day = RollupQuery.of(BEGIN + 1, BEGIN + 49, Grain.ALL);
            assertThat(ledger.rollups(day)).isNotEqualTo(ledger.rollups(day, SumTables.NO_DAYS));
            RollupQuery ofKey = day.only(Dimension.KEY, List.of("k1"));
            assertThat(ledger.rollups(ofKey)).isNotEqualTo(ledger.rollups(ofKey, SumTables.NO_DAYS));
        }
    }
}
