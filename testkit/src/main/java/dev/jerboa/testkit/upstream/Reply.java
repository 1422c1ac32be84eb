package dev.jerboa.testkit.upstream;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** One reply of the stand-in. One thread. */
final class Reply {
    private static final byte[] CHUNK_END = "\r\n".getBytes(StandardCharsets.US_ASCII);

    private final MockUpstream.Incoming incoming;
    private final Script script;
    private final OutputStream out;
    private final long arrived = System.nanoTime();
    private long first;
    private long last;
    private boolean whole;

    Reply(MockUpstream.Incoming incoming, Script script, OutputStream out) {
        this.incoming = incoming;
        this.script = script;
        this.out = out;
    }

    Served served() {
        return new Served(incoming.path(), incoming.headers(), incoming.body(), script, whole, arrived, first, last);
    }

    /** Sends it; whether the connection can be used again. */
    boolean send() throws IOException, InterruptedException {
        stall(Script.Stall.BEFORE_HEAD);
        if (!script.body().isEmpty()) {
            String retry = script.retryAfter().isEmpty() ? "" : "Retry-After: " + script.retryAfter() + "\r\n";
            whole("application/json", retry, script.body());
            return true;
        }
        if (!script.body().isEmpty()) {
            whole(script.body().startsWith("{") ? "application/json" : "text/event-stream", "", script.body());
            return true;
        }
        Dialect dialect = Dialect.of(incoming.path());
        if (!incoming.stream()) {
            if (script.ending() == Script.Ending.CUT) {
                String body = dialect.whole(script);
                write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body.substring(0, body.length() / 2));
                return false;
            }
            stall(Script.Stall.BEFORE_FIRST);
            whole("application/json", "", dialect.whole(script));
            return true;
        }
        write("HTTP/1.1 200 OK\r\nContent-Type: " + dialect.contentType() + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        return stream(dialect);
    }

    private boolean stream(Dialect dialect) throws IOException, InterruptedException {
        boolean usageAsked = dialect != Dialect.CHAT || incoming.says("\"include_usage\"", "true");
        dialect.head(script).ifPresent(this::chunk);
        stall(Script.Stall.BEFORE_FIRST);
        for (int i = 0; i < script.chunks(); i++) {
            if (i == script.chunks() / 2) {
                stall(Script.Stall.MIDDLE);
                if (script.ending() == Script.Ending.CUT) {
                    return false;
                }
                if (script.ending() == Script.Ending.ERROR) {
                    chunk(dialect.error());
                    end();
                    return true;
                }
            }
            if (i > 0 && script.trickleMillis() > 0) {
                Thread.sleep(script.trickleMillis());
            }
            first = first == 0 ? System.nanoTime() : first;
            chunk(dialect.piece(script, i));
        }
        dialect.end(script, usageAsked).forEach(this::chunk);
        if (script.ending() == Script.Ending.OPEN) {
            whole = true;
            last = System.nanoTime();
            Thread.sleep(60_000);
        }
        end();
        whole = true;
        last = System.nanoTime();
        return true;
    }

    private void stall(Script.Stall where) throws InterruptedException {
        if (script.stall() == where) {
            Thread.sleep(script.stallMillis());
        }
    }

    private void whole(String type, String headers, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        first = System.nanoTime();
        write("HTTP/1.1 " + script.status() + " X\r\nContent-Type: " + type + "\r\n" + headers + "Content-Length: "
                + bytes.length + "\r\n\r\n" + body);
        whole = script.status() == 200;
        last = System.nanoTime();
    }

    private void chunk(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] head = (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[head.length + bytes.length + CHUNK_END.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        System.arraycopy(CHUNK_END, 0, all, head.length + bytes.length, CHUNK_END.length);
        try {
            out.write(all);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void end() throws IOException {
        write("0\r\n\r\n");
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
