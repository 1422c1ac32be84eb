package dev.jerboa.gateway.key;

import java.time.Duration;

/**
 * How a node shares budgets with others.
 *
 * @param node its name, the same after every start
 * @param slice which part of what is left it takes from the store at a time: 1 for all (one node), otherwise 2 or more
 * @param lease how long it may spend what it took without asking again; what a node that died took comes back after twice that
 */
public record BudgetOptions(String node, int slice, Duration lease) {
    /** The only node of a store. */
    public static BudgetOptions single(String node) {
        return new BudgetOptions(node, 1, Duration.ofMinutes(2));
    }

    /** One of several nodes of a PostgreSQL database. */
    public static BudgetOptions several(String node) {
        return several(node, Duration.ofMinutes(2));
    }

    /** One of several nodes of a PostgreSQL database, with leases for a time. */
    public static BudgetOptions several(String node, Duration lease) {
        return new BudgetOptions(node, 8, lease);
    }

    /** @throws IllegalArgumentException where a part or a time is none */
    public BudgetOptions {
        if (slice < 1 || lease.isNegative() || lease.isZero()) {
            throw new IllegalArgumentException(
                    "leases of 1/" + slice + " for " + lease + ": expected 1 or more, and a time");
        }
    }
}
