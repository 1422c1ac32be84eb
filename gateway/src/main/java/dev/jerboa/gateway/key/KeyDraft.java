package dev.jerboa.gateway.key;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a new key shall be, or what one shall become; see {@link Key}. */
public record KeyDraft(
        String account,
        String name,
        Set<Scope> scopes,
        List<String> models,
        String app,
        Key.RateLimits limits,
        Optional<Instant> expires,
        String category) {
    private static final int MOST_MODELS = 200;
    private static final int MOST_CHARACTERS = 200;
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    /** A key that says nothing of what its requests are about. */
    public KeyDraft(
            String account,
            String name,
            Set<Scope> scopes,
            List<String> models,
            String app,
            Key.RateLimits limits,
            Optional<Instant> expires) {
        this(account, name, scopes, models, app, limits, expires, "");
    }

    /** @throws IllegalArgumentException where something is missing or too long */
    public KeyDraft {
        scopes = Set.copyOf(scopes);
        models = List.copyOf(models);
        if (scopes.isEmpty()) {
            throw new IllegalArgumentException("a key without scopes: expected inference, usage or admin");
        }
        if (models.size() > MOST_MODELS) {
            throw new IllegalArgumentException(
                    "a key with " + models.size() + " patterns of models: expected at most " + MOST_MODELS);
        }
        if (expires.isPresent()
                && (expires.get().isBefore(Instant.EPOCH) || expires.get().isAfter(LAST))) {
            throw new IllegalArgumentException(
                    "a key that ends at " + expires.get() + ": expected a time between 1970 and the year 10000");
        }
        check("account", account);
        check("name", name);
        check("app", app);
        check("category", category);
        models.forEach(model -> check("model", model));
    }

    private static void check(String what, String text) {
        if (text.length() > MOST_CHARACTERS || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("the key's " + what + " has " + text.length()
                    + " characters: expected at most " + MOST_CHARACTERS + ", none of control");
        }
    }

    /** For asking any model, without limits. */
    public static KeyDraft inference(String account, String name) {
        return new KeyDraft(
                account,
                name,
                Set.of(Scope.INFERENCE, Scope.USAGE),
                List.of(),
                "",
                Key.RateLimits.NONE,
                Optional.empty());
    }
}
