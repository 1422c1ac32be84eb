package dev.jerboa.gateway.ledger;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal from its oldest file to what is being written. Events wait in files and not in memory, so that a store that is away for
 * long takes no memory. One thread.
 */
final class JournalReader {
    /**
     * Some events, in the order in which they were recorded.
     *
     * @param frames how many frames of this process have been read with them
     * @param finished files that have nothing else
     */
    record Batch(List<UsageEvent> events, long frames, List<Segment> finished) {
        boolean isEmpty() {
            return events.isEmpty() && finished.isEmpty();
        }
    }

    private static final Logger LOG = System.getLogger(JournalReader.class.getName());
    private static final int CHUNK = 2 * EventCodec.MOST;

    private final Journal journal;
    private final byte[] chunk = new byte[CHUNK];
    private Segment segment;
    private @Nullable RandomAccessFile file;
    private long offset;
    private long frames;
    /** What earlier processes began and, so far, did not end. */
    private final Map<String, UsageEvent> begun = new LinkedHashMap<>();
    /** Files that have been read and still say what began and did not end: nothing else does, until that is an event of the store. */
    private final List<Segment> held = new ArrayList<>();

    JournalReader(Journal journal) {
        this.journal = journal;
        this.segment = journal.segments().getFirst();
    }

    /** Up to so many events; empty where nothing more is written yet. */
    Batch next(int most) throws IOException {
        List<UsageEvent> events = new ArrayList<>();
        List<Segment> finished = new ArrayList<>();
        while (events.size() < most) {
            boolean active = journal.isActive(segment);
            if (offset < segment.size()) {
                read(most, events);
            } else if (active) {
                break;
            } else {
                held.add(segment);
                goOn(events);
                if (begun.isEmpty()) {
                    finished.addAll(held);
                    held.clear();
                }
            }
        }
        return new Batch(events, frames, finished);
    }

    private void goOn(List<UsageEvent> events) throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
        List<Segment> all = journal.segments();
        segment = all.get(all.indexOf(segment) + 1);
        offset = 0;
        if (segment.own && !begun.isEmpty()) {
            LOG.log(
                    Level.INFO,
                    "{0} requests had begun and not ended when the last process of this node ended",
                    begun.size());
            events.addAll(begun.values());
            begun.clear();
        }
    }

    private void read(int most, List<UsageEvent> events) throws IOException {
        RandomAccessFile in = file;
        if (in == null) {
            in = new RandomAccessFile(segment.path.toFile(), "r");
            file = in;
        }
        in.seek(offset);
        int length = (int) Math.min(CHUNK, segment.size() - offset);
        in.readFully(chunk, 0, length);
        int at = 0;
        if (offset == 0) {
            if (length < Segment.MAGIC.length
                    || !Arrays.equals(chunk, 0, Segment.MAGIC.length, Segment.MAGIC, 0, Segment.MAGIC.length)) {
                cut("it does not begin like a journal");
                return;
            }
            at = Segment.MAGIC.length;
        }
        boolean last = offset + length == segment.size();
        while (at < length && events.size() < most) {
            int taken = frame(at, length, last, events);
            if (taken < 0) { // the file has no more; or the frame's end is in the next piece
                if (taken == CUT) {
                    return;
                }
                break;
            }
            at += taken;
        }
        offset += at;
    }

    private static final int CUT = -1;
    private static final int MORE = -2;

    /** Takes the frame that begins at a place of the piece; its length, or why there is none. */
    private int frame(int at, int end, boolean last, List<UsageEvent> events) throws IOException {
        int left = end - at - EventCodec.HEAD;
        ByteBuffer head = ByteBuffer.wrap(chunk, at, end - at);
        int length = left < 0 ? 0 : head.getInt();
        String wrong;
        if (length == 0 && (left >= 0 || last) && offset + at >= written()) {
            offset = segment.size();
            return CUT; // the room that was kept for more
        }
        if (left >= 0 && (length <= 0 || length > EventCodec.MOST)) {
            wrong = "a frame of " + length + " bytes";
        } else if (left < 0 || left < length) {
            if (!last) {
                return MORE;
            }
            wrong = "a frame without its end";
        } else if (head.getInt() != EventCodec.checksum(chunk, at + EventCodec.HEAD, length)) {
            wrong = "a frame whose check sum is another";
        } else {
            wrong = take(at + EventCodec.HEAD, length, events);
        }
        if (!wrong.isEmpty()) {
            offset += at;
            cut(wrong);
            return CUT;
        }
        return EventCodec.HEAD + length;
    }

    /** Takes what is in a frame; what is wrong with it, or nothing. */
    private String take(int at, int length, List<UsageEvent> events) {
        EventCodec.Frame frame;
        try {
            frame = EventCodec.decode(chunk, at, length);
        } catch (IllegalArgumentException | ArithmeticException e) {
            return "a frame of another kind: " + e.getMessage();
        }
        if (segment.own) {
            frames++;
        }
        if (frame.kind() == EventCodec.Kind.RECORD) {
            begun.remove(frame.event().id());
            events.add(frame.event());
        } else if (!segment.own) {
            begun.put(frame.event().id(), frame.event());
        }
        return "";
    }

    /** Where the zeros begin that a file of a killed process ends with; a frame may end with zeros too. */
    private long written() throws IOException {
        RandomAccessFile in = Objects.requireNonNull(file);
        byte[] piece = new byte[CHUNK];
        long end = segment.size();
        while (end > 0) {
            int length = (int) Math.min(piece.length, end);
            in.seek(end - length);
            in.readFully(piece, 0, length);
            for (int i = length; i > 0; i--) {
                if (piece[i - 1] != 0) {
                    return end - length + i;
                }
            }
            end -= length;
        }
        return 0;
    }

    /** Leaves the rest of a file: the end of what was being written when the process ended; where it is more, a copy is kept. */
    private void cut(String why) throws IOException {
        long rest = Math.max(0, written() - offset);
        boolean torn = rest <= EventCodec.MOST + EventCodec.HEAD;
        String kept = "";
        if (!torn) {
            Path copy = segment.path.resolveSibling(segment.path.getFileName() + ".cut");
            Files.copy(segment.path, copy, StandardCopyOption.REPLACE_EXISTING);
            kept = "; the file is kept as " + copy.getFileName();
        }
        LOG.log(
                torn ? Level.INFO : Level.ERROR,
                "{0}: cut at byte {1}: {2}; {3} bytes are left out{4}",
                segment.path,
                offset,
                why,
                rest,
                kept);
        offset = segment.size();
    }
}
