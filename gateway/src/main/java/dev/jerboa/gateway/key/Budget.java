package dev.jerboa.gateway.key;

import java.util.Locale;

/**
 * The most that an account or a key may spend in a period.
 *
 * @param id given by whoever makes it
 * @param owner the id of the key or the account; an account's budget is for the accounts below it too
 * @param limitNanos in nano-dollars, 0 or more
 */
public record Budget(String id, Owner kind, String owner, long limitNanos, Period period) {
    /** What an owner is. */
    public enum Owner {
        KEY,
        ACCOUNT;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Owner of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /** @throws IllegalArgumentException where the limit is negative or the id empty */
    public Budget {
        if (limitNanos < 0 || id.isEmpty()) {
            throw new IllegalArgumentException(
                    "budget '" + id + "' of " + limitNanos + " nano-dollars: expected an id and a limit of 0 or more");
        }
    }
}
