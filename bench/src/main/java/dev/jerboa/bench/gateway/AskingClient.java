package dev.jerboa.bench.gateway;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A connection of a client, as little work as can be. One thread. */
final class AskingClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final byte[] buffer = new byte[16 << 10];
    private int from;
    private int to;

    /** @param firstNanos when the first byte of the body had come; {@code lastNanos} when the last had */
    record Answer(int status, long sentNanos, long firstNanos, long lastNanos) {}

    AskingClient(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
    }

    static byte[] request(String key, String body) {
        return ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                        + key + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    Answer ask(byte[] request) throws IOException {
        long sent = System.nanoTime();
        socket.getOutputStream().write(request);
        String head = head();
        int status = Integer.parseInt(head.substring(9, 12));
        String lower = head.toLowerCase(Locale.ROOT);
        int length = lower.indexOf("content-length:");
        need();
        long first = System.nanoTime();
        if (length >= 0) {
            int end = lower.indexOf('\r', length);
            skip(Integer.parseInt(lower.substring(length + 15, end).trim()));
        } else {
            chunks();
        }
        return new Answer(status, sent, first, System.nanoTime());
    }

    private String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            need();
            head.append((char) buffer[from++]);
        }
        return head.toString();
    }

    private void chunks() throws IOException {
        int size;
        do {
            StringBuilder line = new StringBuilder();
            while (line.indexOf("\r\n") < 0) {
                need();
                line.append((char) buffer[from++]);
            }
            size = Integer.parseInt(line.substring(0, line.length() - 2), 16);
            skip(size + 2);
        } while (size > 0);
    }

    private void skip(int bytes) throws IOException {
        int left = bytes;
        while (left > 0) {
            need();
            int part = Math.min(left, to - from);
            from += part;
            left -= part;
        }
    }

    private void need() throws IOException {
        if (from == to) {
            from = 0;
            to = in.read(buffer);
            if (to < 0) {
                throw new EOFException("the gateway closed the connection");
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
