package dev.jerboa.server.market;

import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.server.http.HttpError;
import java.util.Optional;
import java.util.Set;

/**
 * Who asks.
 *
 * @param key what was sent; empty where the server needs none
 * @param scopes what is allowed
 */
public record Asker(Optional<Key> key, Set<Scope> scopes) {
    public Asker {
        scopes = Set.copyOf(scopes);
    }

    /** Who has a key. */
    public static Asker of(Key key) {
        return new Asker(Optional.of(key), key.scopes());
    }

    /** Whoever reaches a server that needs no keys: all is theirs. */
    public static Asker owner() {
        return new Asker(Optional.empty(), Set.of(Scope.values()));
    }

    /** Who has no key, where others need one. */
    public static Asker nobody() {
        return new Asker(Optional.empty(), Set.of());
    }

    boolean isNobody() {
        return scopes.isEmpty();
    }

    /** Whether it has a scope; an admin has all. */
    boolean may(Scope scope) {
        return scopes.contains(scope) || isAdmin();
    }

    boolean isAdmin() {
        return scopes.contains(Scope.ADMIN);
    }

    /** Refuses those without a key. */
    Asker requireKey() {
        if (isNobody()) {
            throw HttpError.of(HttpError.Kind.UNAUTHORIZED, "a key is needed: send it as 'Authorization: Bearer KEY'");
        }
        return this;
    }

    Asker require(Scope scope) {
        requireKey();
        if (!may(scope)) {
            throw HttpError.of(
                    HttpError.Kind.FORBIDDEN,
                    "this needs a key with the scope '" + scope.text() + "'; this one has "
                            + scopes.stream().map(Scope::text).sorted().toList());
        }
        return this;
    }
}
