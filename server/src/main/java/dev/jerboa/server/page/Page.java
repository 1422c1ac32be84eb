package dev.jerboa.server.page;

import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.http.Routes;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Serves the page's files from the class path, with a strict content security policy. Thread-safe. */
public final class Page implements HttpService {
    private static final String ROOT = "/dev/jerboa/web/";
    private static final Pattern NAME = Pattern.compile("(assets/)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.[a-z0-9]+");
    private static final String POLICY =
            "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "woff2", "font/woff2",
            "txt", "text/plain; charset=utf-8");

    private final Map<String, File> files = new ConcurrentHashMap<>();

    private record File(byte[] content, String tag, String type) {}

    /** Whether the jar was built with the page. */
    public static boolean isThere() {
        return Page.class.getResource(ROOT + "index.html") != null;
    }

    @Override
    public void routing(HttpRules rules) {
        new Routes(rules)
                .get("/", (request, response) -> send(request, response, "index.html"))
                .get("/index.html", (request, response) -> send(request, response, "index.html"))
                .get(
                        "/assets/{name}",
                        (request, response) -> send(
                                request,
                                response,
                                "assets/" + request.path().pathParameters().get("name")))
                .get("/jerboa.svg", (request, response) -> send(request, response, "jerboa.svg"))
                .get("/licences.txt", (request, response) -> send(request, response, "licences.txt"))
                .alive("/")
                .refuseOthers();
    }

    private void send(ServerRequest request, ServerResponse response, String name) {
        File file = NAME.matcher(name).matches() ? file(name) : null;
        if (file == null) {
            throw HttpError.of(
                    HttpError.Kind.NOT_FOUND,
                    name.equals("index.html")
                            ? "this build has no page (npm was missing); the API is at /v1"
                            : "there is nothing at /" + name);
        }
        response.header(HeaderNames.CONTENT_TYPE, file.type);
        response.header("Content-Security-Policy", POLICY);
        response.header("Referrer-Policy", "no-referrer");
        response.header(HeaderNames.ETAG, file.tag);
        response.header(
                HeaderNames.CACHE_CONTROL,
                name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
        if (request.headers().first(HeaderNames.IF_NONE_MATCH).orElse("").equals(file.tag)) {
            response.status(Status.NOT_MODIFIED_304);
            response.send();
            return;
        }
        response.send(file.content);
    }

    private @Nullable File file(String name) {
        File known = files.get(name);
        if (known != null) {
            return known;
        }
        try (InputStream in = Page.class.getResourceAsStream(ROOT + name)) {
            if (in == null) {
                return null;
            }
            byte[] content = in.readAllBytes();
            String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
            File file = new File(content, tag(content), type);
            files.put(name, file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String tag(byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return '"' + HexFormat.of().formatHex(hash, 0, 12) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
