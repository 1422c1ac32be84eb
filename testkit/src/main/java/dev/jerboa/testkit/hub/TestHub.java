package dev.jerboa.testkit.hub;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A hub on a loopback socket with one repository, {@code org/model}, and manners that a test chooses: written by hand so that it can break
 * the rules of HTTP too. Large files (*.gguf, *.safetensors) are redirected to a second port, as hubs do.
 */
public final class TestHub implements AutoCloseable {
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final ServerSocket hub;
    private final ServerSocket store;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    public final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
    public final ConcurrentLinkedQueue<String> storeAuthorizations = new ConcurrentLinkedQueue<>();
    public final Map<String, AtomicLong> sent = new ConcurrentHashMap<>();

    /** Connections to the store that end after {@link #dropAfter} bytes of a body. */
    public final AtomicInteger drops = new AtomicInteger();

    /** Answers to ranges that are the whole file. */
    public volatile boolean ignoresRanges;

    /** Bodies with one wrong byte. */
    public final AtomicInteger corruptions = new AtomicInteger();

    /** Requests to the store that are refused with this status before others are served. */
    public final AtomicInteger refusals = new AtomicInteger();

    public volatile int refusal = 503;
    public volatile int dropAfter = 100_000;
    public volatile long announcedMore;
    public volatile boolean silent;

    /** Sends half of the list of files, and then nothing. */
    public volatile boolean silentList;

    /** Where large files are said to be, instead of the store. */
    public volatile Optional<String> elsewhere = Optional.empty();

    /** Knows no revisions but the head, and tells hashes in its list only, as simple mirrors do. */
    public volatile boolean simple;

    public volatile long pausePerBufferNanos;
    public volatile Optional<String> needsToken = Optional.empty();

