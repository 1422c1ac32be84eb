package dev.jerboa.gateway.key;

import java.time.Instant;

/** Whether a request may cost what it may cost. */
public sealed interface BudgetDecision {
    /**
     * It does not fit.
     *
     * @param budget the first that it does not fit into
     * @param start the beginning of the budget's period
     * @param end when its next period begins; {@link Instant#MAX} for one that is for ever
     * @param neededNanos what would have been held back
     */
    record Exhausted(Budget budget, Instant start, Instant end, long neededNanos) implements BudgetDecision {}

    /** Whether there is money cannot be told, since the store does not answer and what this node may spend by itself is spent. */
    record Unknown(Budget budget, String reason) implements BudgetDecision {}

    /** It does; the {@link Reservation} has to be settled or released. */
    non-sealed interface Granted extends BudgetDecision {}
}
