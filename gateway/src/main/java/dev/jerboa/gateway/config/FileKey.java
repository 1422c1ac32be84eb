package dev.jerboa.gateway.config;

import dev.jerboa.gateway.key.DeclaredKey;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.KeyHash;
import java.util.Optional;

/**
 * A key that the file knows: who has the secret may use it.
 *
 * @param key all but its secret
 * @param secret reference of what clients send, or what {@link KeyHash#text} gives of it
 */
public record FileKey(Key key, String secret) {
    DeclaredKey resolved(Secrets secrets, Optional<byte[]> pepper) {
        boolean reference = secret.startsWith("env:") || secret.startsWith("file:");
        return new DeclaredKey(key, reference ? KeyHash.of(secrets.resolve(secret), pepper) : KeyHash.parse(secret));
    }
}
