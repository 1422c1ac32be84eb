package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.UsageEvent;

/** Sees what is served, to count it. Thread-safe; must not block. */
public interface RelayObserver {
    /** A request was let in and has been served; what it says may be counted and not kept. */
    default void asked(ClientRequest request) {}

    /** An attempt has ended. */
    void attempted(Attempt attempt);

    /**
     * A request has been served to its end, or not.
     *
     * @param overheadNanos what it took beside the attempts
     */
    void ended(UsageEvent event, long overheadNanos);

    /** A request was not put to anybody. */
    void refused(Refusal refusal);

    /** Sees nothing. */
    RelayObserver NONE = new RelayObserver() {
        @Override
        public void attempted(Attempt attempt) {}

        @Override
        public void ended(UsageEvent event, long overheadNanos) {}

        @Override
        public void refused(Refusal refusal) {}
    };
}
