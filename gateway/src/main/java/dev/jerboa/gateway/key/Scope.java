package dev.jerboa.gateway.key;

import java.util.Locale;

/** What a key may be used for. */
public enum Scope {
    /** Asking models. */
    INFERENCE,
    /** Reading what was used: all of it that belongs to the key's account. */
    USAGE,
    /** Keys, budgets, the configuration; reading everything. */
    ADMIN;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException where there is no such scope */
    public static Scope of(String text) {
        try {
            return valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "there is no scope '" + text + "': expected inference, usage or admin", e);
        }
    }
}
