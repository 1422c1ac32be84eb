package dev.jerboa.gateway.key;

import java.time.Instant;

/**
 * A budget in its present period.
 *
 * @param spentNanos what events cost that are in the store
 * @param reservedNanos what this node holds back for requests that have not ended
 * @param leasedNanos what nodes may spend without asking the store, not yet spent
 * @param end when the next period begins; {@link Instant#MAX} for a budget for ever
 */
public record BudgetState(
        Budget budget, Instant start, Instant end, long spentNanos, long reservedNanos, long leasedNanos) {
    /** What is left, 0 or more. */
    public long leftNanos() {
        return Math.max(0, budget.limitNanos() - spentNanos);
    }
}
