package dev.jerboa.hub.transfer;

import dev.jerboa.hub.HubException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file of which parts have come, and which: the bytes in one file, and beside it a journal of pairs (from, to), 16 bytes each,
 * big-endian, appended after the bytes were written. What was written but not yet in the journal when the process was killed is fetched
 * again. Safe for several threads.
 */
final class Received implements AutoCloseable {
    private static final int RECORD_BYTES = 2 * Long.BYTES;

    private final Path data;
    private final Path journal;
    private final long bytes;
    private final FileChannel dataChannel;
    private final FileChannel journalChannel;
    /** Stretches that are there, from → to, neither touching nor overlapping. */
    private final TreeMap<Long, Long> there = new TreeMap<>();

    private long count;

    private Received(Path data, Path journal, long bytes, FileChannel dataChannel, FileChannel journalChannel) {
        this.data = data;
        this.journal = journal;
        this.bytes = bytes;
        this.dataChannel = dataChannel;
        this.journalChannel = journalChannel;
    }

    /** Opens what has come of a file of {@code bytes} bytes; the journal lies beside {@code data}. */
    static Received open(Path data, long bytes) throws IOException {
        Path journal = data.resolveSibling(data.getFileName() + ".journal");
        boolean both = Files.isRegularFile(data) && Files.isRegularFile(journal);
        if (!both) {
            Files.deleteIfExists(data);
            Files.deleteIfExists(journal);
        }
        FileChannel channel =
                FileChannel.open(data, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileChannel log = FileChannel.open(
                    journal, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Received received = new Received(data, journal, bytes, channel, log);
            try {
                received.read();
            } catch (IOException | RuntimeException e) {
                log.close();
                throw e;
            }
            return received;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void read() throws IOException {
        long records = journalChannel.size() / RECORD_BYTES;
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(records * RECORD_BYTES));
        while (all.hasRemaining() && journalChannel.read(all, all.position()) > 0) {
            // until all is read
        }
        all.flip();
        long length = dataChannel.size();
        while (all.remaining() >= RECORD_BYTES) {
            long from = all.getLong();
            long to = all.getLong();
            if (from < 0 || to <= from || to > bytes || to > length) {
                forget();
                return;
            }
            put(from, to);
        }
        journalChannel.position(records * RECORD_BYTES);
        journalChannel.truncate(records * RECORD_BYTES);
    }

    private void put(long from, long to) {
        long start = from;
        long end = to;
        Map.Entry<Long, Long> before = there.floorEntry(from);
        if (before != null && before.getValue() >= from) {
            start = before.getKey();
        } else {
            before = there.ceilingEntry(from);
        }
        while (before != null && before.getKey() <= end) {
            end = Math.max(end, before.getValue());
            count -= before.getValue() - before.getKey();
            there.remove(before.getKey());
            before = there.ceilingEntry(start);
        }
        there.put(start, end);
        count += end - start;
    }

    /** Bytes that are there. */
    synchronized long count() {
        return count;
    }

    synchronized boolean whole() {
        return count == bytes;
    }

    /** The first byte from {@code from} on that is not there, at most {@code to}. */
    synchronized long firstMissing(long from, long to) {
        Map.Entry<Long, Long> at = there.floorEntry(from);
        return at != null && at.getValue() > from ? Math.min(at.getValue(), to) : from;
    }

    /** Where what is missing from {@code from} on ends, at most {@code to}. */
    synchronized long endOfMissing(long from, long to) {
        Long next = there.ceilingKey(from);
        return next == null ? to : Math.min(next, to);
    }

    /** Stretches {from, to} that are missing, in pieces of at most {@code most} bytes. */
    synchronized List<long[]> missing(long most) {
        List<long[]> pieces = new ArrayList<>();
        long at = firstMissing(0, bytes);
        while (at < bytes) {
            long end = Math.min(endOfMissing(at, bytes), at + most);
            pieces.add(new long[] {at, end});
            at = firstMissing(end, bytes);
        }
        return pieces;
    }

    /** Writes bytes, which count only when {@link #confirm} has said so. */
    void write(byte[] from, int offset, int length, long at) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(from, offset, length);
        long to = at;
        while (buffer.hasRemaining()) {
            to += dataChannel.write(buffer, to);
        }
    }

    /**
     * The bytes from {@code from} to {@code to} − 1 have been written.
     *
     * @return how many of them were not there before
     */
    synchronized long confirm(long from, long to) throws IOException {
        if (to <= from) {
            return 0;
        }
        ByteBuffer record =
                ByteBuffer.allocate(RECORD_BYTES).putLong(from).putLong(to).flip();
        while (record.hasRemaining()) {
            journalChannel.write(record);
        }
        long before = count;
        put(from, to);
        return count - before;
    }

    /** Throws away what has come. */
    synchronized void forget() throws IOException {
        there.clear();
        count = 0;
        journalChannel.truncate(0);
        journalChannel.position(0);
        dataChannel.truncate(0);
    }

    /** Makes what has come the file {@code target}, and forgets the journal. All has come and was found right. */
    void become(Path target) throws IOException {
        if (!whole()) {
            throw new HubException(data + " is not whole");
        }
        dataChannel.truncate(bytes);
        dataChannel.force(true);
        close();
        Files.move(data, target, StandardCopyOption.ATOMIC_MOVE);
        Files.deleteIfExists(journal);
    }

    @Override
    public void close() throws IOException {
        try (dataChannel) {
            journalChannel.close();
        }
    }
}
