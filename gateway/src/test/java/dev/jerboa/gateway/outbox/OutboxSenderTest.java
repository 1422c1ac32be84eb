package dev.jerboa.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Outbox;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Writer, outbox and sender together, on both stores. */
@Timeout(120)
final class OutboxSenderTest {
    private static List<String> ids(List<UsageEvent> events) {
        return events.stream().map(UsageEvent::id).toList();
    }

    @ParameterizedTest
    @EnumSource
    void everyStoredEventIsSentInOrderAndInBoundedBatches(Database.Kind kind) {
        List<UsageEvent> events = Outboxes.events(1, 1700);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            Outboxes.write(store, database, outbox.after(Spending.NONE), events);
            assertThat(outbox.size()).isEqualTo(1700);
            RecordingSink sink = new RecordingSink();
            try (OutboxSender sender = OutboxSender.start(outbox, sink)) {
                Outboxes.await(() -> sender.sent() == 1700);
                Outboxes.await(() -> sender.waiting() == 0);
                assertThat(sender.failures()).isZero();
            }
            assertThat(sink.isClosed()).isTrue();
            assertThat(sink.batches()).extracting(List::size).containsExactly(500, 500, 500, 200);
            assertThat(sink.arrived()).isEqualTo(events);
            assertThat(outbox.size()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void eventsThatComeMeanwhileArriveOnceEach(Database.Kind kind) throws Exception {
        List<UsageEvent> events = Outboxes.events(2, 3000);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            RecordingSink sink = new RecordingSink();
            try (OutboxSender sender = OutboxSender.start(outbox, sink);
                    Journal journal = Outboxes.journal(store);
                    LedgerWriter writer =
                            LedgerWriter.start(journal, database, Events.RATER, outbox.after(Spending.NONE))) {
                List<Thread> threads = new ArrayList<>();
                for (int part = 0; part < 3; part++) {
                    List<UsageEvent> own = events.subList(part * 1000, part * 1000 + 1000);
                    threads.add(Thread.ofVirtual().start(() -> own.forEach(journal::record)));
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
                Outboxes.await(() -> sender.sent() == events.size());
            }
            assertThat(sink.arrived()).containsExactlyInAnyOrderElementsOf(events);
            assertThat(sink.batches()).allSatisfy(batch -> {
                assertThat(batch).hasSizeLessThanOrEqualTo(OutboxSender.BATCH);
                assertThat(ids(batch)).isSorted();
            });
            assertThat(outbox.size()).isZero();
        }
    }

    /** Away, away with an exception, then all but some, then some refused: what has arrived is not sent again, the rest is. */
    @ParameterizedTest
    @EnumSource
    void whatDoesNotArriveIsSentAgain(Database.Kind kind) {
        List<UsageEvent> events = Outboxes.events(3, 40);
        Set<String> late = Set.of(events.get(3).id(), events.get(17).id());
        String tooLarge = events.get(3).id();
        AtomicInteger calls = new AtomicInteger();
        RecordingSink sink = new RecordingSink(all -> switch (calls.incrementAndGet()) {
            case 1 -> Receipt.away("it is away");
            case 2 -> throw new IllegalStateException("it is wrong");
            case 3 ->
                new Receipt(
                        all.arrived().stream().filter(id -> !late.contains(id)).collect(Collectors.toSet()),
                        Map.of(),
                        "one part is away");
            default ->
                new Receipt(
                        all.arrived().stream()
                                .filter(id -> !id.equals(tooLarge))
                                .collect(Collectors.toSet()),
                        Map.of(tooLarge, "too large"),
                        "");
        });
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            Outboxes.write(store, database, outbox.after(Spending.NONE), events);
            try (OutboxSender sender = OutboxSender.start(outbox, sink)) {
                Outboxes.await(() -> sender.sent() == 39);
                Outboxes.await(() -> !sender.isAway());
                assertThat(sender.failures()).isEqualTo(3);
                assertThat(sender.refused()).isEqualTo(1);
            }
            assertThat(ids(sink.batches().get(3))).containsExactlyInAnyOrderElementsOf(late);
            assertThat(ids(sink.arrived()))
                    .doesNotHaveDuplicates()
                    .containsExactlyInAnyOrderElementsOf(ids(events).stream()
                            .filter(id -> !id.equals(tooLarge))
                            .toList());
            assertThat(outbox.size()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theNextStartSendsTheRest(Database.Kind kind) {
        List<UsageEvent> events = Outboxes.events(4, 1200);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            Outboxes.write(store, database, outbox.after(Spending.NONE), events);
            AtomicBoolean first = new AtomicBoolean(true);
            RecordingSink broken =
                    new RecordingSink(all -> first.getAndSet(false) ? all : Receipt.away("it is away from now on"));
            try (OutboxSender sender = OutboxSender.start(outbox, broken)) {
                Outboxes.await(sender::isAway);
                assertThat(sender.sent()).isEqualTo(500);
                assertThat(sender.waiting()).isEqualTo(700);
            }
            assertThat(outbox.size()).isEqualTo(700);
            assertThat(new Outbox(database, "n2").size()).isZero();
            RecordingSink sink = new RecordingSink();
            OutboxSender.start(outbox, sink).close(); // which sends what there is
            assertThat(sink.arrived()).isEqualTo(events.subList(500, 1200));
            assertThat(outbox.size()).isZero();
        }
    }

    /** As after a kill between the two: the sink has them, and nobody deletes the rows. */
    @ParameterizedTest
    @EnumSource
    void whatArrivedAndWasNotDeletedComesAgainAsItWas(Database.Kind kind) {
        List<UsageEvent> events = Outboxes.events(5, 700);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            Outboxes.write(store, database, outbox.after(Spending.NONE), events);
            List<UsageEvent> killed =
                    new ArrayList<>(outbox.first(OutboxSender.BATCH).events());
            RecordingSink sink = new RecordingSink();
            OutboxSender.start(outbox, sink).close();
            assertThat(sink.arrived()).isEqualTo(events);
            killed.addAll(sink.arrived());
            assertThat(new HashSet<>(killed)).hasSize(700).isEqualTo(new HashSet<>(events));
        }
    }

    @ParameterizedTest
    @EnumSource
    void thereIsNoRowWithoutItsEventAndNoEventWithoutItsRow(Database.Kind kind) {
        List<UsageEvent> events = Outboxes.events(6, 300);
        AtomicInteger calls = new AtomicInteger();
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            Spending noted = outbox.after(Spending.NONE);
            Spending cut = (connection, fresh) -> {
                noted.book(connection, fresh);
                if (calls.incrementAndGet() <= 2) {
                    throw new SQLException("the store is gone in the middle", "08006");
                }
            };
            Outboxes.write(store, database, cut, events);
            Outboxes.write(store, database, outbox.after(Spending.NONE), events); // all again, as after a kill
            assertThat(calls.get()).isGreaterThan(2);
            assertThat(outbox.size()).isEqualTo(300);
            assertThat(outbox.first(1000).events()).isEqualTo(events);
            assertThat(Outboxes.stored(database)).containsExactlyInAnyOrderElementsOf(events);
        }
    }

    @ParameterizedTest
    @EnumSource
    void retentionSparesWhatWaitsAndWhatIsGoneIsLetGo(Database.Kind kind) throws Exception {
        List<UsageEvent> events = Outboxes.events(7, 20);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            Outboxes.write(store, database, outbox.after(Spending.NONE), events);
            LedgerStore ledger = new LedgerStore(database);
            outbox.remove(ids(events.subList(0, 5)));
            assertThat(ledger.deleteEventsBefore(Events.TIME.plusSeconds(1), 1000))
                    .isEqualTo(5);
            assertThat(Outboxes.stored(database)).containsExactlyInAnyOrderElementsOf(events.subList(5, 20));
            database.run(connection -> {
                try (PreparedStatement delete = connection.prepareStatement("DELETE FROM event WHERE id = ?")) {
                    delete.setString(1, events.get(7).id());
                    delete.executeUpdate();
                }
            });
            Outbox.Batch batch = outbox.first(5);
            assertThat(batch.lost()).containsExactly(events.get(7).id());
            assertThat(batch.size()).isEqualTo(5);
            RecordingSink sink = new RecordingSink();
            OutboxSender.start(outbox, sink).close();
            assertThat(sink.arrived()).hasSize(14).doesNotContain(events.get(7));
            assertThat(outbox.size()).isZero();
        }
    }

    /** A sink that is asked and does not answer until it is closed. */
    @Test
    void theEndDoesNotWaitForASinkThatHangs() {
        List<UsageEvent> events = Outboxes.events(8, 3);
        AtomicBoolean asked = new AtomicBoolean();
        try (TestStore store = TestStore.of(Database.Kind.SQLITE);
                Database database = store.open()) {
            Outbox outbox = Outboxes.of(database);
            Outboxes.write(store, database, outbox.after(Spending.NONE), events);
            RecordingSink[] own = new RecordingSink[1];
            own[0] = new RecordingSink(all -> {
                asked.set(true);
                Outboxes.await(own[0]::isClosed);
                return Receipt.away("it was closed");
            });
            OutboxSender sender = OutboxSender.start(outbox, own[0], Duration.ofMillis(300));
            Outboxes.await(asked::get);
            sender.close();
            sender.close();
            assertThat(own[0].isClosed()).isTrue();
            assertThat(outbox.size()).isEqualTo(3);
        }
    }
}
