package dev.jerboa.bench.soak;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** A client's end of a connection, in HTTP/1.1 written out, so that it can also be written wrongly. One thread. */
final class Connection implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int LONGEST_LINE = 1 << 16;

    private final Socket socket;
    private final InputStream in;
    /** The most bytes that are read at a time, with a pause after each time; 0 for no bound. */
    private int sip;

    Connection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 4096);
    }

    /** Waits at most so long for each piece of an answer. */
    void patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /** Reads bodies by small sips from here on. */
    void readSlowly(int bytes) {
        sip = bytes;
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    void send(Question question) throws IOException {
        send(bytes(question));
    }

    static byte[] bytes(Question question) {
        byte[] body = question.body().getBytes(StandardCharsets.UTF_8);
        String head = question.method() + " " + question.path() + " HTTP/1.1\r\nHost: localhost\r\n"
                + (body.length == 0 ? "" : "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n")
                + "\r\n";
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[start.length + body.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(body, 0, all, start.length, body.length);
        return all;
    }

    Response receive() throws IOException {
        String status = line();
        if (!status.startsWith("HTTP/1.1 ")) {
            throw new IOException("expected a status line, found '" + status + "'");
        }
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            for (int size = chunk(); size > 0; size = chunk()) {
                read(size, body);
                line();
            }
            line();
        } else {
            read(Integer.parseInt(headers.getOrDefault("content-length", "0")), body);
        }
        return new Response(Integer.parseInt(status.substring(9, 12)), headers, body.toByteArray());
    }

    /** Reads so many bytes, whatever they are; fewer where nothing comes for a second, as after the end of an answer. */
    void readSome(int bytes) throws IOException {
        patience(1000);
        byte[] some = new byte[bytes];
        try {
            for (int count = 0, read = 0; count < bytes && read >= 0; count += read) {
                read = in.read(some, 0, bytes - count);
            }
        } catch (SocketTimeoutException e) {
            // that was all
        }
    }

    private int chunk() throws IOException {
        return Integer.parseInt(line().trim(), 16);
    }

    private void read(int count, ByteArrayOutputStream to) throws IOException {
        for (int left = count; left > 0; ) {
            byte[] some = in.readNBytes(sip == 0 ? left : Math.min(sip, left));
            if (some.length == 0) {
                throw new EOFException("the answer ends within its body");
            }
            to.writeBytes(some);
            left -= some.length;
            if (sip > 0) {
                pause(1 + ThreadLocalRandom.current().nextInt(3));
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException(
                        line.isEmpty() ? "the connection was closed" : "the answer ends with '" + line + "'");
            }
            if (line.length() == LONGEST_LINE) {
                throw new IOException("a line of the answer does not end");
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes without a farewell: what the peer still sends is answered by a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
