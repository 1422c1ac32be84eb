package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The head of a request to an endpoint. All its lines are written here: of the client's own head, two of Anthropic's go out to endpoints of
 * Anthropic's dialect, where they are what they should be, since fields of a request may be refused without them.
 */
final class RequestHead {
    private static final String USUAL_VERSION = "2023-06-01";
    private static final Pattern VERSION = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Pattern BETA = Pattern.compile("[A-Za-z0-9_.\\-]{1,100}(?:, ?[A-Za-z0-9_.\\-]{1,100}){0,31}");

    private RequestHead() {}

    /** @param secret the provider's key; empty where it wants none */
    static byte[] of(
            Origin origin, String path, WireDialect dialect, String secret, int length, ClientRequest request) {
        StringBuilder head = new StringBuilder(256)
                .append("POST ")
                .append(path)
                .append(" HTTP/1.1\r\nHost: ")
                .append(origin.authority())
                .append("\r\nContent-Type: application/json\r\nContent-Length: ")
                .append(length)
                .append("\r\nAccept: application/json, text/event-stream, application/x-ndjson")
                .append("\r\nAccept-Encoding: identity\r\nUser-Agent: jerboa\r\n");
        boolean anthropic = dialect == WireDialect.ANTHROPIC;
        if (anthropic) {
            boolean own = request.form().dialect() == dialect;
            String version = own ? request.header(ClientRequest.ANTHROPIC_VERSION) : "";
            String beta = own ? request.header(ClientRequest.ANTHROPIC_BETA) : "";
            head.append("anthropic-version: ")
                    .append(VERSION.matcher(version).matches() ? version : USUAL_VERSION)
                    .append("\r\n");
            if (BETA.matcher(beta).matches()) {
                head.append("anthropic-beta: ").append(beta).append("\r\n");
            }
        }
        if (!secret.isEmpty()) {
            head.append(anthropic ? "x-api-key: " : "Authorization: Bearer ")
                    .append(secret)
                    .append("\r\n");
        }
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * A path below a provider's base. A base with a path of its own is what clients of OpenAI's dialects call a base URL, version included;
     * one without is a host whose paths are the usual ones.
     */
    static String path(URI base, WireDialect dialect, String path) {
        String raw = base.getRawPath();
        int end = raw == null ? 0 : raw.length();
        while (end > 0 && raw.charAt(end - 1) == '/') {
            end--;
        }
        if (end == 0) {
            return path;
        }
        String below = raw.substring(0, end);
        boolean versioned = dialect == WireDialect.OPENAI || dialect == WireDialect.RESPONSES || below.endsWith("/v1");
        return below + (versioned && path.startsWith("/v1/") ? path.substring(3) : path);
    }
}
