package dev.jerboa.hub.remote;

import dev.jerboa.hub.HubException;
import dev.jerboa.hub.HubSettings;
import dev.jerboa.hub.name.ListedFile;
import dev.jerboa.hub.name.ModelName;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A hub over HTTP, by the protocol of Hugging Face's clients. Safe for several threads. Redirects are followed here, not by the
 * HTTP client: the token goes to the endpoint's own host only, and never from https to http.
 */
public final class Remote implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;
    private static final int MAX_LIST_BYTES = 32 << 20;
    private static final int MAX_FILES = 100_000;
    private static final int FIRST_ERROR = 400;

    /** No published file comes near this; that many of {@link #MAX_FILES} files can be added up. */
    private static final long MAX_FILE_BYTES = 1L << 46;

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    private final URI endpoint;
    private final Optional<String> token;
    private final Duration patience;
    private final HttpClient client;
    private final Watch watch;

    /**
     * @throws HubException where no endpoint is set, or nothing may be asked
     */
    public Remote(HubSettings settings) {
        if (settings.offline()) {
            throw new HubException("HF_HUB_OFFLINE is set, so nothing is asked of the hub");
        }
        this.endpoint = settings.endpoint()
                .orElseThrow(() -> new HubException("no hub is set: put its address into the variable HF_ENDPOINT"));
        this.token = settings.token();
        this.patience = settings.patience();
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(patience)
                .build();
        this.watch = new Watch(patience);
    }

    /**
     * The commit that a revision is now, and its files.
     *
     * @throws HubException where there is none, or it may not be seen
     * @throws IOException where the hub is not reached, or refuses for now
     */
    public RemoteModel model(ModelName name) throws IOException {
        String of = endpoint + "/api/models/" + name.repository();
        URI uri = URI.create(of + "/revision/" + encoded(name.revision()) + "?blobs=true");
        try {
            return listed(object(uri, name), name);
        } catch (NotThereException e) {
            if (!name.revision().equals(ModelName.MAIN)) {
                throw e;
            }
            URI ofHead = URI.create(of + "?blobs=true"); // mirrors that know a repository's head only
            return listed(object(ofHead, name), name);
        }
    }

    private static RemoteModel listed(Map<String, @Nullable Object> json, ModelName name) {
        if (!(json.get("sha") instanceof String commit)
                || !COMMIT.matcher(commit).matches()) {
            throw new HubException(name + ": the hub's answer has no commit in 'sha', expected 40 hexadecimal digits");
        }
        List<ListedFile> files = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        if (!(json.get("siblings") instanceof List<?> siblings)) {
            throw new HubException(name + ": the hub's answer has no list of files in 'siblings'");
        }
        for (Object entry : siblings) {
            if (!(entry instanceof Map<?, ?> file && file.get("rfilename") instanceof String path)) {
                throw new HubException(name + ": a file in the hub's list has no name in 'rfilename'");
            }
            if (files.size() == MAX_FILES) {
                throw new HubException(name + ": more than " + MAX_FILES + " files");
            }
            if (isSafe(path) && seen.add(path)) {
                long bytes = file.get("size") instanceof Long size && size >= 0 ? size : -1;
                requirePossible(name, path, bytes);
                files.add(new ListedFile(path, bytes, hash(file)));
            }
        }
        return new RemoteModel(commit, files);
    }

    private static void requirePossible(ModelName name, String path, long bytes) {
        if (bytes > MAX_FILE_BYTES) {
            throw new HubException(name + ": the hub says that " + path + " has " + bytes + " bytes, expected at most "
                    + MAX_FILE_BYTES + "; its list is damaged");
        }
    }

    /** A listed file's hash: that of a large file's contents, or Git's of a small one. */
    private static String hash(Map<?, ?> file) {
        if (file.get("lfs") instanceof Map<?, ?> large) {
            return large.get("sha256") instanceof String sha
                            && HASH.matcher(sha).matches()
                    ? sha
                    : "";
        }
        return file.get("blobId") instanceof String id && HASH.matcher(id).matches() ? id : "";
    }

    /** Whether a name stays in the folder that it is resolved in, on every system. */
    static boolean isSafe(String path) {
        if (path.isEmpty() || path.length() > 512) {
            return false;
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.endsWith(" ") || part.endsWith(".")) {
                return false;
            }
        }
        return path.chars().noneMatch(c -> c < ' ' || c == 0x7f || "\\:*?\"<>|".indexOf(c) >= 0);
    }

    private Map<String, @Nullable Object> object(URI uri, ModelName name) throws IOException {
        HttpResponse<InputStream> response = send(uri, "GET", Map.of());
        try (InputStream body = watch.watched(response.body())) {
            requireOk(response, name, "");
            byte[] bytes = body.readNBytes(MAX_LIST_BYTES + 1);
            if (bytes.length > MAX_LIST_BYTES) {
                throw new HubException(name + ": the hub's list of files is larger than " + MAX_LIST_BYTES + " bytes");
            }
            return Json.asObject(Json.parse(new String(bytes, StandardCharsets.UTF_8), uri.toString()), uri.toString());
        } catch (ModelException e) {
            throw new HubException(name + ": the hub's answer is not what was expected: " + e.getMessage(), e);
        }
    }

    /**
     * What a file at a commit is.
     *
     * @throws HubException where there is none, or the hub does not say enough of it
     * @throws IOException where the hub is not reached, or refuses for now
     */
    public RemoteBlob blob(ModelName name, String commit, ListedFile file) throws IOException {
        String path = file.path();
        URI uri = URI.create(endpoint + "/" + name.repository() + "/resolve/" + commit + "/" + encodedPath(path));
        URI location;
        HttpResponse<InputStream> response = null;
        for (int redirects = 0; ; redirects++) {
            if (response != null) {
                response.body().close();
            }
            response = once(uri, "HEAD", Map.of("Accept-Encoding", "identity"));
            Optional<String> to = response.headers().firstValue("Location");
            boolean onward = to.isPresent() && isRedirect(response);
            URI next = onward ? redirected(uri, to.get()) : uri;
            if (!onward || !isRelative(to.get())) {
                location = next;
                break;
            }
            if (redirects == MAX_REDIRECTS) {
                throw new IOException(uri + ": more than " + MAX_REDIRECTS + " redirects");
            }
            uri = next;
        }
        response.body().close();
        if (!isRedirect(response)) {
            requireOk(response, name, path);
        }
        String pinned = header(response, "X-Repo-Commit").orElse(commit);
        if (!pinned.equals(commit)) {
            throw new HubException(name + ": " + path + " is of commit " + pinned + ", asked for was " + commit);
        }
        HttpResponse<InputStream> ofFile = response;
        String hash = header(ofFile, "X-Linked-ETag")
                .or(() -> header(ofFile, "ETag"))
                .map(Remote::bare)
                .filter(text -> HASH.matcher(text).matches())
                .orElse(file.hash());
        if (!HASH.matcher(hash).matches()) {
            throw new HubException(name + ": the hub says no hash of " + path
                    + " (X-Linked-ETag or ETag of 40 or 64 hexadecimal digits), so it cannot be verified");
        }
        long bytes = size(response, name, file);
        requirePossible(name, path, bytes);
        return new RemoteBlob(path, hash, bytes, location);
    }

    private static long size(HttpResponse<?> response, ModelName name, ListedFile file) {
        String text = header(response, "X-Linked-Size")
                .or(() -> isRedirect(response) ? Optional.empty() : header(response, "Content-Length"))
                .orElse("");
        try {
            long bytes = Long.parseLong(text);
            if (bytes >= 0) {
                return bytes;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        if (text.isEmpty() && file.bytes() >= 0) {
            return file.bytes();
        }
        throw new HubException(name + ": the hub says no size of " + file.path() + ": found '" + text
                + "' in X-Linked-Size or Content-Length");
    }

    private static Optional<String> header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name);
    }

    private static String bare(String etag) {
        String text = etag.startsWith("W/") ? etag.substring(2) : etag;
        return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    /**
     * A file's bytes from {@code from} to {@code to} − 1.
     *
     * @throws RangeException where the server's answer is not those bytes
     * @throws IOException where it is not reached, or refuses
     */
    public RangeBody range(RemoteBlob blob, long from, long to) throws IOException {
        HttpResponse<InputStream> response = send(
                blob.location(),
                "GET",
                Map.of("Range", "bytes=" + from + "-" + (to - 1), "Accept-Encoding", "identity"));
        try {
            return body(blob, from, to, response);
        } catch (IOException | RuntimeException e) {
            response.body().close();
            throw e;
        }
    }

    private RangeBody body(RemoteBlob blob, long from, long to, HttpResponse<InputStream> response) throws IOException {
        switch (response.statusCode()) {
            case 206 -> {
                String range = header(response, "Content-Range").orElse("");
                ContentRange given = ContentRange.of(range);
                if (given == null || given.from() != from || given.to() > to || given.to() <= from) {
                    throw new RangeException(
                            "asked for bytes " + from + " to " + (to - 1) + ", found Content-Range '" + range + "'");
                }
                if (given.total() >= 0 && given.total() != blob.bytes()) {
                    throw new RangeException(
                            "the file has " + given.total() + " bytes, announced were " + blob.bytes());
                }
                return new RangeBody(watch.watched(response.body()), from, given.to(), false);
            }
            case 200 -> {
                Optional<String> length = header(response, "Content-Length");
                if (length.isPresent() && !length.get().equals(Long.toString(blob.bytes()))) {
                    throw new RangeException("the file has " + length.get() + " bytes, announced were " + blob.bytes());
                }
                return new RangeBody(watch.watched(response.body()), 0, blob.bytes(), true);
            }
            case 416 -> throw new RangeException("the file has fewer than the announced " + blob.bytes() + " bytes");
            default -> throw RefusedException.of(response);
        }
    }

    /** Sends a request and follows redirects. */
    private HttpResponse<InputStream> send(URI start, String method, Map<String, String> headers) throws IOException {
        URI uri = start;
        for (int redirects = 0; ; redirects++) {
            HttpResponse<InputStream> response = once(uri, method, headers);
            Optional<String> to = response.headers().firstValue("Location");
            if (!isRedirect(response) || to.isEmpty()) {
                return response;
            }
            response.body().close();
            if (redirects == MAX_REDIRECTS) {
                throw new IOException(start + ": more than " + MAX_REDIRECTS + " redirects");
            }
            uri = redirected(uri, to.get());
        }
    }

    /**
     * Where a redirect leads.
     *
     * @throws HubException where that is no address, or one that is less safe than the one that it comes from
     */
    private static URI redirected(URI from, String to) {
        URI next;
        try {
            next = from.resolve(to);
        } catch (IllegalArgumentException e) {
            throw new HubException(
                    from.getHost() + " redirects to '" + to + "', which is no address: " + e.getMessage(), e);
        }
        boolean secure = "https".equalsIgnoreCase(next.getScheme());
        boolean plain = "http".equalsIgnoreCase(next.getScheme()) && !"https".equalsIgnoreCase(from.getScheme());
        if (next.getHost() == null || !secure && !plain) {
            throw new HubException(from.getHost() + " redirects to " + next + ", expected an address of https"
                    + ("https".equalsIgnoreCase(from.getScheme()) ? "" : " or http"));
        }
        return next;
    }

    /** Whether an address that {@link #redirected} took names no host of its own. */
    private static boolean isRelative(String address) {
        return URI.create(address).getHost() == null;
    }

    private HttpResponse<InputStream> once(URI uri, String method, Map<String, String> headers) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(patience)
                .header("User-Agent", "jerboa");
        headers.forEach(request::header);
        if (isOwn(uri)) {
            token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private boolean isOwn(URI uri) {
        return endpoint.getScheme().equalsIgnoreCase(uri.getScheme())
                && endpoint.getHost().equalsIgnoreCase(uri.getHost())
                && endpoint.getPort() == uri.getPort();
    }

    private static boolean isRedirect(HttpResponse<?> response) {
        return switch (response.statusCode()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    private void requireOk(HttpResponse<?> response, ModelName name, String path) throws IOException {
        int status = response.statusCode();
        if (status < FIRST_ERROR) {
            return;
        }
        String what = path.isEmpty() ? "" : " (" + path + ")";
        switch (status) {
            case 401, 403 ->
                throw new HubException(
                        name + what + ": the hub refuses access (HTTP " + status + "): "
                                + (token.isPresent()
                                        ? "the token is not accepted for it, or its terms have to be accepted on the hub's page first"
                                        : "it does not exist, is private, or has terms to accept; set HF_TOKEN to a token of yours"));
            case 404 ->
                throw new NotThereException(name + what + ": the hub at " + endpoint + " has no such "
                        + (path.isEmpty() ? "repository or revision" : "file"));
            default -> throw RefusedException.of(response);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String encodedPath(String path) {
        StringBuilder encoded = new StringBuilder();
        for (String part : path.split("/")) {
            encoded.append(encoded.isEmpty() ? "" : "/").append(encoded(part));
        }
        return encoded.toString();
    }

    @Override
    public void close() {
        watch.close();
        client.shutdownNow();
    }
}
