package dev.jerboa.gateway.key;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Ulid;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** A process that asks, pays and records without end, and prints the id of each request whose record has returned; made to be killed. */
final class KilledGateway {
    static final Budget BUDGET = new Budget("b", Budget.Owner.ACCOUNT, "a1", Long.MAX_VALUE / 4, Period.TOTAL);

    private KilledGateway() {}

    static Keys keys(Database database) {
        return new Keys(database, Optional.empty(), List.of(), InstantSource.system());
    }

    static Budgets budgets(Database database) {
        BudgetOptions options =
                database.kind() == Database.Kind.SQLITE ? BudgetOptions.single("n1") : BudgetOptions.several("n1");
        return new Budgets(database, keys(database), List.of(BUDGET), options, InstantSource.system());
    }

    static Journal journal(Path folder) {
        return Journal.open(new JournalOptions(folder, "n1", JournalOptions.Sync.NONE, 16 << 20, 16 << 10));
    }

    public static void main(String[] args) {
        Database database = Database.open(args[0]);
        Budgets budgets = budgets(database);
        Journal journal = journal(Path.of(args[1]));
        LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, budgets);
        budgets.start();
        for (int thread = 0; thread < 3; thread++) {
            Thread.ofPlatform().start(() -> {
                while (!writer.isStoreAway()) {
                    ask(budgets, journal);
                }
                System.exit(3);
            });
        }
    }

    private static void ask(Budgets budgets, Journal journal) {
        UsageEvent event = Events.event(Ulid.next(), Events.TIME, "k1", "a1", 7);
        if (!(budgets.reserve(BudgetNode.key("k1", "a1"), event.at(), 10) instanceof Reservation reservation)) {
            System.exit(4);
            return;
        }
        journal.begin(Events.begun(event));
        journal.record(event);
        reservation.settle(event.cost().nanos());
        synchronized (System.out) {
            System.out.println(event.id());
            System.out.flush();
        }
    }
}
