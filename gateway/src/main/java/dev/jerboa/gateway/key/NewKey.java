package dev.jerboa.gateway.key;

/**
 * A key that was just made.
 *
 * @param secret the whole text that a client sends: it is nowhere else, and cannot be had again
 */
public record NewKey(Key key, String secret) {
    /** Without the secret. */
    @Override
    public String toString() {
        return "NewKey[" + key + "]";
    }
}
