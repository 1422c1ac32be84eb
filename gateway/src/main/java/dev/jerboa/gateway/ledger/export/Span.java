package dev.jerboa.gateway.ledger.export;

import dev.jerboa.gateway.ledger.Grain;
import dev.jerboa.gateway.store.Micros;
import java.time.LocalDate;

/**
 * Some hours, counted since 1970 (UTC).
 *
 * @param from the first
 * @param to the one behind the last
 */
public record Span(long from, long to) {
    /** @throws IllegalArgumentException where it has no hour, or is before 1970 */
    public Span {
        if (from < 0 || from >= to) {
            throw new IllegalArgumentException(
                    "a time from hour " + from + " to " + to + " since 1970: expected a beginning before the end");
        }
    }

    /** @param behind the day behind the last */
    public static Span of(LocalDate first, LocalDate behind) {
        return new Span(Grain.hourOf(first), Grain.hourOf(behind));
    }

    /** An SQL condition: that a column of microseconds is within. */
    String micros(String column) {
        return column + " >= " + Math.multiplyExact(from, Micros.HOUR) + " AND " + column + " < "
                + Math.multiplyExact(to, Micros.HOUR);
    }
}
