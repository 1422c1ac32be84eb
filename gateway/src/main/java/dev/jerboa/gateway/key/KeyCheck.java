package dev.jerboa.gateway.key;

/** What a text that a client sent as its key is. */
public sealed interface KeyCheck {
    /** A key that may be used now. */
    record Valid(Key key) implements KeyCheck {}

    /**
     * None; clients are told the same for every reason but {@code EXPIRED} and {@code DISABLED}, which only who has the secret learns.
     *
     * @param key the id of the key that it was; empty where its secret is not of one
     */
    record Refused(Reason reason, String key) implements KeyCheck {
        /** Of none that is known. */
        Refused(Reason reason) {
            this(reason, "");
        }
    }

    /** Why a text is no key that may be used. */
    enum Reason {
        /** Not of a key's form; the store was not asked. */
        MALFORMED,
        /** There is no such key, or its secret is another. */
        UNKNOWN,
        DISABLED,
        EXPIRED
    }
}
