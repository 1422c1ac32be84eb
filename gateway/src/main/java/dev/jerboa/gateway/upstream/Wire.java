package dev.jerboa.gateway.upstream;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * A connection of HTTP/1.1 to an endpoint, made for virtual threads: reads block, a reply is read in the pieces in which it comes, and
 * {@link #close} from any thread ends a read at once. It knows no time-outs: whoever is out of patience closes it ({@link UnderWay}). One
 * thread, but for that.
 *
 * <p>What an endpoint sends is not trusted: heads, trailers and lines of chunks are bounded, lengths are whole numbers said once, and a
 * reply that says its length in two ways is refused, so that no two readers can see it differently.
 */
final class Wire implements AutoCloseable {
    private static final int BUFFER_BYTES = 8 << 10;
    private static final int MOST_HEAD_BYTES = 64 << 10;
    private static final int MOST_PROVISIONAL = 16;
    private static final int MOST_LINE_BYTES = 1 << 10;
    /** A shorter body goes out with the head in one piece. */
    private static final int TOGETHER_BYTES = 32 << 10;

    /** A connection that the other side closes as the request is on its way ends within the time to there and back. */
    private static final long AT_ONCE_NANOS = 500_000_000;

    private static final long UNTIL_CLOSED = -1;
    private static final long CHUNKED = -2;

    private final Socket plain;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;

    /** What is left of the body, or of the chunk; {@link #UNTIL_CLOSED} where only the end of the connection ends it. */
    private long left;

    private boolean chunked;
    private boolean trailing;
    private boolean ended = true;
    private final StringBuilder lines = new StringBuilder();
    private boolean persistent;
    private boolean used;
    private long restingSince;
    private long sentAt;

    private Wire(Socket plain, Socket socket) throws IOException {
        this.plain = plain;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** Connects; certificates are held against the origin's host, also where a proxy is between. */
    static Wire connect(Origin origin, int timeoutMillis, SSLSocketFactory tls, Proxies proxies) throws IOException {
        // a channel's: what has once connected with a time-out would otherwise poll before each read for ever
        Socket plain = SocketChannel.open().socket();
        try {
            plain.setOption(StandardSocketOptions.TCP_NODELAY, true);
            proxies.connect(plain, origin, timeoutMillis);
            if (!origin.tls()) {
                return new Wire(plain, plain);
            }
            plain.setSoTimeout(timeoutMillis);
            SSLSocket secure = (SSLSocket) tls.createSocket(plain, origin.host(), origin.port(), true);
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secure.setSSLParameters(parameters);
            secure.startHandshake();
            plain.setSoTimeout(0);
            return new Wire(plain, secure);
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    /**
     * Sends a request.
     *
     * @throws StaleException where a connection that had been used before takes nothing any more
     */
    void send(byte[] head, byte[] body) throws IOException {
        try {
            write(head, body);
        } catch (IOException e) { // channels say so of a broken pipe
            throw used ? new StaleException() : e;
        }
    }

    private void write(byte[] head, byte[] body) throws IOException {
        if (body.length <= TOGETHER_BYTES) {
            byte[] all = new byte[head.length + body.length];
            System.arraycopy(head, 0, all, 0, head.length);
            System.arraycopy(body, 0, all, head.length, body.length);
            out.write(all);
        } else {
            out.write(head);
            out.write(body);
        }
        out.flush();
        sentAt = System.nanoTime();
    }

    /**
     * Reads the head of the reply; provisional ones are passed over.
     *
     * @throws StaleException where a connection that had been used before ended without a word and at once, so that the request was not
     *     read either
     */
    ReplyHead head() throws IOException {
        ended = false;
        ReplyHead head = parse(headLines());
        for (int i = 0; head.status() / 100 == 1; i++) {
            if (i == MOST_PROVISIONAL) {
                throw new ProtocolException("the reply has more than " + MOST_PROVISIONAL + " provisional heads");
            }
            head = parse(headLines());
        }
        used = true;
        frame(head);
        return head;
    }

    /** The other side had closed the connection while it rested. */
    static final class StaleException extends IOException {
        private static final long serialVersionUID = 1;
    }

    private String headLines() throws IOException {
        while (!isWholeHead()) {
            if (from == to) {
                fillHead();
            }
            while (from < to && !isWholeHead()) {
                char c = (char) (buffer[from++] & 0xff);
                if (c != '\r') {
                    lines.append(c);
                }
            }
            if (lines.length() > MOST_HEAD_BYTES) {
                throw new ProtocolException("the head of the reply is longer than " + MOST_HEAD_BYTES + " bytes");
            }
        }
        String head = lines.toString();
        lines.setLength(0);
        return head;
    }

    private boolean isWholeHead() {
        int end = lines.length();
        return end > 1 && lines.charAt(end - 1) == '\n' && lines.charAt(end - 2) == '\n';
    }

    private void fillHead() throws IOException {
        boolean first = used && lines.isEmpty();
        try {
            if (fill()) {
                return;
            }
        } catch (SocketException e) {
            throw first && isAtOnce() ? new StaleException() : e;
        }
        throw first && isAtOnce()
                ? new StaleException()
                : new EOFException("the connection ended within the head of the reply");
    }

    /** Whether the request has only just gone out: later, the other side may have read it and have been at work. */
    private boolean isAtOnce() {
        return System.nanoTime() - sentAt < AT_ONCE_NANOS;
    }

    private ReplyHead parse(String text) throws ProtocolException {
        int at = text.indexOf('\n');
        int status = status(text, at);
        Map<String, String> headers = new HashMap<>();
        for (int end = text.indexOf('\n', at + 1); end > at + 1; at = end, end = text.indexOf('\n', at + 1)) {
            int colon = text.indexOf(':', at + 1, end);
            if (colon <= at + 1 || text.charAt(at + 1) == ' ' || text.charAt(at + 1) == '\t') {
                throw new ProtocolException("a line in the head of the reply is not 'name: value'");
            }
            headers.merge(
                    text.substring(at + 1, colon).toLowerCase(Locale.ROOT),
                    text.substring(colon + 1, end).trim(),
                    (a, b) -> a + ", " + b);
        }
        return new ReplyHead(status, headers);
    }

    /** Reads {@code HTTP/1.x NNN} and a reason, if there is one. */
    private int status(String text, int end) throws ProtocolException {
        int space = text.indexOf(' ', 0, end);
        int after = space + 4;
        if (!text.startsWith("HTTP/1.")
                || space < 0
                || after > end
                || (after < end && text.charAt(after) != ' ')
                || text.charAt(space + 1) < '1'
                || text.charAt(space + 1) > '5'
                || !isDigits(text, space + 1, after, 10)) {
            throw new ProtocolException("the reply does not begin as HTTP/1.1 does");
        }
        persistent = text.startsWith("HTTP/1.1 ");
        return Integer.parseInt(text, space + 1, after, 10);
    }

    /** Whether there are digits of a base and nothing else: {@code parseInt} takes signs and digits of other scripts too. */
    private static boolean isDigits(String text, int from, int to, int base) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c > 'f' || Character.digit(c, base) < 0) {
                return false;
            }
        }
        return to > from;
    }

    private void frame(ReplyHead head) throws ProtocolException {
        String coding = head.header("transfer-encoding");
        String length = head.header("content-length");
        if (!coding.isEmpty() && !length.isEmpty()) {
            throw new ProtocolException("the reply says its length in two ways");
        }
        if (!coding.isEmpty() && !coding.equalsIgnoreCase("chunked")) {
            throw new ProtocolException("the reply has the transfer coding '" + coding + "': expected chunked");
        }
        persistent &= !head.has("connection", "close");
        chunked = !coding.isEmpty();
        trailing = false;
        ended = false;
        if (head.status() == 204 || head.status() == 304) {
            left = 0;
            ended = true;
        } else if (chunked) {
            left = CHUNKED;
        } else if (length.isEmpty()) {
            left = UNTIL_CLOSED;
            persistent = false;
        } else {
            if (length.length() > 18 || !isDigits(length, 0, length.length(), 10)) {
                throw new ProtocolException("the reply's length is '" + length + "'");
            }
            left = Long.parseLong(length);
            ended = left == 0;
        }
    }

    /** The length of the body, where the head says it; otherwise negative. */
    long length() {
        return chunked ? CHUNKED : left;
    }

    /**
     * Reads what there is of the body, waiting for at least one byte.
     *
     * @return how many bytes; −1 at the end
     */
    int read(byte[] into, int at, int most) throws IOException {
        if (ended) {
            return -1;
        }
        if (chunked && left <= 0) {
            nextChunk();
            if (ended) {
                return -1;
            }
        }
        if (from == to && !fill()) {
            if (left == UNTIL_CLOSED) {
                ended = true;
                return -1;
            }
            throw new EOFException("the connection ended within the reply");
        }
        int count = Math.min(most, to - from);
        if (left != UNTIL_CLOSED) {
            count = (int) Math.min(count, left);
            left -= count;
            ended = left == 0 && !chunked;
        }
        System.arraycopy(buffer, from, into, at, count);
        from += count;
        return count;
    }

    private void nextChunk() throws IOException {
        if (trailing) {
            trailers();
            return;
        }
        if (left == 0) {
            expectEmpty(line());
            left = CHUNKED;
        }
        String line = line();
        int extension = line.indexOf(';');
        String size = (extension < 0 ? line : line.substring(0, extension)).trim();
        if (size.length() > 15 || !isDigits(size, 0, size.length(), 16)) {
            throw new ProtocolException("a chunk of the reply has the size '" + size + "'");
        }
        left = Long.parseLong(size, 16);
        if (left == 0) {
            trailing = true;
            trailers();
        }
    }

    private void trailers() throws IOException {
        int bytes = 0;
        for (String trailer = line(); !trailer.isEmpty(); trailer = line()) {
            bytes += trailer.length();
            if (bytes > MOST_HEAD_BYTES) {
                throw new ProtocolException("the trailers of the reply are too long");
            }
        }
        ended = true;
    }

    private static void expectEmpty(String line) throws ProtocolException {
        if (!line.isEmpty()) {
            throw new ProtocolException("a chunk of the reply is longer than it says");
        }
    }

    private String line() throws IOException {
        int at = from;
        while (true) {
            for (; at < to; at++) {
                if (buffer[at] == '\n') {
                    int end = at > from && buffer[at - 1] == '\r' ? at - 1 : at;
                    String line = new String(buffer, from, end - from, StandardCharsets.ISO_8859_1);
                    from = at + 1;
                    return line;
                }
            }
            if (to - from > MOST_LINE_BYTES) {
                throw new ProtocolException("a line between chunks is longer than " + MOST_LINE_BYTES + " bytes");
            }
            int seen = at - from;
            if (!fill()) {
                throw new EOFException("the connection ended within the reply");
            }
            at = from + seen;
        }
    }

    /** Reads more behind what is there; false at the end. */
    private boolean fill() throws IOException {
        if (from == to) {
            from = 0;
            to = 0;
        } else if (from > 0 && to == buffer.length) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        int count = in.read(buffer, to, buffer.length - to);
        if (count > 0) {
            to += count;
        }
        return count > 0;
    }

    /** Whether the whole reply was read and another request can be sent. */
    boolean reusable() {
        return ended && persistent && from == to && used;
    }

    void rest() {
        restingSince = System.nanoTime();
    }

    long restedNanos() {
        return System.nanoTime() - restingSince;
    }

    /** Closes the connection without ceremony: whoever reads from it fails. */
    @Override
    public void close() {
        try {
            plain.close();
        } catch (IOException e) {
            // it is closed already
        }
    }
}
