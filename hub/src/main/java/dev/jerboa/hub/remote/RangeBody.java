package dev.jerboa.hub.remote;

import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes {@code from} to {@code to} − 1 of a file, as they come.
 *
 * @param whole whether the server ignored the range and sends the file from its beginning
 */
public record RangeBody(InputStream stream, long from, long to, boolean whole) implements AutoCloseable {
    @Override
    public void close() throws IOException {
        stream.close();
    }
}
