package dev.jerboa.server.recorded;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Bytes to a server, and its answer by the rules of HTTP/1.1: a length or chunks, to the last byte. */
final class Wire {
    private static final int PATIENCE_MILLIS = 60_000;

    private Wire() {}

    static WireAnswer send(int port, byte[] request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            return answer(new BufferedInputStream(socket.getInputStream()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static WireAnswer answer(InputStream in) throws IOException {
        String status = line(in);
        if (!status.startsWith("HTTP/1.1 ")) {
            throw new AssertionError("expected a status line, found '" + status + "'");
        }
        List<String> headers = new ArrayList<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            headers.add(line);
        }
        WireAnswer head = new WireAnswer(Integer.parseInt(status.substring(9, 12)), headers, "");
        List<String> chunked = head.headers("transfer-encoding");
        List<String> length = head.headers("content-length");
        if (chunked.size() + length.size() != 1) {
            throw new AssertionError("expected either a length or chunks, found " + headers);
        }
        byte[] body = length.isEmpty() ? chunks(in) : in.readNBytes(Integer.parseInt(length.getFirst()));
        if (!length.isEmpty() && body.length != Integer.parseInt(length.getFirst())) {
            throw new EOFException("the body ends after " + body.length + " bytes of " + length);
        }
        return new WireAnswer(head.status(), headers, text(body));
    }

    private static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line(in), 16);
            all.write(in.readNBytes(size));
            String end = line(in);
            if (!end.isEmpty()) {
                throw new AssertionError("expected the end of a chunk of " + size + " bytes, found '" + end + "'");
            }
            if (size == 0) {
                return all.toByteArray();
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the answer ends after '" + line + "'");
            }
            line.append((char) b);
        }
        if (in.read() != '\n') {
            throw new AssertionError("a carriage return without a line feed after '" + line + "'");
        }
        return line.toString();
    }

    private static String text(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    /**
     * What came back.
     *
     * @param lines the headers as they came
     */
    record WireAnswer(int status, List<String> lines, String body) {
        WireAnswer {
            lines = List.copyOf(lines);
        }

        /** Values of a header, whose name is given in lower case. */
        List<String> headers(String name) {
            return lines.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .toList();
        }
    }
}
