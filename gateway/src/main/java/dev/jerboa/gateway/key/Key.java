package dev.jerboa.gateway.key;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A client's key, without its secret.
 *
 * @param id its public half
 * @param account whom it belongs to
 * @param name for people
 * @param scopes what it may be used for
 * @param models patterns of names that it may ask for, with {@code *} for any characters; empty for all
 * @param app what its requests count as where they do not say; empty for nothing
 * @param payerCountry ISO 3166-1 alpha-2 of its account; empty where it is not known
 * @param created when it was made
 * @param expires when it ends
 * @param disabled whether it is refused
 * @param declared whether it is in the gateway's file, and not to be changed by requests
 * @param category what its requests are about where they do not say; empty for nothing
 */
public record Key(
        String id,
        String account,
        String name,
        Set<Scope> scopes,
        List<String> models,
        String app,
        String payerCountry,
        RateLimits limits,
        Instant created,
        Optional<Instant> expires,
        boolean disabled,
        boolean declared,
        String category) {
    /**
     * How often and how much at once.
     *
     * @param requestsPerMinute 1 or more; empty for any number
     * @param tokensPerMinute 1 or more; empty for any number
     * @param concurrent requests at a time, 1 or more; empty for any number
     */
    public record RateLimits(OptionalLong requestsPerMinute, OptionalLong tokensPerMinute, OptionalInt concurrent) {
        public static final RateLimits NONE =
                new RateLimits(OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty());

        /** @throws IllegalArgumentException where a limit is less than 1 */
        public RateLimits {
            if (requestsPerMinute.orElse(1) < 1 || tokensPerMinute.orElse(1) < 1 || concurrent.orElse(1) < 1) {
                throw new IllegalArgumentException("a limit of " + requestsPerMinute + " requests a minute, "
                        + tokensPerMinute + " tokens a minute, " + concurrent + " at a time: expected 1 or more");
            }
        }

        /** These, and others' where there are none. */
        RateLimits or(RateLimits others) {
            return new RateLimits(
                    requestsPerMinute.isPresent() ? requestsPerMinute : others.requestsPerMinute,
                    tokensPerMinute.isPresent() ? tokensPerMinute : others.tokensPerMinute,
                    concurrent.isPresent() ? concurrent : others.concurrent);
        }
    }

    /** A key that says nothing of what its requests are about. */
    public Key(
            String id,
            String account,
            String name,
            Set<Scope> scopes,
            List<String> models,
            String app,
            String payerCountry,
            RateLimits limits,
            Instant created,
            Optional<Instant> expires,
            boolean disabled,
            boolean declared) {
        this(id, account, name, scopes, models, app, payerCountry, limits, created, expires, disabled, declared, "");
    }

    public Key {
        scopes = Set.copyOf(scopes);
        models = List.copyOf(models);
    }

    public boolean may(Scope scope) {
        return scopes.contains(scope);
    }

    /** The same, with these limits where it says none itself. */
    Key limitedBy(RateLimits usual) {
        RateLimits all = limits.or(usual);
        return all.equals(limits)
                ? this
                : new Key(
                        id,
                        account,
                        name,
                        scopes,
                        models,
                        app,
                        payerCountry,
                        all,
                        created,
                        expires,
                        disabled,
                        declared,
                        category);
    }

    /** Whether it may ask for a model by a name. */
    public boolean mayAsk(String model) {
        if (models.isEmpty()) {
            return true;
        }
        for (String pattern : models) {
            if (matches(pattern, model)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a text is like a pattern with stars; in the product of their lengths at most, whatever the pattern. */
    public static boolean matches(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int mark = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                mark = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++mark;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
