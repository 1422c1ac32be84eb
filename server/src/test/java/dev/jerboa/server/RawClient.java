package dev.jerboa.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client that writes and reads bytes as it likes. */
final class RawClient implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)\r\n");

    private final Socket socket = new Socket();

    /** @param receiveBytes the socket's buffer; 0 for the usual one */
    RawClient(int port, int receiveBytes) throws IOException {
        if (receiveBytes > 0) {
            socket.setReceiveBufferSize(receiveBytes);
        }
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setSoTimeout(60_000);
    }

    /** A whole request. */
    static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The next answer's head. */
    String head() throws IOException {
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new AssertionError("the connection ended after: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** The next answer, of known length: head and body. */
    String answer() throws IOException {
        String head = head();
        Matcher length = LENGTH.matcher(head);
        if (!length.find()) {
            throw new AssertionError("no length: " + head);
        }
        return head
                + new String(
                        socket.getInputStream().readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.UTF_8);
    }

    /** All that comes until the connection ends. */
    String rest() throws IOException {
        StringBuilder text = new StringBuilder();
        byte[] some = new byte[8192];
        try {
            for (int count = 0; count >= 0; count = socket.getInputStream().read(some)) {
                text.append(new String(some, 0, count, StandardCharsets.UTF_8));
            }
        } catch (SocketException e) {
            text.append("(reset)");
        }
        return text.toString();
    }

    /** Goes without a word of goodbye: what is on the way is thrown away. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
