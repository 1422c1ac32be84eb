package dev.jerboa.gateway.store;

import dev.jerboa.gateway.GatewayException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** The parts of {@code postgresql://user:password@host:port/database?options}. */
record PostgresAddress(String jdbcUrl, String user, String password) {
    private static final String EXPECTED = "expected sqlite:PATH or postgresql://user:password@host:port/database";

    static PostgresAddress parse(String url) {
        URI uri;
        try {
            uri = new URI(url.startsWith("postgres:") ? "postgresql:" + url.substring("postgres:".length()) : url);
        } catch (URISyntaxException e) {
            // the text is not repeated: it may hold a password
            throw new GatewayException(
                    "the ledger's address is not readable at character " + e.getIndex() + ": " + EXPECTED);
        }
        if (!"postgresql".equals(uri.getScheme())
                || uri.getHost() == null
                || uri.getPath().length() < 2) {
            throw new GatewayException("the ledger's address begins with '" + uri.getScheme() + ":': " + EXPECTED);
        }
        String jdbc = "jdbc:postgresql://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
                + uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        String info = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
        int colon = info.indexOf(':');
        return new PostgresAddress(
                jdbc,
                decoded(colon < 0 ? info : info.substring(0, colon)),
                decoded(colon < 0 ? "" : info.substring(colon + 1)));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
