package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import java.time.Duration;

/** One thread that brings the journal's events into the store. */
public final class LedgerWriter implements AutoCloseable {
    /** Replays what earlier processes of this node left, then begins to write. */
    public static LedgerWriter start(Journal journal, Database database, Rater rater, Spending spending) {
        throw new UnsupportedOperationException();
    }

    /** Waits until everything that was recorded before is in the store; false where that takes longer. */
    public boolean flush(Duration most) {
        throw new UnsupportedOperationException();
    }

    /** Writes what there is, waits for at most ten seconds, and ends. */
    @Override
    public void close() {}
}
