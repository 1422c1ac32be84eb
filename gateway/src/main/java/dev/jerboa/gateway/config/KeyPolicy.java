package dev.jerboa.gateway.config;

import dev.jerboa.gateway.key.DeclaredKey;
import dev.jerboa.gateway.key.Key.RateLimits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Who may ask.
 *
 * @param required whether a request needs a key; without one it belongs to no account and no budget
 * @param pepper reference of a secret that hashes of keys are made with, so that a stolen store is of no use
 * @param limits of a new key that says none itself
 * @param declared keys that the file knows, beside those of the store
 */
public record KeyPolicy(boolean required, Optional<String> pepper, RateLimits limits, List<FileKey> declared) {
    public KeyPolicy {
        declared = List.copyOf(declared);
    }

    /** The pepper itself. */
    public Optional<byte[]> pepper(Secrets secrets) {
        return pepper.map(reference -> secrets.resolve(reference).getBytes(StandardCharsets.UTF_8));
    }

    /** The keys of the file with the hashes of their secrets. */
    public List<DeclaredKey> declared(Secrets secrets) {
        Optional<byte[]> mixed = pepper(secrets);
        return declared.stream().map(key -> key.resolved(secrets, mixed)).toList();
    }
}
