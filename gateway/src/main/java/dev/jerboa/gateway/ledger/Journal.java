package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.GatewayException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The ledger's durable beginning: files of this machine that are only ever added to. What {@link #begin} and {@link #record} were given is
 * in them when they return, so that it survives the end of the process, and of the machine with {@link JournalOptions.Sync#ALWAYS}.
 *
 * <pre>
 * begin, record → frame (made without a lock) → the file, in the order of the lock → [disk] → return
 * files: node-boot-number.journal; the last one grows, the writer reads behind it, and what it has stored is deleted
 * a request that lasts long: its begin is written again to the last file, so that it keeps no old one
 * </pre>
 *
 * <p>The journal is bounded: {@code begin} waits where it is full, and {@code record} of a begun request never does, since its room was kept.
 * Thread-safe.
 */
public final class Journal implements Ledger, AutoCloseable {
    private static final Logger LOG = System.getLogger(Journal.class.getName());
    /** The room that is kept for the record of a begun request; most need less. */
    private static final int RECORD_ROOM = 1024;

    /**
     * How long a file is added to. What is in the store is to leave the journal long before retention may delete it there: written again
     * after that, it would count twice.
     */
    private static final long FILE_NANOS = 600_000_000_000L;

    private static final long SYNC_NANOS = 1_000_000_000L;

    /** Where the begin of a request is. */
    private record Begun(Segment segment, long offset, int length) {}

    private final JournalOptions options;
    private final JournalFolder folder;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final ReentrantLock syncing = new ReentrantLock();

    // guarded by lock
    private final ArrayDeque<Segment> segments = new ArrayDeque<>();
    private final Map<String, Begun> open = new HashMap<>();
    private Segment active;
    private int number;
    private long bytes;
    private boolean saidFull;
    private boolean closed;

    private volatile long appended;
    private volatile long synced;
    private volatile @Nullable Thread reader;
    private final @Nullable Thread syncer;

    private Journal(JournalOptions options, JournalFolder folder) throws IOException {
        this.options = options;
        this.folder = folder;
        for (Path path : folder.old()) {
            Segment segment = Segment.old(path);
            segments.add(segment);
            bytes += segment.size();
        }
        active = Segment.create(folder.path(0), folder.isMapped());
        segments.add(active);
        bytes += active.size();
        syncer = options.sync() == JournalOptions.Sync.INTERVAL
                ? Thread.ofPlatform().daemon().name("jerboa-journal-sync").start(this::syncNowAndThen)
                : null;
    }

    /** How it would be written, by its place. */
    public static JournalWay way(JournalOptions options) {
        return JournalFolder.way(options.folder(), options.node() + ".doctor");
    }

    /**
     * Opens a folder's journal of a node.
     *
     * @throws GatewayException where another process of the same node runs, or the folder cannot be used
     */
    public static Journal open(JournalOptions options) {
        try {
            JournalFolder folder = JournalFolder.lock(options);
            try {
                return new Journal(options, folder);
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
        } catch (IOException e) {
            throw new GatewayException(options.folder() + ": the journal cannot be opened: " + e.getMessage(), e);
        }
    }

    /** The name of the node whose journal this is. */
    public String node() {
        return options.node();
    }

    /** Where events are kept that the store refuses. */
    Path refusals() {
        return folder.refusals();
    }

    @Override
    public void begin(UsageEvent begun) {
        append(EventCodec.Kind.BEGIN, begun);
    }

    @Override
    public void record(UsageEvent event) {
        append(EventCodec.Kind.RECORD, event);
    }

    private void append(EventCodec.Kind kind, UsageEvent event) {
        byte[] frame = EventCodec.encode(kind, event);
        long position;
        lock.lock();
        try {
            Begun begun = kind == EventCodec.Kind.RECORD ? open.get(event.id()) : null;
            if (begun == null) {
                awaitRoom(frame.length);
            }
            write(frame);
            if (kind == EventCodec.Kind.BEGIN) {
                active.open++;
                open.put(event.id(), new Begun(active, active.size() - frame.length, frame.length));
            } else if (begun != null) {
                begun.segment().open--;
                open.remove(event.id());
            }
            position = appended;
        } catch (IOException e) {
            throw new GatewayException(
                    active.path + ": the journal cannot be written: " + e.getMessage() + "; make room on its disk", e);
        } finally {
            lock.unlock();
        }
        Thread waiting = reader;
        if (waiting != null) {
            reader = null;
            LockSupport.unpark(waiting);
        }
        if (options.sync() == JournalOptions.Sync.ALWAYS) {
            sync(position);
        }
    }

    /** Waits until a frame fits, beside the records of requests that have begun. */
    private void awaitRoom(int length) {
        while (!closed && bytes + length + (open.size() + 1L) * RECORD_ROOM > options.mostBytes()) {
            if (!saidFull) {
                saidFull = true;
                LOG.log(
                        Level.WARNING,
                        "{0}: the journal is full ({1} of {2} bytes): requests wait until the store takes events",
                        options.folder(),
                        bytes,
                        options.mostBytes());
            }
            try {
                room.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new GatewayException("the request was ended while it waited for room in the journal", e);
            }
        }
        if (closed) {
            throw new GatewayException(options.folder() + ": the journal is closed: the gateway is shutting down");
        }
    }

    private void write(byte[] frame) throws IOException {
        if (active.size() + frame.length > options.segmentBytes() || active.ageNanos() > FILE_NANOS) {
            rotate();
        }
        active.append(frame);
        bytes += frame.length;
        appended = appended + 1;
    }

    /** Begins another file where the last one is older than so long, so that it can be deleted when it is in the store. */
    void rotateOlder(long nanos) throws IOException {
        lock.lock();
        try {
            if (!closed && active.ageNanos() >= nanos) {
                rotate();
            }
        } finally {
            lock.unlock();
        }
    }

    void rotateOld() throws IOException {
        rotateOlder(FILE_NANOS);
    }

    private void rotate() throws IOException {
        if (active.size() == Segment.MAGIC.length) {
            return;
        }
        Segment next = Segment.create(folder.path(number + 1), folder.isMapped());
        number++;
        if (options.sync() != JournalOptions.Sync.NONE) {
            active.sync();
        }
        active.close();
        active = next;
        segments.add(next);
        bytes += next.size();
    }

    /** Waits for the disk, together with whoever waits at the same time. */
    private void sync(long position) {
        syncing.lock();
        try {
            if (synced >= position) {
                return;
            }
            Segment segment;
            long target;
            lock.lock();
            try {
                segment = active;
                target = appended;
            } finally {
                lock.unlock();
            }
            segment.sync(); // files before it were waited for when they were closed
            synced = target;
        } catch (IOException e) {
            throw new GatewayException(options.folder() + ": the disk does not take the journal: " + e.getMessage(), e);
        } finally {
            syncing.unlock();
        }
    }

    private void syncNowAndThen() {
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(SYNC_NANOS);
            long position = appended;
            if (position > synced) {
                try {
                    sync(position);
                } catch (GatewayException e) {
                    LOG.log(Level.WARNING, "{0}", e.getMessage());
                }
            }
        }
    }

    /** Bytes that wait for the store. */
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Requests that have begun and not ended. */
    public int openRequests() {
        lock.lock();
        try {
            return open.size();
        } finally {
            lock.unlock();
        }
    }

    /** How many frames this process has written. */
    long appended() {
        return appended;
    }

    /** Waits until a frame is written, at most so long. */
    void awaitFrames(long read, long nanos) {
        reader = Thread.currentThread();
        if (appended == read) {
            LockSupport.parkNanos(nanos);
        }
        reader = null;
    }

    /** The files, in order. */
    List<Segment> segments() {
        lock.lock();
        try {
            return List.copyOf(segments);
        } finally {
            lock.unlock();
        }
    }

    boolean isActive(Segment segment) {
        lock.lock();
        try {
            return segment == active;
        } finally {
            lock.unlock();
        }
    }

    /** Deletes a file whose records are in the store, after what has begun in it and not ended is written again to the last file. */
    void delete(Segment segment) throws IOException {
        if (segment.own) {
            carry(segment);
        }
        lock.lock();
        try {
            segments.remove(segment);
            bytes -= segment.size();
            saidFull = false;
            room.signalAll();
        } finally {
            lock.unlock();
        }
        segment.close();
        Files.deleteIfExists(segment.path);
    }

    private void carry(Segment segment) throws IOException {
        List<String> ids = new ArrayList<>();
        lock.lock();
        try {
            if (segment.open > 0) {
                open.forEach((id, begun) -> {
                    if (begun.segment() == segment) {
                        ids.add(id);
                    }
                });
            }
        } finally {
            lock.unlock();
        }
        if (ids.isEmpty()) {
            return;
        }
        byte[] file = Files.readAllBytes(segment.path);
        for (String id : ids) {
            lock.lock();
            try {
                Begun begun = open.get(id);
                if (begun != null && begun.segment() == segment) {
                    byte[] frame = new byte[begun.length()];
                    System.arraycopy(file, (int) begun.offset(), frame, 0, frame.length);
                    write(frame);
                    active.open++;
                    segment.open--;
                    open.put(id, new Begun(active, active.size() - frame.length, frame.length));
                }
            } finally {
                lock.unlock();
            }
        }
        if (options.sync() == JournalOptions.Sync.ALWAYS) {
            sync(appended);
        }
    }

    /** Ends the journal; what is not in the store is written at the next start. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            room.signalAll();
            for (Segment segment : segments) {
                segment.close();
            }
            if (active.size() == Segment.MAGIC.length) {
                Files.deleteIfExists(active.path);
            }
            folder.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
        if (syncer != null) {
            syncer.interrupt();
        }
    }
}
