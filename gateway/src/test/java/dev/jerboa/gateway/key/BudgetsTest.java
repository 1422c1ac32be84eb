package dev.jerboa.gateway.key;

import static dev.jerboa.gateway.key.BudgetNode.NOW;
import static dev.jerboa.gateway.key.BudgetNode.atOnce;
import static dev.jerboa.gateway.key.BudgetNode.budget;
import static dev.jerboa.gateway.key.BudgetNode.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.gateway.store.TestStore;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Budgets of one process. */
final class BudgetsTest {
    @ParameterizedTest
    @EnumSource
    void twoHundredAtOnceForTenAdmitTen(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                BudgetNode node = BudgetNode.of(store, kind)) {
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
                BudgetNode node = BudgetNode.of(store, kind)) {
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
                BudgetNode node = BudgetNode.of(store, kind)) {
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
                BudgetNode node = BudgetNode.of(store, kind)) {
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
                BudgetNode node = BudgetNode.of(store, kind)) {
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
            try (BudgetNode node = BudgetNode.of(store, kind)) {
                node.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.DAY));
            }
            BudgetNode killed = BudgetNode.of(store, kind);
            assertThat(killed.ask(key, NOW, 200, 200)).isTrue();
            assertThat(killed.budgets.reserve(key, NOW, 700)).isInstanceOf(Reservation.class);
            killed.kill();
            try (BudgetNode node = BudgetNode.of(store, kind)) {
                assertThat(node.state("b").spentNanos()).isEqualTo(200);
                assertThat(node.state("b").leasedNanos()).isZero();
                assertThat(node.ask(key, NOW, 801, 0)).isFalse();
                assertThat(node.ask(key, NOW, 800, 800)).isTrue();
            }
            try (BudgetNode node = BudgetNode.of(store, kind)) {
                assertThat(node.state("b").spentNanos()).isEqualTo(1000);
                assertThat(node.state("b").leasedNanos()).isZero();
            }
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
                BudgetNode node = BudgetNode.of(store, kind)) {
            node.budgets.put(budget("b", Budget.Owner.KEY, "k", 1000, Period.DAY));
            UsageEvent event = Events.event("same", NOW, "k", "", 70);
            node.journal.record(event);
            node.journal.record(event);
            assertThat(node.state("b").spentNanos()).isEqualTo(70);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatADeletedKeySpentCountsForABudgetThatBeginsLater(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                BudgetNode node = BudgetNode.of(store, kind)) {
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
