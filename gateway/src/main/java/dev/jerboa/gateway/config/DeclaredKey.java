package dev.jerboa.gateway.config;

import java.util.List;
import java.util.Set;

/**
 * A key that the file knows: who has the secret may use it.
 *
 * @param id what events call it
 * @param account whom it belongs to
 * @param secret reference of what clients send
 * @param scopes what it is good for: {@code inference}, {@code usage}, {@code admin}
 * @param models ids of models, or beginnings of ids with {@code *} behind; empty for all
 * @param app what its client is called; empty where the client says
 */
public record DeclaredKey(
        String id,
        String account,
        String secret,
        Set<String> scopes,
        List<String> models,
        String app,
        RateLimits limits) {
    public DeclaredKey {
        scopes = Set.copyOf(scopes);
        models = List.copyOf(models);
    }
}
