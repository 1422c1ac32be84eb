package dev.jerboa.gateway.ledger;

/** Where the request path puts what was used. Thread-safe. */
public interface Ledger {
    /**
     * Notes that a request is about to be sent to an endpoint, so that it is known after a crash that it may have cost something.
     * Returns when the note survives the end of this process. May wait where the journal is full.
     *
     * @param begun what would be written if nothing more were heard of it: quality {@link Quality#PARTIAL} or {@link Quality#MISSING},
     *     cancel cause {@code crash}
     */
    void begin(UsageEvent begun);

    /** Writes what a request used, in place of its {@link #begin}; returns when it survives the end of this process. */
    void record(UsageEvent event);
}