    public TestHub() {
        try {
            InetAddress loopback = InetAddress.getLoopbackAddress();
            hub = new ServerSocket(0, 64, loopback);
            store = new ServerSocket(0, 64, loopback);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        serve(hub, true);
        serve(store, false);
    }

    public String address() {
        return "http://" + hub.getInetAddress().getHostAddress() + ":" + hub.getLocalPort();
    }

    public TestHub with(String path, byte[] bytes) {
        files.put(path, bytes);
        return this;
    }

    public long sent(String path) {
        AtomicLong bytes = sent.get(path);
        return bytes == null ? 0 : bytes.get();
    }

    private void serve(ServerSocket socket, boolean isHub) {
        Thread.ofVirtual().start(() -> {
            while (!socket.isClosed()) {
                try {
                    Socket client = socket.accept();
                    client.setSendBufferSize(64 << 10);
                    Thread.ofVirtual().start(() -> talk(client, isHub));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private void talk(Socket client, boolean isHub) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = client.getOutputStream();
            while (true) {
                List<String> head = head(in);
                if (head.isEmpty()) {
                    return;
                }
                requests.add((isHub ? "hub " : "store ") + head.getFirst());
                Map<String, String> headers = new LinkedHashMap<>();
                for (String line : head.subList(1, head.size())) {
                    int colon = line.indexOf(':');
                    headers.put(
                            line.substring(0, colon).toLowerCase(Locale.ROOT),
                            line.substring(colon + 1).strip());
                }
                String[] words = head.getFirst().split(" ");
                boolean goesOn = isHub ? hub(words[0], words[1], headers, out) : store(words[1], headers, out);
                out.flush();
                if (!goesOn) {
                    return;
                }
            }
        } catch (IOException e) {
            // the client is gone
        }
    }

    private static List<String> head(InputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c >= 0; c = in.read()) {
            if (c == '\n') {
                String text = line.toString(StandardCharsets.ISO_8859_1).strip();
                line.reset();
                if (text.isEmpty()) {
                    return lines;
                }
                lines.add(text);
            } else {
                line.write(c);
            }
        }
        return List.of();
    }

    private boolean hub(String method, String path, Map<String, String> headers, OutputStream out) throws IOException {
        if (needsToken.isPresent() && !("Bearer " + needsToken.get()).equals(headers.get("authorization"))) {
            return answer(out, 401, "", "no");
        }
        if (simple && path.startsWith("/api/models/org/model/revision/")) {
            return answer(out, 404, "", "no revisions");
        }
        if (path.startsWith("/api/models/org/model?")
                || path.startsWith("/api/models/org/model/revision/main")
                || path.startsWith("/api/models/org/model/revision/" + COMMIT)) {
            StringBuilder list = new StringBuilder("{\"sha\": \"" + COMMIT + "\", \"siblings\": [");
            String comma = "";
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                list.append(comma)
                        .append("{\"rfilename\": \"")
                        .append(file.getKey())
                        .append("\", \"size\": ")
                        .append(file.getValue().length);
                if (simple) {
                    list.append(", \"blobId\": \"")
                            .append(gitHash(file.getValue()))
                            .append("\", \"lfs\": {\"sha256\": \"")
                            .append(sha256(file.getValue()))
                            .append("\"}");
                }
                list.append('}');
                comma = ", ";
            }
            list.append("]}");
            if (silentList) {
                out.write(("HTTP/1.1 200 x\r\nContent-Length: " + 2 * list.length() + "\r\n\r\n" + list)
                        .getBytes(StandardCharsets.ISO_8859_1));
                out.flush();
                LockSupport.parkNanos(Long.MAX_VALUE);
            }
            return answer(out, 200, "", list.toString());
        }
        String prefix = "/org/model/resolve/" + COMMIT + "/";
        if (path.startsWith("/old/")) { // as a renamed repository: a relative redirect
            return answer(out, 307, "Location: " + path.substring(4) + "\r\n", "");
        }
        byte[] bytes = path.startsWith(prefix) ? files.get(path.substring(prefix.length())) : null;
        if (bytes == null) {
            return answer(out, 404, "", "no such file");
        }
        String name = path.substring(prefix.length());
        boolean large = !simple && (name.endsWith(".gguf") || name.endsWith(".safetensors"));
        String what = simple
                ? "ETag: \"1-2-3\"\r\n"
                : "X-Repo-Commit: " + COMMIT + "\r\nX-Linked-Size: " + (bytes.length + announcedMore) + "\r\n"
                        + (large
                                ? "X-Linked-ETag: \"" + sha256(bytes) + "\"\r\nETag: \"xet\"\r\n"
                                : "ETag: W/\"" + gitHash(bytes) + "\"\r\n");
        if (large) {
            String to = elsewhere.orElse("http://localhost:" + store.getLocalPort() + "/" + name);
            return answer(out, 302, what + "Location: " + to + "\r\n", "");
        }
        if (method.equals("HEAD")) {
            out.write(("HTTP/1.1 200 OK\r\n" + what + "Content-Length: " + bytes.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            return true;
        }
        return body(name, bytes, headers, out);
    }

    private boolean store(String path, Map<String, String> headers, OutputStream out) throws IOException {
        if (headers.containsKey("authorization")) {
            storeAuthorizations.add(headers.get("authorization"));
        }
        if (refusals.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            return answer(out, refusal, "Retry-After: 0\r\n", "not now");
        }
        byte[] bytes = files.get(path.substring(1));
        return bytes == null ? answer(out, 404, "", "") : body(path.substring(1), bytes, headers, out);
    }

    private boolean body(String name, byte[] bytes, Map<String, String> headers, OutputStream out) throws IOException {
        String range = headers.get("range");
        int from = 0;
        int to = bytes.length;
        if (range != null && !ignoresRanges) {
            String[] ends = range.substring("bytes=".length()).split("-");
            from = Integer.parseInt(ends[0]);
            to = Math.min(to, Integer.parseInt(ends[1]) + 1);
            if (from >= bytes.length) {
                return answer(out, 416, "", "");
            }
            out.write(("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + from + "-" + (to - 1) + "/"
                            + (bytes.length + announcedMore) + "\r\nContent-Length: " + (to - from) + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
        } else {
            out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + (bytes.length + announcedMore) + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
        }
        byte[] served = Arrays.copyOfRange(bytes, from, to);
        if (served.length > 0 && corruptions.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            served[served.length / 2] ^= 1;
        }
        boolean drop = served.length > dropAfter && drops.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
        int end = drop ? dropAfter : served.length;
        for (int at = 0; at < end; ) {
            int n = Math.min(16 << 10, end - at);
            out.write(served, at, n);
            out.flush();
            sent.computeIfAbsent(name, any -> new AtomicLong()).addAndGet(n);
            at += n;
            if (pausePerBufferNanos > 0) {
                LockSupport.parkNanos(pausePerBufferNanos);
            }
            if (silent) {
                LockSupport.parkNanos(Long.MAX_VALUE);
            }
        }
        return !drop;
    }

    private static boolean answer(OutputStream out, int status, String headers, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        out.write(("HTTP/1.1 " + status + " x\r\n" + headers + "Content-Length: " + bytes.length + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        out.write(bytes);
        return true;
    }

    public static String sha256(byte[] bytes) {
        return hash("SHA-256", bytes);
    }

    public static String gitHash(byte[] bytes) {
        byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + bytes.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        return hash("SHA-1", all);
    }

    private static String hash(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try (hub) {
            store.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
