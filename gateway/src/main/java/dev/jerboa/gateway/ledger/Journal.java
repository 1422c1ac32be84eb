package dev.jerboa.gateway.ledger;

/** The durable side of the ledger: see the final class. */
public final class Journal implements Ledger, AutoCloseable {
    /** Opens the folder; another process of the same node must not run. */
    public static Journal open(JournalOptions options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void begin(UsageEvent begun) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void record(UsageEvent event) {
        throw new UnsupportedOperationException();
    }

    /** Bytes that wait for the store. */
    public long bytes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
