package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.store.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One thread that brings the journal's events into the store: as many as there are in one transaction, with their sums. Where the store is
 * away it tries again until it is back, while the journal keeps what comes. Nothing is lost, and nothing counts twice.
 */
public final class LedgerWriter implements AutoCloseable {
    private static final Logger LOG = System.getLogger(LedgerWriter.class.getName());
    /** The most events of a transaction: others that write to SQLite wait for its end. */
    private static final int GROUP = 1000;
    /** How long a group is waited for after its first event; and where the group before was a large one. */
    private static final long GATHER_NANOS = 300_000_000;

    private static final long GATHER_MUCH_NANOS = 1_000_000_000;
    /** So many events are a large group: a transaction takes as long as a hundred of them, so that fewer transactions are wanted then. */
    private static final int MUCH = 100;

    private static final long IDLE_NANOS = 1_000_000_000L;
    private static final long LEAST_PAUSE_NANOS = 50_000_000;
    private static final long MOST_PAUSE_NANOS = 2_000_000_000L;
    private static final Duration CLOSING = Duration.ofSeconds(10);
    /** SQLite's CONSTRAINT, TOOBIG, MISMATCH and RANGE. */
    private static final List<Integer> SQLITE_REFUSALS = List.of(19, 18, 20, 25);

    private final Journal journal;
    private final Database database;
    private final EventGroup group;
    private final JournalReader reader;
    private final Path refusals;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();
    private volatile long stored;
    private volatile long events;
    private volatile boolean gone;
    private volatile int hurried;
    private volatile boolean closing;
    private volatile long deadline;

    private LedgerWriter(Journal journal, Path refusals, Database database, Rater rater, Spending spending) {
        this.journal = journal;
        this.database = database;
        this.refusals = refusals;
        this.group = new EventGroup(database.kind(), rater, spending);
        this.reader = new JournalReader(journal);
        this.thread = Thread.ofPlatform().name("jerboa-ledger-writer").unstarted(this::run);
    }

    /**
     * Writes what earlier processes of this node left, requests that began and never ended among them; then begins to write what comes.
     *
     * @throws GatewayException where the store does not take what was left; it stays in the journal
     */
    public static LedgerWriter start(Journal journal, Database database, Rater rater, Spending spending) {
        LedgerWriter writer = new LedgerWriter(journal, journal.refusals(), database, rater, spending);
        try {
            writer.replay();
        } catch (IOException e) {
            throw new GatewayException(
                    "the journal of node " + journal.node() + " is not readable: " + e.getMessage(), e);
        }
        writer.thread.start();
        return writer;
    }

    private void replay() throws IOException {
        JournalReader.Batch batch = reader.next(GROUP);
        while (!batch.isEmpty()) {
            storeOrRefuse(batch.events());
            done(batch);
            batch = reader.next(GROUP);
        }
        if (events > 0) {
            LOG.log(Level.INFO, "{0} events that an earlier process had left were written", events);
        }
    }

