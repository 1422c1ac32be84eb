package dev.jerboa.gateway.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Ulid;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.gateway.store.TestStore;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
final class BudgetsTest {
    private static final Instant NOW = Events.TIME;

    static Key key(String id, String account) {
        return new Key(
                id,
                account,
                id,
                Set.of(Scope.INFERENCE),
                List.of(),
                "",
                "",
                Key.RateLimits.NONE,
                Instant.EPOCH,
                Optional.empty(),
                false,
                true);
    }

    private static Budget budget(String id, Budget.Owner kind, String owner, long limit, Period period) {
        return new Budget(id, kind, owner, limit, period);
    }

    /** One node: its journal, writer, keys and budgets. */
    private static final class Node implements AutoCloseable {
        final Database database;
        final Journal journal;
        final LedgerWriter writer;
        final Keys keys;
        final Budgets budgets;
        final String name;

        Node(TestStore store, String name, int slice, Duration lease, InstantSource clock) {
            this.name = name;
            database = store.open();
            keys = new Keys(database, Optional.empty(), List.of(), clock);
            budgets = new Budgets(database, keys, List.of(), new BudgetOptions(name, slice, lease), clock);
            journal = Journal.open(JournalOptions.of(store.folder().resolve("journal"), name));
            writer = LedgerWriter.start(journal, database, Events.RATER, budgets);
            budgets.start();
        }

        static Node of(TestStore store, Database.Kind kind) {
            return new Node(store, "n1", kind == Database.Kind.SQLITE ? 1 : 8, Duration.ofMinutes(2), () -> NOW);
        }

        /** Asks for something that may cost so much and does cost so much; whether it was let in. */
        boolean ask(Key key, Instant at, long most, long cost) {
            if (budgets.reserve(key, at, most) instanceof Reservation reservation) {
                record(key, at, cost);
                reservation.settle(cost);
                return true;
            }
            return false;
        }

        void record(Key key, Instant at, long cost) {
            journal.record(Events.event(Ulid.next(), at, key.id(), key.account(), cost));
        }

        BudgetState state(String id) {
            assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
            return budgets.states().stream()
                    .filter(state -> state.budget().id().equals(id))
                    .findFirst()
                    .orElseThrow();
        }

        /** Ends as a process that was killed: nothing is given back. */
        void kill() {
            writer.close();
            journal.close();
            database.close();
        }

        @Override
        public void close() {
            writer.close();
            budgets.close();
            journal.close();
            database.close();
        }
    }

