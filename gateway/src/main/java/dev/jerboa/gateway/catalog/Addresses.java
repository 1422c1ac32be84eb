package dev.jerboa.gateway.catalog;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.settings.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** Addresses that an operator gives to providers. Messages do not show them: somebody may have written a password into one. */
public final class Addresses {
    private Addresses() {}

    /** The address under a key, if it is there, without a slash at its end. */
    public static Optional<URI> base(Section section, String key) {
        if (!section.has(key)) {
            return Optional.empty();
        }
        String text = section.text(key);
        try {
            URI uri = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return Optional.of(uri);
            }
        } catch (URISyntaxException e) {
            // said below, without the text that this exception repeats
        }
        throw new GatewayException(section.where(key) + ": " + section.path() + "." + key
                + " is no address for a provider (it is not shown here, as it may hold a password), expected http:// or https://, a"
                + " host, and perhaps a port and a path: no user, no query, no fragment; keys go under secrets");
    }
}
