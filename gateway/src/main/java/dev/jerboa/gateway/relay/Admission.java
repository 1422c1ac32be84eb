package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.ledger.RefusalReason;
import java.time.Instant;
import java.util.Map;

/** Whether a request may be served now, with the money that is held back for it. Thread-safe. */
public interface Admission {
    /** The answer. */
    sealed interface Answer {}

    /** It may; has to be ended, and counts once. */
    non-sealed interface Admitted extends Answer {
        /**
         * Ends it.
         *
         * @param tokens that were used
         * @param nanos what it cost, in nano-dollars
         */
        void end(long tokens, long nanos);
    }

    /**
     * It may not.
     *
     * @param retryAfterMillis when it may; −1 where time does not help
     */
    record Refused(RefusalReason reason, ErrorKind kind, String message, long retryAfterMillis) implements Answer {}

    /**
     * Asks for a request.
     *
     * @param tokens that it may use, about
     * @param nanos the most that it may cost
     */
    Answer admit(Caller caller, Instant at, long tokens, long nanos);

    /** Headers by which a caller learns how far its limits are used, after {@link #admit}. */
    default Map<String, String> told(Caller caller) {
        return Map.of();
    }

    /** Everybody may, whatever it costs. */
    Admission OPEN = (caller, at, tokens, nanos) -> (Admitted) (used, cost) -> {};
}
