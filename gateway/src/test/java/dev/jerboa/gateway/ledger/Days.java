package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;

/** Sums days of a test's ledger at once, without the pauses that {@link DayKeeper} makes. */
public final class Days {
    private Days() {}

    /** Sums all days of which a ledger has hours; how many. */
    public static int sum(Database database) {
        return sumBefore(database, Long.MAX_VALUE);
    }

    static int sumBefore(Database database, long hour) {
        DaySums days = new DaySums(database);
        int summed = 0;
        while (days.next(hour).isPresent()) {
            summed++;
        }
        return summed;
    }
}
