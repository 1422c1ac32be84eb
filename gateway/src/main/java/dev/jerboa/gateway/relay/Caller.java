package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.key.Key;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Who asks.
 *
 * @param key its key, where keys are needed or one was given
 * @param app what the client calls itself; empty where it does not
 * @param category what the client says that its request is about, beside its body; empty where it does not
 */
public record Caller(Optional<Key> key, String app, String category) {
    public static final Caller ANYBODY = new Caller(Optional.empty(), "");

    /** A client that says nothing of what its request is about. */
    public Caller(Optional<Key> key, String app) {
        this(key, app, "");
    }

    /** Which names it may ask for. */
    Predicate<String> allowed() {
        return key.<Predicate<String>>map(known -> known::mayAsk).orElse(name -> true);
    }

    /** The id of its key; empty without one. */
    public String keyId() {
        return key.map(Key::id).orElse("");
    }

    String account() {
        return key.map(Key::account).orElse("");
    }

    String payerCountry() {
        return key.map(Key::payerCountry).orElse("");
    }

    /** What its requests count as. */
    String appName() {
        return app.isEmpty() ? key.map(Key::app).orElse("") : app;
    }
}
