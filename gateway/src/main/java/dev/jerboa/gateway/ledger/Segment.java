package dev.jerboa.gateway.ledger;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One file of a journal. It is written through memory ({@link SegmentWindow}), or through a {@link RandomAccessFile} where that cannot be,
 * and not through a channel: a channel is closed for everybody when a thread that writes is interrupted, as threads of requests are.
 * Behind its last frame are zeros while it is written, and after a process was killed.
 */
final class Segment {
    /** The head of every file. */
    static final byte[] MAGIC = {'J', 'B', 'L', 'E', 'D', 'G', '0', '1'};

    final Path path;
    /** Whether this process writes it, or wrote it. */
    final boolean own;

    private final RandomAccessFile file;
    private final @Nullable SegmentWindow window;
    private final long createdNanos = System.nanoTime();
    private volatile long size;
    private boolean closed;
    /** Begun requests whose {@link Ledger#begin} is here and that have not ended; guarded by the journal's lock. */
    int open;

    private Segment(Path path, boolean own, RandomAccessFile file, @Nullable SegmentWindow window, long size) {
        this.path = path;
        this.own = own;
        this.file = file;
        this.window = window;
        this.size = size;
    }

    /** @param mapped whether it is written through memory */
    static Segment create(Path path, boolean mapped) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        file.write(MAGIC);
        return new Segment(path, true, file, mapped ? new SegmentWindow(path, file) : null, MAGIC.length);
    }

    /** A file that an earlier process left; it may have zeros behind its last frame. */
    static Segment old(Path path) throws IOException {
        return new Segment(path, false, new RandomAccessFile(path.toFile(), "r"), null, Files.size(path));
    }

    /** Up to where it is whole. */
    long size() {
        return size;
    }

    /** How long ago it was made or opened. */
    long ageNanos() {
        return System.nanoTime() - createdNanos;
    }

    /** Adds a frame, or nothing: what was written of it when it failed is cut off. */
    void append(byte[] frame) throws IOException {
        if (window != null) {
            window.put(size, frame);
        } else {
            try {
                file.write(frame);
            } catch (IOException e) {
                file.setLength(size);
                file.seek(size);
                throw e;
            }
        }
        size += frame.length;
    }

    /** Waits for the disk; does nothing where it is closed, which it is after its last wait. */
    void sync() throws IOException {
        try {
            file.getFD().sync();
        } catch (IOException e) {
            synchronized (this) {
                if (!closed) {
                    throw e;
                }
            }
        }
    }

    /** Nothing is added any more. */
    synchronized void close() throws IOException {
        if (!closed && window != null) {
            window.end(size);
        }
        closed = true;
        file.close();
    }
}
