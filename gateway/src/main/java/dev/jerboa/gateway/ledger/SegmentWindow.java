package dev.jerboa.gateway.ledger;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The stretch of a file that is added to next, in memory: what is put there is the file's at once, for every process and after the end of
 * this one, without a call of the system for each frame. Its room is taken on the disk before it is mapped, as zeros: a disk that is full
 * says so when a stretch is begun, and not by a fault in memory. Whoever adds to the file takes turns.
 */
final class SegmentWindow {
    private static final int BYTES = 256 << 10;
    private static final byte[] ZEROS = new byte[64 << 10];

    private final Path path;
    private final RandomAccessFile file;
    private @Nullable MemorySegment mapped;
    private @Nullable Arena arena;
    private long from;

    SegmentWindow(Path path, RandomAccessFile file) {
        this.path = path;
        this.file = file;
    }

    /**
     * Puts bytes at a place, behind all that were put before.
     *
     * @throws IOException where the disk has no room, or fails; the file then ends at that place
     */
    void put(long at, byte[] bytes) throws IOException {
        try {
            MemorySegment stretch = mapped;
            if (stretch == null || at + bytes.length > from + stretch.byteSize()) {
                stretch = next(at, Math.max(bytes.length, BYTES));
            }
            MemorySegment.copy(bytes, 0, stretch, ValueLayout.JAVA_BYTE, at - from, bytes.length);
            for (int i = 0; i < Math.min(EventCodec.HEAD, bytes.length); i++) {
                if (stretch.get(ValueLayout.JAVA_BYTE, at - from + i) != bytes[i]) {
                    // a fault, of which the JVM tells in its own words a moment later
                    throw new IOException("what was written is not there");
                }
            }
        } catch (IOException e) {
            end(at);
            throw e;
        } catch (InternalError e) { // how the JVM tells of a fault in mapped memory
            end(at);
            throw new IOException("the disk failed: " + e.getMessage(), e);
        }
    }

    private MemorySegment next(long at, int length) throws IOException {
        file.seek(at);
        for (int left = length; left > 0; left -= ZEROS.length) {
            file.write(ZEROS, 0, Math.min(left, ZEROS.length));
        }
        unmap();
        Arena next = Arena.ofShared();
        arena = next;
        MemorySegment stretch = map(at, length, next);
        from = at;
        mapped = stretch;
        return stretch;
    }

    /** Not left to the collector: what is mapped keeps its room on the disk, also of a file that was deleted. */
    private void unmap() {
        mapped = null;
        Arena last = arena;
        if (last != null) {
            arena = null;
            last.close();
        }
    }

    /** A thread that is interrupted, as those of requests are, closes the channel that it uses: so this has one for itself. */
    private MemorySegment map(long at, long length, Arena owner) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    return channel.map(FileChannel.MapMode.READ_WRITE, at, length, owner);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Cuts the file off behind what was put: nothing may be put into memory that lies behind its end. */
    void end(long at) throws IOException {
        unmap();
        file.setLength(at);
        file.seek(at);
    }
}
