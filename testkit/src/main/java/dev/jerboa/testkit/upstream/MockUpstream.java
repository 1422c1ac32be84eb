package dev.jerboa.testkit.upstream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A provider on a real socket, which does what a test's function says of each request. Thread-safe. */
public final class MockUpstream implements AutoCloseable {
    private static final Pattern MODEL = Pattern.compile("\"model\"\\s*:\\s*\"([^\"]*)\"");

    /** A request as the stand-in got it. */
    public record Incoming(String path, Map<String, String> headers, String body) {
        /** The model that it asks for; empty where it does not say. */
        public String model() {
            Matcher matcher = MODEL.matcher(body);
            return matcher.find() ? matcher.group(1) : "";
        }

        /** Whether the reply is to come piece by piece. */
        public boolean stream() {
            return says("\"stream\"", "true") || (path.startsWith("/api/") && !says("\"stream\"", "false"));
        }

        /** Whether a field is somewhere in the body with a value, as texts. */
        boolean says(String field, String value) {
            int at = body.indexOf(field);
            while (at >= 0) {
                int from = at + field.length();
                while (from < body.length() && (body.charAt(from) == ' ' || body.charAt(from) == ':')) {
                    from++;
                }
                if (body.startsWith(value, from)) {
                    return true;
                }
                at = body.indexOf(field, from);
            }
            return false;
        }
    }

    private static final long PATIENCE_NANOS = 500_000_000;

    private final ServerSocket server;
    private final Thread accepting;
    private final Function<Incoming, Script> scripts;
    private final List<Served> served = new ArrayList<>();
    /** Requests that have not ended; guarded by {@link #served}. */
    private int underWay;

    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();

    /** Listens on a free port of this machine. */
    public MockUpstream(Function<Incoming, Script> scripts) {
        this.scripts = scripts;
        try {
            server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        accepting = Thread.ofVirtual().name("mock-upstream").start(this::accept);
    }

    /** Where it is. */
    public URI base() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /**
     * All requests that have ended so far, in the order of their ends. A client has its reply a moment before its request has ended here:
     * requests under way are waited for, for half a second at most.
     */
    public List<Served> served() {
        long end = System.nanoTime() + PATIENCE_NANOS;
        synchronized (served) {
            try {
                for (long left = PATIENCE_NANOS; underWay > 0 && left > 0; left = end - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(served, left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return List.copyOf(served);
        }
    }

    /** Forgets what was served. */
    public void forget() {
        synchronized (served) {
            served.clear();
        }
    }

    /** How many connections were made to it. */
    public int connections() {
        return connections.get();
    }

    /** Connections that are open now. */
    public int openConnections() {
        return open.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket socket) {
        open.add(socket);
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            while (one(in, out)) {
                // the next request of the connection
            }
        } catch (IOException | UncheckedIOException | InterruptedException e) {
            // the client is gone, which tests want to see
        } finally {
            open.remove(socket);
        }
    }

    private boolean one(InputStream in, OutputStream out) throws IOException, InterruptedException {
        String line = line(in);
        if (line.isEmpty()) {
            return false;
        }
        Map<String, String> headers = new HashMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).trim());
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        Incoming incoming = new Incoming(line.split(" ")[1], headers, new String(body, StandardCharsets.UTF_8));
        Reply reply = new Reply(incoming, scripts.apply(incoming), out);
        synchronized (served) {
            underWay++;
        }
        try {
            return reply.send();
        } finally {
            synchronized (served) {
                underWay--;
                served.add(reply.served());
                served.notifyAll();
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private void join() {
        try {
            accepting.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            join(); // until then the system takes connections, and ends them
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
