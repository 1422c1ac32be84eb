package dev.jerboa.gateway.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Ulid;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** One node with budgets, for tests: its journal, writer, keys and budgets. */
final class BudgetNode implements AutoCloseable {
    static final Instant NOW = Events.TIME;

    final Database database;
    final Journal journal;
    final LedgerWriter writer;
    final Keys keys;
    final Budgets budgets;
    final String name;

    BudgetNode(TestStore store, String name, int slice, Duration lease, InstantSource clock) {
        this.name = name;
        database = store.open();
        keys = new Keys(database, Optional.empty(), List.of(), clock);
        budgets = new Budgets(database, keys, List.of(), new BudgetOptions(name, slice, lease), clock);
        journal = Journal.open(JournalOptions.of(store.folder().resolve("journal"), name));
        writer = LedgerWriter.start(journal, database, Events.RATER, budgets);
        budgets.start();
    }

    static BudgetNode of(TestStore store, Database.Kind kind) {
        return new BudgetNode(store, "n1", kind == Database.Kind.SQLITE ? 1 : 8, Duration.ofMinutes(2), () -> NOW);
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

    static Budget budget(String id, Budget.Owner kind, String owner, long limit, Period period) {
        return new Budget(id, kind, owner, limit, period);
    }

    static void atOnce(int count, Consumer<Integer> task) throws InterruptedException {
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
}
