package dev.jerboa.gateway.share.table;

import java.util.Locale;

/** What a column's values are. */
public enum Unit {
    /** A name or an id. */
    TEXT,
    /** The beginning of a period, UTC: a date, or a date and an hour. */
    TIME,
    TOKENS,
    /** UTF-8 bytes. */
    BYTES,
    REQUESTS,
    /** US dollars, exact to nine digits. */
    DOLLARS,
    /** US dollars for a million tokens. */
    DOLLARS_PER_MILLION_TOKENS,
    /** A part of a whole, from 0 to 1. */
    SHARE,
    /** A quotient that may be above 1, or below 0. */
    RATIO,
    /** Things counted: keys, models, ranks, attempts. */
    COUNT,
    /** Completed downloads whose hash was right. */
    PULLS,
    MILLISECONDS,
    TOKENS_PER_SECOND,
    /** True or false. */
    FLAG,
    /** In the unit that the row or the table's title names. */
    AMOUNT;

    /** As it is written in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
