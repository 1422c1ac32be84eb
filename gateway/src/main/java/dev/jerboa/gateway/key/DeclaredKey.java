package dev.jerboa.gateway.key;

/**
 * A key of the gateway's file.
 *
 * @param key with {@link Key#declared} true
 * @param hash as {@link KeyHash#parse} reads it; made with {@link KeyHash#of} where the file names an environment variable
 */
public record DeclaredKey(Key key, KeyHash hash) {}
