package dev.jerboa.gateway.config;

import java.util.Optional;

/**
 * An HTTP proxy through which providers are reached. Holds no secrets, only where they are.
 *
 * @param host a name or an address
 * @param login who logs in there, if anybody does
 * @param except hosts that are not reached through it
 */
public record ProxyServer(String host, int port, Optional<Login> login, NoProxy except) {
    /** Who logs in by the scheme Basic. */
    public sealed interface Login {
        /** @param password a reference to it */
        record Named(String user, String password) implements Login {}

        /** @param name an environment variable, whose address has {@code user:password@} before the host */
        record InVariable(String name) implements Login {}
    }
}