    private static void atOnce(int count, Consumer<Integer> task) throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                task.accept(number);
            }));
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoHundredAtOnceForTenAdmitTen(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Node node = Node.of(store, kind)) {
            node.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.DAY));
            Key key = key("k", "");
            ConcurrentLinkedQueue<Reservation> held = new ConcurrentLinkedQueue<>();
            ConcurrentLinkedQueue<BudgetDecision.Exhausted> refused = new ConcurrentLinkedQueue<>();
            atOnce(200, i -> {
                switch (node.budgets.reserve(key, NOW, 100)) {
                    case Reservation reservation -> held.add(reservation);
                    case BudgetDecision.Exhausted no -> refused.add(no);
                    case BudgetDecision.Granted other -> throw new AssertionError(other);
                    case BudgetDecision.Unknown no -> throw new AssertionError(no);
                }
            });
            assertThat(held).hasSize(10);
            assertThat(refused).hasSize(190);
            assertThat(refused.peek().end()).isEqualTo(Instant.parse("2026-11-30T00:00:00Z"));
            assertThat(node.budgets.reservedNanos()).isEqualTo(1000);
            held.forEach(reservation -> {
                node.record(key, NOW, 40);
                reservation.settle(40);
                reservation.settle(99); // counts once
                reservation.release();
            });
            assertThat(node.budgets.reservedNanos()).isZero();
            BudgetState state = node.state("b");
            assertThat(state.spentNanos()).isEqualTo(400);
            assertThat(state.spentNanos() + state.leasedNanos()).isLessThanOrEqualTo(1000);
            for (int i = 0; i < 6; i++) {
                assertThat(node.ask(key, NOW, 100, 100)).isTrue();
            }
            assertThat(node.ask(key, NOW, 1, 1)).isFalse();
            assertThat(node.ask(key, NOW, 0, 0)).isTrue(); // what costs nothing is never refused
            assertThat(node.state("b").spentNanos()).isEqualTo(1000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyBudgetAboveHasToAgreeOrNoneIsTouched(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Node node = Node.of(store, kind)) {
            node.keys.put(new Account("root", Optional.empty(), "Root", "DE", NOW));
            node.keys.put(new Account("team", Optional.of("root"), "Team", "DE", NOW));
            node.budgets.put(budget("key", Budget.Owner.KEY, "k", 1000, Period.HOUR));
            node.budgets.put(budget("team", Budget.Owner.ACCOUNT, "team", 2000, Period.MONTH));
            node.budgets.put(budget("root", Budget.Owner.ACCOUNT, "root", 500, Period.TOTAL));
            Key key = key("k", "team");
            Key other = key("other", "root");
            assertThat(node.budgets.reserve(key, NOW, 501))
                    .isInstanceOfSatisfying(
                            BudgetDecision.Exhausted.class,
                            no -> assertThat(no.budget().id()).isEqualTo("root"));
            assertThat(node.budgets.reservedNanos()).isZero();
            assertThat(node.ask(key, NOW, 300, 300)).isTrue();
            assertThat(node.ask(other, NOW, 100, 100)).isTrue();
            assertThat(node.ask(key, NOW, 101, 101)).isFalse();
            assertThat(node.ask(key, NOW, 100, 100)).isTrue();
            assertThat(node.state("key").spentNanos()).isEqualTo(400);
            assertThat(node.state("team").spentNanos()).isEqualTo(400);
            assertThat(node.state("root").spentNanos()).isEqualTo(500);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatCostsMoreThanWasHeldBackIsBookedAndPaidFromWhatComes(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Node node = Node.of(store, kind)) {
            node.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.DAY));
            Key key = key("k", "");
            assertThat(node.ask(key, NOW, 100, 950)).isTrue();
            assertThat(node.budgets.overruns()).isEqualTo(1);
            assertThat(node.state("b").spentNanos()).isEqualTo(950);
            assertThat(node.ask(key, NOW, 51, 51)).isFalse();
            assertThat(node.ask(key, NOW, 50, 50)).isTrue();
            BudgetState state = node.state("b");
            assertThat(state.spentNanos()).isEqualTo(1000);
            assertThat(state.leasedNanos()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPeriodEndsWhileRequestsAreUnderWay(Database.Kind kind) throws Exception {
        Instant before = Instant.parse("2026-11-29T23:59:59Z");
        Instant after = Instant.parse("2026-11-30T00:00:01Z");
        try (TestStore store = TestStore.of(kind);
                Node node = Node.of(store, kind)) {
            node.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.DAY));
            Key key = key("k", "");
            Reservation old = (Reservation) node.budgets.reserve(key, before, 1000);
            assertThat(node.budgets.reserve(key, before, 1)).isInstanceOf(BudgetDecision.Exhausted.class);
            assertThat(node.ask(key, after, 1000, 600)).isTrue();
            node.record(key, before, 1000);
            old.settle(1000);
            assertThat(node.ask(key, after, 401, 401)).isFalse();
            assertThat(node.ask(key, after, 400, 400)).isTrue();
            assertThat(node.ask(key, before, 1, 1)).isFalse();
            assertThat(node.budgets.reservedNanos()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void limitsThatChangeHoldAtOnceAndSpendingBeforeCounts(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Node node = Node.of(store, kind)) {
            node.keys.put(new Account("a", Optional.empty(), "A", "", NOW));
            NewKey made = node.keys.create(KeyDraft.inference("a", "one"));
            Key key = made.key();
            assertThat(node.ask(key, NOW, 10, 300)).isTrue(); // no budget yet
            assertThat(node.writer.flush(Duration.ofSeconds(20))).isTrue();
            node.budgets.put(budget("b", Budget.Owner.ACCOUNT, "a", 1000, Period.MONTH));
            assertThat(node.state("b").spentNanos()).isEqualTo(300);
            assertThat(node.ask(key, NOW, 701, 1)).isFalse();
            assertThat(node.ask(key, NOW, 100, 100)).isTrue();
            node.budgets.put(budget("b", Budget.Owner.ACCOUNT, "a", 450, Period.MONTH));
            assertThat(node.ask(key, NOW, 51, 1)).isFalse();
            assertThat(node.ask(key, NOW, 50, 50)).isTrue();
            node.budgets.put(budget("b", Budget.Owner.ACCOUNT, "a", 500, Period.MONTH));
            assertThat(node.ask(key, NOW, 50, 50)).isTrue();
            assertThat(node.ask(key, NOW, 1, 1)).isFalse();
            assertThat(node.state("b").spentNanos()).isEqualTo(500);
            assertThat(node.budgets.delete("b")).isTrue();
            assertThat(node.ask(key, NOW, 1000, 1)).isTrue();
            assertThat(node.budgets.states()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterAKillReservationsAreGoneAndSpendingIsThatOfTheEvents(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind)) {
            Key key = key("k", "");
            try (Node node = Node.of(store, kind)) {
                node.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.DAY));
            }
            Node killed = Node.of(store, kind);
            assertThat(killed.ask(key, NOW, 200, 200)).isTrue();
            assertThat(killed.budgets.reserve(key, NOW, 700)).isInstanceOf(Reservation.class);
            killed.kill();
            try (Node node = Node.of(store, kind)) {
                assertThat(node.state("b").spentNanos()).isEqualTo(200);
                assertThat(node.state("b").leasedNanos()).isZero();
                assertThat(node.ask(key, NOW, 801, 0)).isFalse();
                assertThat(node.ask(key, NOW, 800, 800)).isTrue();
            }
            try (Node node = Node.of(store, kind)) {
                assertThat(node.state("b").spentNanos()).isEqualTo(1000);
                assertThat(node.state("b").leasedNanos()).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void nodesTogetherNeverSpendMore(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Node one = new Node(store, "n1", 8, Duration.ofSeconds(60), () -> NOW);
                Node two = new Node(store, "n2", 8, Duration.ofSeconds(60), () -> NOW)) {
            one.budgets.put(budget("b", Budget.Owner.KEY, "k", 100_000, Period.DAY));
            Key key = key("k", "");
            ConcurrentLinkedQueue<Long> costs = new ConcurrentLinkedQueue<>();
            atOnce(24, thread -> {
                Random random = new Random(thread);
                Node node = thread % 2 == 0 ? one : two;
                for (int i = 0; i < 40; i++) {
                    long most = 100 + random.nextInt(900);
                    long cost = random.nextInt((int) most + 1);
                    if (node.ask(key, NOW, most, cost)) {
                        costs.add(cost);
                    }
                }
            });
            long spent = costs.stream().mapToLong(Long::longValue).sum();
            assertThat(spent).isBetween(90_000L, 100_000L);
            one.state("b");
            BudgetState state = two.state("b");
            assertThat(state.spentNanos()).isEqualTo(spent);
            assertThat(state.spentNanos() + state.leasedNanos()).isLessThanOrEqualTo(100_000);
            assertThat(one.budgets.reservedNanos() + two.budgets.reservedNanos())
                    .isZero();
            // whoever ends gives back: the other can spend the last of it
            one.close();
            Thread.sleep(250); // a refusal is remembered so long
            long left = 100_000 - spent;
            assertThat(two.ask(key, NOW, left + 1, 0)).isFalse();
            Thread.sleep(250);
            assertThat(left == 0 || two.ask(key, NOW, left, left)).isTrue();
            assertThat(two.state("b").spentNanos()).isEqualTo(100_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatAKilledNodeHadTakenComesBackWhenItsLeaseIsOver(Database.Kind kind) throws Exception {
        AtomicReference<Instant> time = new AtomicReference<>(NOW);
        Duration lease = Duration.ofMillis(400);
        try (TestStore store = TestStore.of(kind)) {
            Key key = key("k", "");
            try (Node one = new Node(store, "n1", 2, lease, time::get)) {
                one.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.TOTAL));
                Node two = new Node(
                        store, "n2", 1_000_000, Duration.ofMinutes(5), time::get); // takes no more than it needs
                assertThat(two.ask(key, NOW, 500, 200)).isTrue();
                two.budgets.reserve(key, NOW, 300);
                two.kill();
                assertThat(one.ask(key, NOW, 501, 1)).isFalse();
                assertThat(one.ask(key, NOW, 300, 300)).isTrue();
                time.set(NOW.plus(Duration.ofMinutes(11)));
                Thread.sleep(900); // the keeper's turns, and what is remembered of a refusal
                assertThat(one.ask(key, NOW, 501, 1)).isFalse();
                Thread.sleep(250);
                assertThat(one.ask(key, NOW, 500, 500)).isTrue();
                assertThat(one.state("b").spentNanos()).isEqualTo(1000);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsFreeGoesBackThoughARequestIsUnderWay(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Node one = new Node(store, "n1", 2, Duration.ofMinutes(5), () -> NOW);
                Node two = new Node(store, "n2", 2, Duration.ofMinutes(5), () -> NOW)) {
            one.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.TOTAL));
            Key key = key("k", "");
            Reservation slow = (Reservation) one.budgets.reserve(key, NOW, 100);
            Thread.sleep(200); // it may take more ahead
            assertThat(two.ask(key, NOW, 900, 0)).isFalse();
            one.budgets.keepNow(); // was asked since the last turn
            one.budgets.keepNow();
            Thread.sleep(250); // a refusal is remembered so long
            assertThat(two.ask(key, NOW, 901, 0)).isFalse();
            Thread.sleep(250);
            assertThat(two.ask(key, NOW, 900, 900)).isTrue();
            one.record(key, NOW, 100);
            slow.settle(100);
            two.state("b");
            BudgetState state = one.state("b");
            assertThat(state.spentNanos()).isEqualTo(1000);
            assertThat(state.leasedNanos()).isZero();
        }
    }

    /** What the store gave in an answer that never came is nobody's: it goes back with the next renewal. */
    @ParameterizedTest
    @EnumSource
    void whatWasTakenWithoutAnAnswerGoesBack(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Node node = new Node(store, "n1", 8, Duration.ofMinutes(5), () -> NOW)) {
            node.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.TOTAL));
            Key key = key("k", "");
            Reservation held = (Reservation) node.budgets.reserve(key, NOW, 100);
            Thread.sleep(200); // it may take more ahead
            long before = node.state("b").leasedNanos();
            node.database.run(connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.executeUpdate("UPDATE budget_period SET leased_nanos = leased_nanos + 300");
                    statement.executeUpdate("UPDATE lease SET nanos = nanos + 300");
                }
            });
            assertThat(node.state("b").leasedNanos()).isEqualTo(before + 300);
            node.budgets.keepNow();
            assertThat(node.state("b").leasedNanos()).isEqualTo(before);
            node.budgets.keepNow(); // was not asked since: only what is held back stays
            assertThat(node.state("b").leasedNanos()).isEqualTo(100);
            held.release();
            node.budgets.keepNow();
            assertThat(node.state("b").leasedNanos()).isZero();
            assertThat(node.ask(key, NOW, 1000, 1000)).isTrue();
        }
    }

    /** Nodes are given a new file one by one: what the others spend meanwhile counts when the last one is. */
    @ParameterizedTest
    @EnumSource
    void whatNodesSpentThatDidNotKnowOfABudgetCounts(Database.Kind kind) throws Exception {
        Budget budget = budget("file", Budget.Owner.KEY, "k", 1000, Period.DAY);
        Key key = key("k", "");
        try (TestStore store = TestStore.of(kind);
                Node old = Node.of(store, kind)) {
            Keys keys = old.keys;
            BudgetOptions options = new BudgetOptions("n2", 8, Duration.ofMinutes(5));
            try (Budgets first = new Budgets(old.database, keys, List.of(budget), options, () -> NOW)) {
                first.start(); // the first with the new file makes the period's row
                assertThat(first.states().getFirst().spentNanos()).isZero();
                assertThat(old.ask(key, NOW, 300, 300)).isTrue(); // the old file has no budget
                assertThat(old.writer.flush(Duration.ofSeconds(20))).isTrue();
                assertThat(first.states().getFirst().spentNanos()).isZero();
            }
            try (Budgets last = new Budgets(old.database, keys, List.of(budget), options, () -> NOW)) {
                last.start();
                assertThat(last.states().getFirst().spentNanos()).isEqualTo(300);
                assertThat(last.reserve(key, NOW, 701)).isInstanceOf(BudgetDecision.Exhausted.class);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNodeThatCouldNotRenewDoesNotSpend(Database.Kind kind) throws Exception {
        AtomicReference<Instant> time = new AtomicReference<>(NOW);
        try (TestStore store = TestStore.of(kind);
                Node two = new Node(store, "n2", 2, Duration.ofMinutes(5), time::get)) {
            two.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.TOTAL));
            Key key = key("k", "");
            assertThat(two.ask(key, NOW, 400, 0)).isTrue(); // two holds 500 or more
            Thread.sleep(200); // it may take more ahead
            try (Database database = store.open()) { // as another node does when a lease is over
                BudgetRows others = new BudgetRows(database, "n1");
                others.expiredLeases(Long.MAX_VALUE).forEach(lease -> others.end(lease, Long.MAX_VALUE));
                Budget budget = others.budgets().getFirst();
                assertThat(others.take(budget, 0, 1000, 1, Long.MAX_VALUE - 1, connection -> List.of()))
                        .isEqualTo(1000);
                two.budgets.keepNow();
                assertThat(two.ask(key, NOW, 1, 0)).isFalse();
                others.end("b", 0);
            }
            Thread.sleep(250);
            assertThat(two.ask(key, NOW, 1000, 1000)).isTrue();
            assertThat(two.state("b").spentNanos()).isEqualTo(1000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void negativesAndDeclaredOnesAreRefused(Database.Kind kind) {
        Budget declared = budget("d", Budget.Owner.KEY, "k", 100, Period.DAY);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                Budgets budgets = new Budgets(
                        database,
                        new Keys(database, Optional.empty(), List.of(), () -> NOW),
                        List.of(declared),
                        BudgetOptions.single("n1"),
                        () -> NOW)) {
            budgets.start();
            Key key = key("k", "");
            assertThatThrownBy(() -> budgets.reserve(key, NOW, -1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> budgets.put(declared)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> budgets.delete("d")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> budget("", Budget.Owner.KEY, "k", 1, Period.DAY))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(budgets.reserve(key, NOW, 101)).isInstanceOf(BudgetDecision.Exhausted.class);
            Reservation reservation = (Reservation) budgets.reserve(key, NOW, 100);
            assertThatThrownBy(() -> reservation.settle(-1)).isInstanceOf(IllegalArgumentException.class);
            reservation.release();
            assertThat(budgets.reserve(key, NOW, 100)).isInstanceOf(Reservation.class);
            assertThat(budgets.states()).extracting(BudgetState::reservedNanos).containsExactly(100L);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStoreThatIsAwayStopsOnlyWhoHasNothingLeft(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind)) {
            Database database = store.open();
            Keys keys = new Keys(database, Optional.empty(), List.of(), () -> NOW);
            Budgets budgets = new Budgets(
                    database, keys, List.of(), new BudgetOptions("n1", 2, Duration.ofMinutes(2)), () -> NOW);
            budgets.start();
            budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.DAY));
            Key key = key("k", "");
            assertThat(budgets.reserve(key, NOW, 500)).isInstanceOf(Reservation.class);
            ((Reservation) budgets.reserve(key, NOW, 200)).release();
            database.close();
            assertThat(budgets.reserve(key, NOW, 200)).isInstanceOf(Reservation.class);
            assertThat(budgets.reserve(key, NOW, 900)).isInstanceOf(BudgetDecision.Unknown.class);
            budgets.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void spendingOfEventsIsBookedOnce(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Node node = Node.of(store, kind)) {
            node.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.DAY));
            UsageEvent event = Events.event("same", NOW, "k", "", 70);
            node.journal.record(event);
            node.journal.record(event);
            assertThat(node.state("b").spentNanos()).isEqualTo(70);
        }
    }

    /** When an hour begins, all budgets of it ask the store at once: none of them may wait for a second connection while it has one. */
    @ParameterizedTest
    @EnumSource
    void budgetsThatBeginAtOnceDoNotWaitForEachOther(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Node node = Node.of(store, kind)) {
            int count = 24; // more than there are connections
            for (int i = 0; i < count; i++) {
                String account = "a" + i;
                node.keys.put(new Account(account, Optional.empty(), account, "", NOW));
                node.keys.create(KeyDraft.inference(account, "k"));
                node.budgets.put(budget("b" + i, Budget.Owner.ACCOUNT, account, 1000, Period.HOUR));
            }
            ConcurrentLinkedQueue<Object> decisions = new ConcurrentLinkedQueue<>();
            atOnce(count, i -> decisions.add(node.budgets.reserve(key("k" + i, "a" + i), NOW, 100)));
            assertThat(decisions).hasSize(count).allMatch(Reservation.class::isInstance);
            ConcurrentLinkedQueue<Integer> states = new ConcurrentLinkedQueue<>();
            atOnce(count, i -> states.add(node.budgets.states().size()));
            assertThat(states).hasSize(count).allMatch(size -> size == count);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatADeletedKeySpentCountsForABudgetThatBeginsLater(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Node node = Node.of(store, kind)) {
            node.keys.put(new Account("a", Optional.empty(), "A", "", NOW));
            node.keys.put(new Account("below", Optional.of("a"), "B", "", NOW));
            Key key = node.keys.create(KeyDraft.inference("below", "k")).key();
            node.record(key, NOW, 300);
            assertThat(node.writer.flush(Duration.ofSeconds(20))).isTrue();
            node.keys.delete(key.id());
            long start = Micros.of(Period.DAY.start(NOW));
            node.database.run(
                    connection -> { // what is left of a budget that had the id before
                        try (Statement statement = connection.createStatement()) {
                            statement.execute("INSERT INTO budget_period VALUES ('b', " + start + ", 7, 0)");
                        }
                    });
            node.budgets.put(budget("b", Budget.Owner.ACCOUNT, "a", 1000, Period.DAY));
            assertThat(node.state("b").spentNanos()).isEqualTo(300);
        }
    }
}
