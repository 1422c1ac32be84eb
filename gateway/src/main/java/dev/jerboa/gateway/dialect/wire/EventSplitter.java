package dev.jerboa.gateway.dialect.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts server-sent events, or lines of JSON, out of bytes, however these are split. Lines of events end with LF, CR LF or CR alone, as the
 * WHATWG's rules of event streams have it, lines of JSON with LF or CR LF. What is not complete is kept, up to a limit. One thread.
 */
public final class EventSplitter {
    /** What becomes of events. The bytes are good until it returns. */
    public interface Events {
        /**
         * An event.
         *
         * @param raw holds the event as it came, from {@code from} to {@code to}, with the line that ends it
         * @param data holds its data, from {@code dataFrom} to {@code dataTo}; empty for comments and the like
         */
        void event(byte[] raw, int from, int to, byte[] data, int dataFrom, int dataTo);

        /** Bytes of an event that is longer than the limit: it is not looked at. */
        void unread(byte[] raw, int from, int to);
    }

    private static final int FIRST = 4096;

    private final boolean lines;
    private final int mostBytes;
    private final Events events;
    private byte[] pending = {}; // many a splitter is never given anything: a whole reply's
    private int size;
    /** Where the line begins that is being read. */
    private int line;
    /** Up to where line ends have been looked for. */
    private int looked;
    /** The data of the event so far: where it is in what is pending, or a copy of several lines. */
    private int dataFrom;

    private int dataTo;
    private byte @Nullable [] joined;
    private int joinedSize;
    private boolean hasData;
    private boolean skipping;
    /** A CR has ended a line by itself: one at the end of the bytes is not waited for, as the event with it would be late. */
    private boolean alone;
    /** The last byte was such a CR: an LF that comes next belongs to it. */
    private boolean mayFollow;

    /**
     * @param lines whether each line is an event, and all of it data
     * @param mostBytes of an event
     */
    public EventSplitter(boolean lines, int mostBytes, Events events) {
        this.lines = lines;
        this.mostBytes = mostBytes;
        this.events = events;
    }

    /** Takes bytes and gives the events that are complete by them. */
    public void take(byte[] bytes, int offset, int length) {
        int from = offset;
        int left = length;
        while (left > 0) {
            int part = Math.min(left, Math.max(1, mostBytes - size));
            add(bytes, from, part);
            from += part;
            left -= part;
            cut();
            if (size >= mostBytes) {
                giveUp();
            }
        }
    }

    private void add(byte[] bytes, int offset, int length) {
        if (size + length > pending.length) {
            int twice = Math.min(mostBytes, Math.max(FIRST, pending.length * 2));
            pending = Arrays.copyOf(pending, Math.max(size + length, twice));
        }
        System.arraycopy(bytes, offset, pending, size, length);
        size += length;
    }

    private void cut() {
        int start = 0;
        int i = looked;
        if (mayFollow && i < size) {
            mayFollow = false;
            if (pending[i] == '\n') {
                line = ++i;
            }
        }
        while (i < size) {
            byte b = pending[i];
            if (b > '\r' || (b != '\n' && (b != '\r' || lines))) {
                i++;
                continue;
            }
            int to = i;
            if (lines) {
                to = i > line && pending[i - 1] == '\r' ? i - 1 : i;
            } else if (b == '\r') {
                if (i + 1 < size && pending[i + 1] == '\n') {
                    i++;
                } else if (i + 1 < size) {
                    alone = true;
                } else if (alone) {
                    mayFollow = true;
                } else {
                    break; // what comes next says whether the line has ended
                }
            }
            i++;
            if (line(to)) {
                emit(start, i);
                start = i;
            }
            line = i;
        }
        looked = i;
        drop(start);
    }

    /** Reads a line that ends at a place; whether the event ends with it. */
    private boolean line(int to) {
        if (lines) {
            data(line, to);
            return true;
        }
        if (to == line) {
            return true;
        }
        if (to - line >= 5
                && pending[line] == 'd'
                && pending[line + 1] == 'a'
                && pending[line + 2] == 't'
                && pending[line + 3] == 'a'
                && pending[line + 4] == ':') {
            data(line + 5 < to && pending[line + 5] == ' ' ? line + 6 : line + 5, to);
        }
        return false;
    }

    private void data(int from, int to) {
        if (!hasData) {
            hasData = true;
            dataFrom = from;
            dataTo = to;
            return;
        }
        byte[] both = joined;
        if (both == null) {
            both = Arrays.copyOfRange(pending, dataFrom, Math.max(dataTo, dataFrom + 1));
            joinedSize = dataTo - dataFrom;
        }
        int size = joinedSize + 1 + to - from;
        if (size > both.length) {
            both = Arrays.copyOf(both, Math.max(size, 2 * both.length));
        }
        both[joinedSize] = '\n';
        System.arraycopy(pending, from, both, joinedSize + 1, to - from);
        joined = both;
        joinedSize = size;
    }

    private void emit(int from, int to) {
        if (skipping) {
            skipping = false;
            events.unread(pending, from, to);
        } else if (joined != null) {
            events.event(pending, from, to, joined, 0, joinedSize);
        } else {
            events.event(pending, from, to, pending, hasData ? dataFrom : to, hasData ? dataTo : to);
        }
        hasData = false;
        joined = null;
    }

    /** Forgets what has become events. */
    private void drop(int start) {
        if (start == 0) {
            return;
        }
        System.arraycopy(pending, start, pending, 0, size - start);
        size -= start;
        line -= start;
        looked -= start;
        dataFrom -= start;
        dataTo -= start;
        if (size < FIRST && pending.length > 16 * FIRST) {
            pending = Arrays.copyOf(pending, FIRST);
        }
    }

    private void giveUp() {
        int keep = Math.min(size, 2); // the last bytes may be part of the line end that closes it
        events.unread(pending, 0, size - keep);
        skipping = true;
        hasData = false;
        joined = null;
        System.arraycopy(pending, size - keep, pending, 0, keep);
        line = Math.max(0, line - (size - keep));
        looked = Math.max(0, looked - (size - keep));
        size = keep;
        pending = Arrays.copyOf(pending, FIRST);
    }

    /** The bytes have ended: gives what is left as an event, as far as it is one. */
    public void end() {
        if (size == 0) {
            return;
        }
        if (line < size) {
            line(pending[size - 1] == '\r' ? size - 1 : size);
        }
        int to = size;
        size = 0;
        line = 0;
        looked = 0;
        emit(0, to);
    }
}
