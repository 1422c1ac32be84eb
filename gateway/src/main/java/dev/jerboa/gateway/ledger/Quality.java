package dev.jerboa.gateway.ledger;

import java.util.Locale;

/** Where an event's counts of tokens come from. */
public enum Quality {
    /** The endpoint told them, at the end. */
    PROVIDER,
    /** The endpoint told none: counted here, from bytes or by a tokenizer. */
    ESTIMATED,
    /** The reply was cut, and what was known by then is counted. */
    PARTIAL,
    /** Nothing is known; the counts are 0. */
    MISSING;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
