package dev.jerboa.gateway.outbox;

import dev.jerboa.gateway.ledger.Outbox;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread that brings a node's outbox to a sink, some events at a time, and deletes what has arrived. Where the sink or the store is away
 * it tries again until they are back. Owns the sink; thread-safe.
 */
public final class OutboxSender implements AutoCloseable {
    private static final Logger LOG = System.getLogger(OutboxSender.class.getName());
    /** The most events that are sent, and rows that are deleted, at a time. */
    static final int BATCH = 500;
    /** Between two looks into an outbox that had less than a batch: what a transaction that deletes costs is shared by more events then. */
    private static final long GATHER_NANOS = 250_000_000;

    private static final long LEAST_PAUSE_NANOS = 250_000_000;
    private static final long MOST_PAUSE_NANOS = 10_000_000_000L;
    private static final long COUNT_NANOS = 5_000_000_000L;
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final Outbox outbox;
    private final EventSink sink;
    private final Duration patience;
    private final Thread thread;

    private volatile long waiting;
    private volatile long sent;
    private volatile long refused;
    private volatile long failures;
    private volatile boolean away;
    private volatile boolean closing;
    private volatile long deadline;
    private long counted = System.nanoTime() - COUNT_NANOS;

    private OutboxSender(Outbox outbox, EventSink sink, Duration patience) {
        this.outbox = outbox;
        this.sink = sink;
        this.patience = patience;
        this.thread = Thread.ofPlatform().name("jerboa-outbox").unstarted(this::run);
    }

    /** Begins with what earlier processes of the node left. */
    public static OutboxSender start(Outbox outbox, EventSink sink) {
        return start(outbox, sink, CLOSING);
    }

    /** @param patience how long the end waits for what is still to be sent */
    static OutboxSender start(Outbox outbox, EventSink sink, Duration patience) {
        OutboxSender sender = new OutboxSender(outbox, sink, patience);
        sender.thread.start();
        return sender;
    }

    /**
     * One look into the outbox.
     *
     * @param found how many rows were there, of a batch at most
     * @param trouble why not all of them are done; empty where they are
     */
    private record Round(int found, String trouble) {}

    private void run() {
        long pause = LEAST_PAUSE_NANOS;
        while (!closing || System.nanoTime() - deadline < 0) {
            boolean last = closing; // read first: whatever was stored before the end is seen below
            Round round = round();
            tell(round.trouble());
            if (round.trouble().isEmpty()) {
                pause = LEAST_PAUSE_NANOS;
                if (last && round.found() == 0) {
                    return;
                }
                if (!closing && round.found() < BATCH) {
                    LockSupport.parkNanos(GATHER_NANOS);
                }
            } else if (closing) {
                return;
            } else {
                LockSupport.parkNanos(pause);
                pause = Math.min(MOST_PAUSE_NANOS, 2 * pause);
            }
        }
    }

    /** Says once that it does not go on, and once that it does. */
    private void tell(String trouble) {
        if (!trouble.isEmpty()) {
            failures = failures + 1;
            if (!away) {
                LOG.log(
                        Level.WARNING,
                        "events are not sent to {0}: {1}; they wait in the store until that is better",
                        sink.name(),
                        trouble);
            }
        } else if (away) {
            LOG.log(Level.INFO, "events are sent to {0} again", sink.name());
        }
        away = !trouble.isEmpty();
    }

    private Round round() {
        try {
            Outbox.Batch batch = outbox.first(BATCH);
            count(batch.size());
            return batch.size() == 0 ? new Round(0, "") : new Round(batch.size(), send(batch));
        } catch (
                RuntimeException e) { // the store is away, or the sink is wrong: in both cases the rows are still there
            return new Round(0, e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    /** Sends a batch and deletes what is done of it; why that is not all of it, or nothing. */
    private String send(Outbox.Batch batch) {
        List<String> done = new ArrayList<>(batch.lost());
        if (!done.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "{0} events were deleted from the store before they could be sent to {1}",
                    done.size(),
                    sink.name());
        }
        Receipt receipt = batch.events().isEmpty() ? new Receipt(Set.of(), Map.of(), "") : sink.send(batch.events());
        done.addAll(receipt.arrived());
        receipt.refused().forEach((id, why) -> {
            done.add(id);
            LOG.log(Level.ERROR, "{0} refuses event {1}: {2}; it is in the store only", sink.name(), id, why);
        });
        outbox.remove(done);
        waiting = Math.max(0, waiting - done.size());
        refused = refused + receipt.refused().size();
        sent = sent + receipt.arrived().size();
        return receipt.trouble();
    }

    /** Of a full batch, what is behind it is counted, but not each time. */
    private void count(int found) {
        if (found < BATCH) {
            waiting = found;
        } else if (System.nanoTime() - counted > COUNT_NANOS) {
            waiting = outbox.size();
            counted = System.nanoTime();
        } else {
            waiting = Math.max(waiting, found);
        }
    }

    /** How many events wait, as of the last look; some seconds old where many do. */
    public long waiting() {
        return waiting;
    }

    /** How many events have arrived since the start. */
    public long sent() {
        return sent;
    }

    /** How many events the other side will never take. */
    public long refused() {
        return refused;
    }

    /** How often a batch did not arrive as a whole. */
    public long failures() {
        return failures;
    }

    /** Whether the last batch did not arrive as a whole. */
    public boolean isAway() {
        return away;
    }

    /** Sends what there is, for at most five seconds, and closes the sink; what is left is sent at the next start. */
    @Override
    public void close() {
        if (closing) {
            return;
        }
        deadline = System.nanoTime() + patience.toNanos();
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(patience.toMillis());
            sink.close();
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            sink.close();
        }
        if (waiting > 0) {
            LOG.log(Level.INFO, "events that have not been sent to {0} are sent at the next start", sink.name());
        }
    }
}
