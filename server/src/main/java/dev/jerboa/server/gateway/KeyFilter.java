package dev.jerboa.server.gateway;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.key.KeyCheck;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.ledger.RefusalReason;
import dev.jerboa.gateway.relay.Caller;
import dev.jerboa.gateway.relay.Refusal;
import dev.jerboa.gateway.relay.RelayObserver;
import dev.jerboa.server.http.Guard;
import dev.jerboa.server.http.HttpError;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.Optional;
import java.util.function.Predicate;

/** Finds out whose a request is, and lets the routes know: {@code request.context().get(Caller.class)}. Thread-safe. */
public final class KeyFilter implements Filter {
    private static final HeaderName TITLE = HeaderNames.create("X-Title");
    private static final HeaderName REFERER = HeaderNames.create("HTTP-Referer");
    private static final HeaderName CATEGORY = HeaderNames.create("X-Jerboa-Category");
    private static final int LONGEST_APP = 100;
    private static final int LONGEST_CATEGORY = 64;

    private final Keys keys;
    private final boolean required;
    private final Predicate<String> open;
    private final RelayObserver observer;
    private final boolean openRouter;

    /**
     * @param required whether a request needs a key
     * @param open paths that need none even so
     * @param observer is told of requests to models that are refused here
     * @param openRouter whether replies are as OpenRouter's below {@code /v1} too
     */
    public KeyFilter(Keys keys, boolean required, Predicate<String> open, RelayObserver observer, boolean openRouter) {
        this.keys = keys;
        this.required = required;
        this.open = open;
        this.observer = observer;
        this.openRouter = openRouter;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        String path = request.path().path();
        if (openRouter) {
            request.context().register(Surface.OPENROUTER);
        }
        String given = Guard.key(request.headers());
        if (!given.isEmpty()) {
            switch (check(given, path)) {
                case KeyCheck.Valid(var key) ->
                    request.context().register(new Caller(Optional.of(key), app(request), category(request)));
                case KeyCheck.Refused(KeyCheck.Reason reason, String key) -> {
                    if (required && !isOpen(path)) {
                        refused(path, key, reason(reason));
                        throw HttpError.of(HttpError.Kind.UNAUTHORIZED, words(reason));
                    }
                    request.context().register(new Caller(Optional.empty(), app(request), category(request)));
                }
            }
        } else if (required && !isOpen(path)) {
            refused(path, "", RefusalReason.NO_KEY);
            throw HttpError.of(HttpError.Kind.UNAUTHORIZED, "a key is needed: send it as 'Authorization: Bearer KEY'");
        } else {
            request.context().register(new Caller(Optional.empty(), app(request), category(request)));
        }
        chain.proceed();
    }

    /** Only what asks models: a page or a script that looks without a key whether there is one would be counted too. */
    private void refused(String path, String key, RefusalReason reason) {
        Inference.form(path).ifPresent(form -> observer.refused(new Refusal(form.text(), key, reason)));
    }

    private static RefusalReason reason(KeyCheck.Reason reason) {
        return switch (reason) {
            case EXPIRED -> RefusalReason.EXPIRED_KEY;
            case DISABLED -> RefusalReason.DISABLED_KEY;
            case MALFORMED, UNKNOWN -> RefusalReason.UNKNOWN_KEY;
        };
    }

    private KeyCheck check(String given, String path) {
        try {
            return keys.check(given);
        } catch (GatewayException e) { // the operator's, who has it in the log
            refused(path, "", RefusalReason.STORE);
            throw HttpError.of(
                    HttpError.Kind.OVERLOADED,
                    "whether the key is good cannot be told now: the gateway's store does not answer");
        }
    }

    private boolean isOpen(String path) {
        return Guard.isOpen(path) || open.test(path);
    }

    private static String words(KeyCheck.Reason reason) {
        return switch (reason) {
            case EXPIRED -> "the key has expired";
            case DISABLED -> "the key is disabled";
            case MALFORMED, UNKNOWN -> "the key is not one of this gateway's";
        };
    }

    /** What the client says that its request is about; whether there is such a category is not known here. */
    private static String category(RoutingRequest request) {
        String name = request.headers().first(CATEGORY).orElse("");
        return name.length() > LONGEST_CATEGORY ? name.substring(0, LONGEST_CATEGORY) : name;
    }

    /** What the client calls itself, by the headers that OpenRouter's clients send: printable, not too long. */
    private static String app(RoutingRequest request) {
        String name = request.headers()
                .first(TITLE)
                .or(() -> request.headers().first(REFERER))
                .orElse("");
        StringBuilder app = new StringBuilder();
        for (int i = 0; i < name.length() && app.length() < LONGEST_APP; i++) {
            if (!Character.isISOControl(name.charAt(i))) {
                app.append(name.charAt(i));
            }
        }
        return app.toString().trim();
    }
}
