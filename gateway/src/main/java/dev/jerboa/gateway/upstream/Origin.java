package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.GatewayException;
import java.net.URI;
import java.util.Locale;

/**
 * Where connections go to: the operator's file says it, never a client.
 *
 * @param tls whether they are encrypted
 * @param host a name or an address
 */
record Origin(boolean tls, String host, int port) {
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

    /** The value of the header {@code Host}. */
    String authority() {
        return port == (tls ? 443 : 80) ? host : host + ":" + port;
    }
}
