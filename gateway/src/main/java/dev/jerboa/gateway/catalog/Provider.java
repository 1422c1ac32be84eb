package dev.jerboa.gateway.catalog;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * Who runs models for others.
 *
 * @param id such as {@code deepseek}; {@code local} is the engine in this process
 * @param name for people
 * @param country where it computes, ISO 3166-1 alpha-2
 * @param dialect what it speaks
 * @param base the address below which its paths are; empty for the local engine, and for an example that no request can reach
 * @param secrets references of its keys ({@code env:NAME}, {@code file:PATH}), used in turn; never the keys themselves
 */
public record Provider(
        String id,
        String name,
        String country,
        WireDialect dialect,
        Optional<URI> base,
        List<String> secrets,
        DataPolicy policy) {
    /** The provider that is the engine in this process. */
    public static final String LOCAL = "local";

    public Provider {
        secrets = List.copyOf(secrets);
    }

    public boolean isLocal() {
        return dialect == WireDialect.LOCAL;
    }
}
