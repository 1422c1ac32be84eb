package dev.jerboa.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.SocketWriterException;
import java.io.UncheckedIOException;

/**
 * Writes to a client in pieces, each of which has to be taken in time: {@link StalledWrites} closes the connection otherwise, and the
 * write fails. One thread, but for {@link #since} and {@link #giveUp}.
 */
final class TimedWriter implements DataWriter {
    /** The step in which progress is seen. */
    private static final int PIECE_BYTES = 16 << 10;

    private final DataWriter writer;
    private final HelidonSocket socket;
    private final StalledWrites stalled;
    private volatile long since;

    TimedWriter(DataWriter writer, HelidonSocket socket, StalledWrites stalled) {
        this.writer = writer;
        this.socket = socket;
        this.stalled = stalled;
    }

    /** When the running write began, as {@link System#nanoTime} tells. */
    long since() {
        return since;
    }

    /** Closes the connection; a write that waits fails. */
    void giveUp() {
        try {
            socket.close();
        } catch (UncheckedIOException e) {
            // it is closed already
        }
    }

    @Override
    public void write(BufferData... buffers) {
        for (BufferData buffer : buffers) {
            writeNow(buffer);
        }
    }

    @Override
    public void write(BufferData buffer) {
        writeNow(buffer);
    }

    @Override
    public void writeNow(BufferData... buffers) {
        write(buffers);
    }

    @Override
    public void writeNow(BufferData buffer) {
        if (buffer.available() <= PIECE_BYTES) {
            piece(buffer);
            return;
        }
        while (!buffer.consumed()) {
            byte[] bytes = new byte[Math.min(PIECE_BYTES, buffer.available())];
            piece(BufferData.create(bytes, 0, buffer.read(bytes, 0, bytes.length)));
        }
    }

    private void piece(BufferData piece) {
        since = System.nanoTime();
        stalled.begin(this);
        try {
            writer.writeNow(piece);
        } catch (SocketWriterException | UncheckedIOException e) {
            throw new ClientGoneException(e);
        } finally {
            stalled.end(this);
        }
    }

    @Override
    public void flush() {
        writer.flush();
    }

    @Override
    public void close() {
        writer.close();
    }
}
