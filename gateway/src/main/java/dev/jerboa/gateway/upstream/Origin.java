package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.config.ProxyServer;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/**
 * Where connections go to: the operator's file says it, never a client.
 *
 * @param tls whether they are encrypted
 * @param host a name or an address
 * @param proxy the one between, if there is one
 */
record Origin(boolean tls, String host, int port, Optional<ProxyServer> proxy) {
    /** Without a proxy. */
    Origin(boolean tls, String host, int port) {
        this(tls, host, port, Optional.empty());
    }

    /** @throws GatewayException where it is not an address that can be called */
    static Origin of(URI base) {
        String scheme = String.valueOf(base.getScheme()).toLowerCase(Locale.ROOT);
        String host = base.getHost();
        if (host == null || base.getUserInfo() != null || !(scheme.equals("http") || scheme.equals("https"))) {
            throw new GatewayException("the address '" + base
                    + "' of a provider: expected http://HOST[:PORT][/PATH] or https://…, without a user");
        }
        boolean tls = scheme.equals("https");
        int port = base.getPort();
        return new Origin(tls, host, port >= 0 ? port : tls ? 443 : 80);
    }

    /** The same behind a proxy. */
    Origin through(ProxyServer server) {
        return new Origin(tls, host, port, Optional.of(server));
    }

    /** The value of the header {@code Host}. */
    String authority() {
        return port == (tls ? 443 : 80) ? host : host + ":" + port;
    }
}
