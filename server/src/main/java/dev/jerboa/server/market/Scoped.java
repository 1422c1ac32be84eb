package dev.jerboa.server.market;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.store.SumRange;
import dev.jerboa.server.http.HttpError;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Whose requests a caller may see. */
final class Scoped {
    private Scoped() {}

    /** The keys that the caller's account has or had; empty for an admin, who sees everybody's. */
    static Optional<Set<String>> keys(Asker caller, Keys keys) {
        if (caller.isAdmin()) {
            return Optional.empty();
        }
        Key own = caller.key().orElseThrow();
        Set<String> ids = new HashSet<>(keys.ever(own.account()));
        ids.add(own.id());
        return Optional.of(ids);
    }

    /** What the ledger says; its failures as answers. */
    static <T> T asked(Supplier<T> question) {
        try {
            return question.get();
        } catch (GatewayException e) {
            boolean away = e.getCause() instanceof SQLException;
            throw HttpError.of(
                    away ? HttpError.Kind.OVERLOADED : HttpError.Kind.BAD_REQUEST,
                    away ? "the ledger does not answer; the server's log says more" : String.valueOf(e.getMessage()));
        } catch (ArithmeticException e) {
            throw HttpError.of(
                    HttpError.Kind.BAD_REQUEST,
                    String.valueOf(SumRange.beyond(e).getMessage()));
        } catch (IllegalArgumentException e) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }
}
