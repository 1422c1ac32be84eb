package dev.jerboa.gateway.outbox;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Outbox;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.Ulid;
import dev.jerboa.gateway.store.Database;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A process that records events without end, and prints the id of each that its sink was sent; made to be killed. */
final class KilledSender {
    private KilledSender() {}

    static Journal journal(Path folder) {
        return Journal.open(new JournalOptions(folder, "n1", JournalOptions.Sync.NONE, 16 << 20, 16 << 10));
    }

    public static void main(String[] args) {
        Database database = Database.open(args[0]);
        Outbox outbox = Outboxes.of(database);
        RecordingSink sink = new RecordingSink(all -> {
            int printed = 0;
            for (String id : all.arrived()) { // slowly, so that it can be killed within a batch
                System.out.println(id);
                if (++printed % 20 == 0) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            return all;
        });
        OutboxSender.start(outbox, sink);
        Journal journal = journal(Path.of(args[1]));
        LedgerWriter.start(journal, database, Events.RATER, outbox.after(Spending.NONE));
        while (true) {
            for (int i = 0; i < 10; i++) {
                journal.record(Events.event(Ulid.next()));
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}
