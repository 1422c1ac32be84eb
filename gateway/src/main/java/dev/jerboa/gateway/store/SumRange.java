package dev.jerboa.gateway.store;

import dev.jerboa.gateway.GatewayException;
import java.sql.SQLException;

/**
 * The sums that there can be: up to 2⁶³ − 1, which in nano-dollars is 9.2 billion dollars. Whoever asks for a larger one is told so, by both
 * stores alike, and is given no other figure in its place: SQLite's sum fails there and its addition goes on in floating point, PostgreSQL's
 * sum goes on and its addition fails.
 */
public final class SumRange {
    /** PostgreSQL's, and its driver's, for a number that does not fit. */
    private static final String OUT_OF_RANGE = "22003";

    private SumRange() {}

    /** What is thrown where a sum is beyond it; its cause is an {@link ArithmeticException}, and not the store's failure. */
    public static GatewayException beyond(ArithmeticException e) {
        return new GatewayException(
                "a sum is beyond 2⁶³ − 1, the largest that is counted (of money, 9.2 billion dollars): ask for less time, for shorter"
                        + " periods, or for parts that are summed elsewhere",
                e);
    }

    /** Whether a store says that a number is beyond it. */
    static boolean isBeyond(SQLException e) {
        String message = e.getMessage();
        return OUT_OF_RANGE.equals(e.getSQLState()) || (message != null && message.contains("integer overflow"));
    }
}
