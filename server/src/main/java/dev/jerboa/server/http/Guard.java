package dev.jerboa.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Stands before all routes: hosts and origins that a browser may have been led to (DNS rebinding), the key, and that a connection ends where
 * its client wants one answer only, which Helidon leaves to the client. Keys are kept as hashes
 * and compared in constant time. Thread-safe.
 */
public final class Guard implements Filter {
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    /** What may be asked without a key: whether the server is there. The page asks for the key itself. */
    private static final Set<String> OPEN = Set.of("/health", "/ready");

    private static final HeaderName API_KEY = HeaderNames.create("x-api-key");
    private static final Pattern HEADER_NAMES = Pattern.compile("[A-Za-z0-9-]+( *, *[A-Za-z0-9-]+)*");

    private final Set<String> hosts;
    private final Set<String> origins;
    private final List<byte[]> keyHashes;
    private final boolean local;

    /**
     * @param local whether the server listens to this machine only; then only local hosts are served
     * @param hosts further host names, without ports
     * @param origins origins of pages that may call, such as {@code https://chat.example.org}
     * @param keys the keys, any of which opens; none for no key
     */
    public Guard(boolean local, Set<String> hosts, Set<String> origins, List<String> keys) {
        this.local = local;
        this.hosts = Set.copyOf(hosts);
        this.origins = Set.copyOf(origins);
        this.keyHashes = keys.stream().map(Guard::hash).toList();
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        String path = request.path().path();
        if (request.headers().contains(HeaderNames.CONNECTION)
                && request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            Connections.endWithThisRequest(); // also where it is refused and its body not read
        }
        if (path == null) { // as Helidon has it for "host:port", the target of proxies
            Connections.endWithThisRequest();
            response.status(Status.BAD_REQUEST_400)
                    .header(HeaderValues.CONNECTION_CLOSE)
                    .send("expected a path such as /v1/models, found a host to connect to: this is no proxy");
            return;
        }
        checkHost(request);
        checkOrigin(request, response);
        response.header("X-Content-Type-Options", "nosniff");
        if (request.prologue().method().equals(Method.OPTIONS)) { // a browser asks before it sends
            response.status(Status.NO_CONTENT_204).send();
            return;
        }
        if (!keyHashes.isEmpty() && !isOpen(path)) {
            checkKey(request);
        }
        chain.proceed();
    }

    /** Whether a path needs no key, whoever asks. */
    public static boolean isOpen(String path) {
        return OPEN.contains(path) || isPage(path);
    }

    /** The page's own files, which hold nothing secret. */
    private static boolean isPage(String path) {
        return path.equals("/")
                || path.equals("/index.html")
                || path.startsWith("/assets/")
                || path.equals("/jerboa.svg")
                || path.equals("/licences.txt");
    }

    private void checkHost(RoutingRequest request) {
        String host = hostOf(request.headers().first(HeaderNames.HOST).orElse(""));
        if ((local && !LOCAL.contains(host) && !hosts.contains(host))
                || (!local && !hosts.isEmpty() && !hosts.contains(host) && !LOCAL.contains(host))) {
            throw HttpError.of(
                    HttpError.Kind.FORBIDDEN,
                    "the host '" + host + "' is not served here: a server on this machine only answers to localhost;"
                            + " others are named with --allow-host");
        }
    }

    private static String hostOf(String header) {
        String host = header.toLowerCase(Locale.ROOT);
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private void checkOrigin(RoutingRequest request, RoutingResponse response) {
        Optional<String> origin = request.headers().first(HeaderNames.ORIGIN);
        if (origin.isEmpty()) {
            return;
        }
        String own = request.headers().first(HeaderNames.HOST).orElse("");
        String value = origin.get();
        boolean same = value.equals("http://" + own) || value.equals("https://" + own);
        if (!same && !origins.contains(value)) {
            throw HttpError.of(
                    HttpError.Kind.FORBIDDEN,
                    "pages of '" + value + "' may not call this server: its origin is named with --allow-origin");
        }
        if (!same) {
            response.header("Access-Control-Allow-Origin", value);
            response.header("Access-Control-Allow-Headers", asked(request));
            response.header("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
            response.header(
                    "Access-Control-Expose-Headers", "x-generation-id, x-jerboa-warning, request-id, retry-after");
            response.header("Vary", "Origin");
        }
    }

    /** The headers that a page of a named origin wants to send: its client's own ones are not known here. */
    private static String asked(RoutingRequest request) {
        return request.headers()
                .first(HeaderNames.create("Access-Control-Request-Headers"))
                .filter(names -> HEADER_NAMES.matcher(names).matches())
                .orElse("authorization, content-type, x-api-key");
    }

    /** The key that a client sends; empty where it sends none. */
    public static String key(ServerRequestHeaders headers) {
        return headers.first(HeaderNames.AUTHORIZATION)
                .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
                .map(value -> value.substring(7).trim())
                .or(() -> headers.first(API_KEY))
                .orElse("");
    }

    private void checkKey(RoutingRequest request) {
        String given = key(request.headers());
        byte[] hash = hash(given);
        boolean known = false;
        for (byte[] key : keyHashes) {
            known |= MessageDigest.isEqual(hash, key);
        }
        if (!known) {
            throw HttpError.of(
                    HttpError.Kind.UNAUTHORIZED,
                    given.isEmpty()
                            ? "a key is needed: send it as 'Authorization: Bearer KEY'"
                            : "the key is not one of this server's");
        }
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