    private void run() {
        int last = 0;
        while (true) {
            try {
                JournalReader.Batch batch = reader.next(GROUP);
                if (!batch.isEmpty()) {
                    if (!storeWithPatience(batch.events())) {
                        return;
                    }
                    last = batch.events().size();
                    done(batch);
                } else if (closing) {
                    leaveNothing();
                    return;
                } else {
                    note(batch.frames());
                    journal.rotateOld();
                    journal.awaitFrames(batch.frames(), IDLE_NANOS);
                    if (hurried == 0 && !closing) {
                        LockSupport.parkNanos(last < MUCH ? GATHER_NANOS : GATHER_MUCH_NANOS);
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                LOG.log(Level.ERROR, "the journal of node {0} is not readable: {1}", journal.node(), e.getMessage());
                if (closing) {
                    return;
                }
                LockSupport.parkNanos(MOST_PAUSE_NANOS);
            }
        }
    }

    /** Everything is in the store: the journal is left with what has begun and not ended, and what comes yet. */
    private void leaveNothing() throws IOException {
        journal.rotateOlder(0);
        JournalReader.Batch batch = reader.next(GROUP);
        if (batch.events().isEmpty()) {
            done(batch);
        }
    }

    private void done(JournalReader.Batch batch) throws IOException {
        for (Segment segment : batch.finished()) {
            journal.delete(segment);
        }
        note(batch.frames());
    }

    private void note(long frames) {
        if (frames == stored) {
            return;
        }
        lock.lock();
        try {
            stored = frames;
            progress.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Writes events, however long it takes; false where the writer was told to end meanwhile. */
    private boolean storeWithPatience(List<UsageEvent> some) {
        long pause = LEAST_PAUSE_NANOS;
        while (true) {
            try {
                storeOrRefuse(some);
                if (gone) {
                    gone = false;
                    LOG.log(Level.INFO, "{0} is back: events are written again", database.name());
                }
                return true;
            } catch (GatewayException e) {
                if (!gone) {
                    gone = true;
                    LOG.log(
                            Level.WARNING,
                            "{0}; events wait in the journal, {1} bytes now, until it is back",
                            e.getMessage(),
                            journal.bytes());
                }
                if (closing && System.nanoTime() - deadline > 0) {
                    LOG.log(Level.WARNING, "the store is away; events are written at the next start");
                    return false;
                }
                LockSupport.parkNanos(pause);
                pause = Math.min(MOST_PAUSE_NANOS, 2 * pause);
            }
        }
    }

    /** Writes events; of a group that the store refuses, as it would again, all but those that it refuses alone, which are kept in a file. */
    private void storeOrRefuse(List<UsageEvent> some) {
        if (some.isEmpty()) {
            return;
        }
        try {
            int fresh = database.write(connection -> group.write(connection, some));
            events = events + fresh;
        } catch (RuntimeException e) {
            if (!refused(e)) {
                throw e;
            }
            if (some.size() > 1) {
                storeOrRefuse(some.subList(0, some.size() / 2));
                storeOrRefuse(some.subList(some.size() / 2, some.size()));
            } else {
                refuse(some.getFirst(), e);
            }
        }
    }

    /** Whether it would be so again: what is not the store's failure is the event's, or a defect that must not stop all others. */
    private static boolean refused(RuntimeException e) {
        if (!(e.getCause() instanceof SQLException sql)) {
            return !(e instanceof GatewayException) || e.getCause() instanceof ArithmeticException;
        }
        String state = sql.getSQLState();
        return sql instanceof org.sqlite.SQLiteException
                ? SQLITE_REFUSALS.contains(sql.getErrorCode() & 0xFF)
                : state != null && (state.startsWith("22") || state.startsWith("23"));
    }

    private void refuse(UsageEvent event, RuntimeException e) {
        LOG.log(
                Level.ERROR,
                "{0} refuses event {1}: {2}; it is kept in {3}",
                database.name(),
                event.id(),
                e instanceof GatewayException ? e.getMessage() : e,
                refusals);
        try {
            Files.writeString(
                    refusals,
                    event + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException io) {
            throw new GatewayException(refusals + ": not writable: " + io.getMessage(), io);
        }
    }

    /** Waits until everything that was recorded before is in the store; false where that takes longer. */
    public boolean flush(Duration most) {
        long target = journal.appended();
        long left = most.toNanos();
        lock.lock();
        try {
            hurried++;
            LockSupport.unpark(thread);
            while (stored < target && left > 0) {
                left = progress.awaitNanos(left);
            }
            return stored >= target;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            hurried--;
            lock.unlock();
        }
    }

    /** How many events this process has written to the store. */
    public long events() {
        return events;
    }

    /** Whether the store did not take events when it was last tried. */
    public boolean isStoreAway() {
        return gone;
    }

    /** Writes what there is, for at most ten seconds, and ends; what is left is written at the next start. */
    @Override
    public void close() {
        deadline = System.nanoTime() + CLOSING.toNanos();
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSING.toSeconds() + 10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
