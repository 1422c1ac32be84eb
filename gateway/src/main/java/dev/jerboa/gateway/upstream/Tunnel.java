package dev.jerboa.gateway.upstream;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A way through an HTTP proxy: CONNECT of RFC 9110, 9.3.6. What comes behind the proxy's answer is the other side's, so that not one byte more
 * is read.
 */
final class Tunnel {
    private static final int MOST_HEAD_BYTES = 16 << 10;
    private static final int SHOWN = 80;

    private Tunnel() {}

    /**
     * Opens a way.
     *
     * @param socket is connected to the proxy
     * @param authority host and port of the other side
     * @param authorization the value of {@code Proxy-Authorization}; empty for none
     * @param until when patience ends, as {@link System#nanoTime} has it
     */
    static void open(Socket socket, String authority, String authorization, long until) throws IOException {
        String head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n"
                + (authorization.isEmpty() ? "" : "Proxy-Authorization: " + authorization + "\r\n") + "\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        String answer = head(socket, until);
        String line = answer.substring(0, answer.indexOf('\n'));
        if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
            throw new ProtocolException("it does not answer as an HTTP proxy does");
        }
        int status = Integer.parseInt(line, 9, 12, 10);
        if (status / 100 != 2) {
            throw new IOException("it answered " + visible(line.substring(9))
                    + (status == 407 ? ": expected a user and a password that it takes, by the scheme Basic" : ""));
        }
        socket.setSoTimeout(0);
    }

    private static String head(Socket socket, long until) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.length() < 2 || head.charAt(head.length() - 1) != '\n' || head.charAt(head.length() - 2) != '\n') {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                throw new SocketTimeoutException("it did not answer in time");
            }
            socket.setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
            int next = read(in);
            if (next < 0) {
                throw new EOFException("it closed the connection without an answer");
            }
            if (next != '\r') {
                head.append((char) next);
            }
            if (head.length() > MOST_HEAD_BYTES) {
                throw new ProtocolException("its answer is longer than " + MOST_HEAD_BYTES + " bytes");
            }
        }
        return head.toString();
    }

    private static int read(InputStream in) throws IOException {
        try {
            return in.read();
        } catch (SocketTimeoutException e) {
            throw new SocketTimeoutException("it did not answer in time");
        }
    }

    private static String visible(String text) {
        return text.substring(0, Math.min(text.length(), SHOWN)).replaceAll("[^ -~]", "?");
    }
}
