package dev.jerboa.gateway.key;

import static dev.jerboa.gateway.key.BudgetNode.NOW;
import static dev.jerboa.gateway.key.BudgetNode.atOnce;
import static dev.jerboa.gateway.key.BudgetNode.budget;
import static dev.jerboa.gateway.key.BudgetNode.key;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Budgets of several processes over one store: what each takes, spends, gives back, or leaves when it is killed. */
final class BudgetLeasesTest {
    @ParameterizedTest
    @EnumSource
    void nodesTogetherNeverSpendMore(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                BudgetNode one = new BudgetNode(store, "n1", 8, Duration.ofSeconds(60), () -> NOW);
                BudgetNode two = new BudgetNode(store, "n2", 8, Duration.ofSeconds(60), () -> NOW)) {
            one.budgets.put(budget("b", Budget.Owner.KEY, "k", 100_000, Period.DAY));
            Key key = key("k", "");
            ConcurrentLinkedQueue<Long> costs = new ConcurrentLinkedQueue<>();
            atOnce(24, thread -> {
                Random random = new Random(thread);
                BudgetNode node = thread % 2 == 0 ? one : two;
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
            try (BudgetNode one = new BudgetNode(store, "n1", 2, lease, time::get)) {
                one.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.TOTAL));
                BudgetNode two = new BudgetNode(
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
                BudgetNode one = new BudgetNode(store, "n1", 2, Duration.ofMinutes(5), () -> NOW);
                BudgetNode two = new BudgetNode(store, "n2", 2, Duration.ofMinutes(5), () -> NOW)) {
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
                BudgetNode node = new BudgetNode(store, "n1", 8, Duration.ofMinutes(5), () -> NOW)) {
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
                BudgetNode old = BudgetNode.of(store, kind)) {
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
                BudgetNode two = new BudgetNode(store, "n2", 2, Duration.ofMinutes(5), time::get)) {
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

    /** When an hour begins, all budgets of it ask the store at once: none of them may wait for a second connection while it has one. */
    @ParameterizedTest
    @EnumSource
    void budgetsThatBeginAtOnceDoNotWaitForEachOther(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                BudgetNode node = BudgetNode.of(store, kind)) {
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
}
