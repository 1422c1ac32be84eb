package dev.jerboa.gateway.ledger;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the table {@code rollup} and those of days sum: a column each, in the tables' order. {@link Sums} says what they mean. */
public enum Figure {
    REQUESTS,
    FAILED,
    FALLBACKS,
    STREAMED,
    INPUT,
    CACHE_READ,
    CACHE_WRITE,
    CACHE_WRITE_LONG,
    OUTPUT,
    REASONING,
    BYTES_IN,
    BYTES_OUT,
    COST_NANOS,
    UPSTREAM_COST_NANOS,
    UNCACHED_NANOS,
    DEAREST_NANOS,
    TOOL_REQUESTS,
    TOOL_CALLS,
    REASONING_REQUESTS,
    QUALITY_PROVIDER,
    QUALITY_ESTIMATED,
    QUALITY_PARTIAL,
    QUALITY_MISSING,
    DURATION_MICROS,
    FIRST_TOKENS,
    FIRST_TOKEN_MICROS;

    private static final List<Figure> ALL = List.of(values());
    private static final String SUMS =
            ALL.stream().map(figure -> "SUM(" + figure.column() + ")").collect(Collectors.joining(", "));

    /** All of them, in order. */
    public static List<Figure> all() {
        return ALL;
    }

    /** The columns' names, in order. */
    public static Stream<String> columns() {
        return ALL.stream().map(Figure::column);
    }

    /** What an SQL query asks for the sums of all columns, in order. */
    public static String sums() {
        return SUMS;
    }

    /** The column. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }
}
