package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.gateway.store.TestStore;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Old events go, whoever deletes them, but for those that a journal may still have. */
@Timeout(60)
final class RetentionTest {
    private static final Instant NOW = Events.TIME;
    private static final Duration KEEP = Duration.ofDays(30);

    private static Retention retention(LedgerStore ledger) {
        return Retention.start(ledger, KEEP, () -> NOW);
    }

    private static void write(TestStore store, Database database, List<UsageEvent> events) {
        try (Journal journal = Journal.open(JournalOptions.of(store.folder().resolve("journal"), "n1"));
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
            events.forEach(journal::record);
            assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
        }
    }

    private static List<UsageEvent> old(int count) {
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(Events.event(Ulid.next(), NOW.minus(KEEP).minusSeconds(1 + i), "k", "", 7));
        }
        return events;
    }

    private static void seen(Database database, String node, Instant at) {
        database.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO node (name, journal, boot, place, seen) VALUES (?, 'j', 'b', 'p', ?)"
                            + " ON CONFLICT (name) DO UPDATE SET seen = excluded.seen")) {
                insert.setString(1, node);
                insert.setLong(2, Micros.of(at));
                insert.executeUpdate();
            }
        });
    }

    /** Several nodes at once delete each old event once, and nothing else. */
    @ParameterizedTest
    @EnumSource
    void severalNodesShareTheWork(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                ExecutorService executor = Executors.newFixedThreadPool(3)) {
            List<UsageEvent> events = old(3500);
            UsageEvent young = Events.event("young", NOW.minus(KEEP), "k", "", 7);
            events.add(young);
            write(store, database, events);
            LedgerStore ledger = new LedgerStore(database);
            List<Callable<Long>> nodes = new ArrayList<>();
            List<Retention> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Retention retention = retention(ledger);
                all.add(retention);
                nodes.add(retention::deleteOld);
            }
            long deleted = 0;
            for (Future<Long> each : executor.invokeAll(nodes)) {
                deleted += each.get();
            }
            for (Retention retention : all) {
                deleted += retention.deleteOld(); // what one skipped as another had it
                retention.close();
            }
            assertThat(deleted).isEqualTo(3500);
            List<String> left = new ArrayList<>();
            ledger.eachEvent(Instant.EPOCH, NOW.plusSeconds(1), event -> left.add(event.id()));
            assertThat(left).containsExactly("young");
            Sums sums = ledger.rollups(RollupQuery.of(0, NOW.getEpochSecond() / 3600 + 1, Grain.ALL, Dimension.KEY))
                    .getFirst()
                    .sums();
            assertThat(sums.requests()).isEqualTo(3501);
            assertThat(sums.costNanos()).isEqualTo(3501 * 7);
        }
    }

    /** A node that was killed may have events in its journal that are in the store: deleted, they would be written and counted again. */
    @ParameterizedTest
    @EnumSource
    void whatAJournalMayStillHaveStays(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Instant killed = NOW.minus(KEEP).minus(Duration.ofDays(5));
            UsageEvent before = Events.event("before", killed.minus(Duration.ofHours(25)), "k", "", 7);
            UsageEvent last = Events.event("last", killed.minus(Duration.ofHours(23)), "k", "", 7);
            write(store, database, List.of(before, last));
            seen(database, "n1", killed);
            seen(database, "n2", NOW);
            LedgerStore ledger = new LedgerStore(database);
            try (Retention retention = retention(ledger)) {
                assertThat(retention.deleteOld()).isEqualTo(1);
                assertThat(ledger.event("before")).isEqualTo(Optional.empty());
                write(store, database, List.of(last)); // its journal is written when it starts again
                seen(database, "n1", NOW);
                assertThat(retention.deleteOld()).isEqualTo(1);
            }
            assertThat(ledger.rollups(RollupQuery.of(0, NOW.getEpochSecond() / 3600 + 1, Grain.ALL))
                            .getFirst()
                            .sums()
                            .requests())
                    .isEqualTo(2);
        }
    }
}
