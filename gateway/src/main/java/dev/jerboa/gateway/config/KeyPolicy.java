package dev.jerboa.gateway.config;

import java.util.List;
import java.util.Optional;

/**
 * Who may ask.
 *
 * @param required whether a request needs a key; without one it belongs to no account and no budget
 * @param pepper reference of a secret that hashes of keys are made with, so that a stolen store is of no use
 * @param limits of a key that says none itself
 * @param declared keys that the file knows, beside those of the store
 */
public record KeyPolicy(boolean required, Optional<String> pepper, RateLimits limits, List<DeclaredKey> declared) {
    public KeyPolicy {
        declared = List.copyOf(declared);
    }
}
