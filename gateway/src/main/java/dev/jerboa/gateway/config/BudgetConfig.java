package dev.jerboa.gateway.config;

/**
 * How much an account, with those below it, or a key may spend.
 *
 * @param id the same in every start: whom it is for, and the period
 * @param ownerKind whether {@code owner} is an account or a key
 * @param owner its id
 * @param limitNanos nano-dollars a period
 * @param period in UTC
 */
public record BudgetConfig(String id, Owner ownerKind, String owner, long limitNanos, Period period) {
    /** Whom a budget is for. */
    public enum Owner {
        ACCOUNT,
        KEY
    }

    /** When a budget begins anew. */
    public enum Period {
        HOUR,
        DAY,
        /** From Monday. */
        WEEK,
        MONTH,
        /** Never. */
        TOTAL
    }
}
