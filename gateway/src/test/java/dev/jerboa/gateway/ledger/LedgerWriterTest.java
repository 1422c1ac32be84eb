package dev.jerboa.gateway.ledger;

import static dev.jerboa.gateway.ledger.Ledgers.FIRST_HOUR;
import static dev.jerboa.gateway.ledger.Ledgers.LAST_HOUR;
import static dev.jerboa.gateway.ledger.Ledgers.LONG;
import static dev.jerboa.gateway.ledger.Ledgers.journal;
import static dev.jerboa.gateway.ledger.Ledgers.merged;
import static dev.jerboa.gateway.ledger.Ledgers.randomEvents;
import static dev.jerboa.gateway.ledger.Ledgers.row;
import static dev.jerboa.gateway.ledger.Ledgers.writeAll;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.store.CutProxy;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** From journal to store, whatever comes between: nothing is lost, and nothing counts twice, on both stores. */
final class LedgerWriterTest {
    @ParameterizedTest
    @EnumSource
    void whatIsWrittenAgainCountsOnce(Database.Kind kind) {
        List<UsageEvent> events = randomEvents(4, 200);
        List<UsageEvent> twice = new ArrayList<>(events);
        twice.addAll(events.subList(50, 150));
        Collections.shuffle(twice, new Random(5));
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            writeAll(store, database, twice);
            writeAll(store, database, events);
            RollupRow all = new LedgerStore(database)
                    .rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                    .getFirst();
            assertThat(all)
                    .isEqualTo(merged(events.stream()
                                    .map(e -> row(e, Grain.ALL, false, false, false, false))
                                    .toList())
                            .getFirst());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStoreThatGoesAwayAndComesBackLosesNothingAndCountsNothingTwice(Database.Kind kind) throws Exception {
        AtomicBoolean away = new AtomicBoolean();
        AtomicLong booked = new AtomicLong();
        AtomicInteger tries = new AtomicInteger();
        Spending spending = (connection, events) -> {
            tries.incrementAndGet();
            if (away.get()) { // in the middle of the transaction: events are inserted and must not stay
                throw new SQLException("the connection is gone", "08006");
            }
            booked.addAndGet(events.size());
        };
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, spending)) {
            List<UsageEvent> events = randomEvents(6, 900);
            events.subList(0, 300).forEach(journal::record);
            assertThat(writer.flush(LONG)).isTrue();
            away.set(true);
            events.subList(300, 600).forEach(journal::record);
            assertThat(writer.flush(Duration.ofMillis(300))).isFalse();
            assertThat(writer.isStoreAway()).isTrue();
            assertThat(journal.bytes()).isPositive();
            events.subList(600, 900).forEach(journal::record);
            int triedBefore = tries.get();
            away.set(false);
            assertThat(writer.flush(LONG)).isTrue();
            assertThat(tries.get()).isGreaterThan(triedBefore);
            assertThat(writer.isStoreAway()).isFalse();
            assertThat(booked).hasValue(900);
            LedgerStore ledger = new LedgerStore(database);
            assertThat(ledger.rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                            .getFirst()
                            .sums()
                            .requests())
                    .isEqualTo(900);
            events.forEach(event -> assertThat(ledger.event(event.id())).contains(event));
        }
    }

    @Test
    void aServerThatIsCutOffInTheMiddleOfItAllLosesNothing() throws Exception {
        List<UsageEvent> events = randomEvents(8, 3000);
        try (TestStore store = TestStore.of(Database.Kind.POSTGRESQL);
                CutProxy proxy = new CutProxy(URI.create(store.url()).getPort());
                Database database = Database.open(store.url().replaceFirst(":[0-9]+/", ":" + proxy.port() + "/"));
                Database direct = store.open();
                Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
            for (int i = 0; i < events.size(); i++) {
                journal.record(events.get(i));
                if (i % 1000 == 500) {
                    LockSupport.parkNanos(7_000_000L * (i / 1000 + 1)); // at some place of a transaction
                    proxy.cut();
                    LockSupport.parkNanos(50_000_000);
                    proxy.mend();
                }
            }
            assertThat(writer.flush(LONG)).isTrue();
            Sums sums = new LedgerStore(direct)
                    .rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                    .getFirst()
                    .sums();
            assertThat(sums.requests()).isEqualTo(events.size());
            assertThat(sums.costNanos())
                    .isEqualTo(events.stream()
                            .mapToLong(event -> event.cost().nanos())
                            .sum());
        }
    }

    @ParameterizedTest
    @CsvSource({"SQLITE, false", "POSTGRESQL, false", "SQLITE, true"})
    void whatTheStoreRefusesIsKeptAndHoldsNothingUp(Database.Kind kind, boolean defect) throws Exception {
        Spending picky = (connection, events) -> {
            if (events.stream().anyMatch(event -> event.id().equals("bad"))) {
                throw defect ? new IllegalStateException("a defect") : new ArithmeticException("long overflow");
            }
        };
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, picky)) {
            for (int i = 0; i < 20; i++) {
                journal.record(Events.event("good" + i));
            }
            journal.record(Events.event("bad"));
            journal.record(Events.event("last"));
            assertThat(writer.flush(LONG)).isTrue();
            LedgerStore ledger = new LedgerStore(database);
            assertThat(ledger.event("bad")).isEmpty();
            assertThat(ledger.event("last")).isPresent();
            assertThat(writer.events()).isEqualTo(21);
            assertThat(store.folder().resolve("journal/n1.refused")).content().contains("id=bad");
        }
    }

    @ParameterizedTest
    @EnumSource
    void textsThatAStoreWouldRefuseAreWritten(Database.Kind kind) {
        UsageEvent event = Events.event("a\0b", Events.TIME, "k\uD800", "a", 5);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            writeAll(store, database, List.of(event));
            assertThat(new LedgerStore(database)
                            .rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                            .getFirst()
                            .sums()
                            .costNanos())
                    .isEqualTo(5);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theNextProcessWritesWhatTheLastOneLeft(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            try (Journal journal = journal(store)) {
                journal.begin(Events.begun(Events.event("unfinished")));
                journal.begin(Events.begun(Events.event("finished")));
                journal.record(Events.event("finished"));
            }
            LedgerStore ledger = new LedgerStore(database);
            assertThat(ledger.event("finished")).isEmpty();
            try (Journal journal = journal(store);
                    LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
                assertThat(ledger.event("finished")).contains(Events.event("finished"));
                assertThat(ledger.event("unfinished").orElseThrow().outcome().cancelCause())
                        .isEqualTo("crash");
                assertThat(ledger.event("unfinished").orElseThrow().used().quality())
                        .isEqualTo(Quality.MISSING);
                assertThat(writer.events()).isEqualTo(2);
                journal.record(Events.event("next"));
                assertThat(writer.flush(LONG)).isTrue();
                assertThat(ledger.event("next")).isPresent();
            }
        }
    }
}
