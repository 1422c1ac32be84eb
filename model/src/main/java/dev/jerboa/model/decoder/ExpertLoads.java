package dev.jerboa.model.decoder;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Experts to be loaded, and the threads that load them: those that a step waits for before those that were guessed. Workers that
 * have nothing to compute load too ({@link #help}).
 */
final class ExpertLoads implements AutoCloseable {
    private static final int SPINS = 200;
    private static final long NAP_NANOS = 20_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition some = lock.newCondition();
    private final ArrayDeque<ExpertSlot> wanted = new ArrayDeque<>();
    private final ArrayDeque<ExpertSlot> guessed = new ArrayDeque<>();
    private final AtomicInteger wantedCount = new AtomicInteger();
    private final int readers;
    private final List<Thread> threads = new ArrayList<>();
    /** Loads that have begun and not ended. */
    private final AtomicInteger loading = new AtomicInteger();

    private volatile boolean failures;
    private boolean closed;

    /** @param readers threads that load beside the workers, which wait for the files most of the time; the first load starts them */
    ExpertLoads(int readers) {
        this.readers = readers;
    }

    /** Under the lock. */
    private void start() {
        while (threads.size() < readers) {
            threads.add(Thread.ofPlatform()
                    .daemon()
                    .name("jerboa-experts-" + threads.size())
                    .start(this::live));
        }
    }

    private void live() {
        for (ExpertSlot slot = next(); slot != null; slot = next()) {
            load(slot);
        }
    }

    /** Waits for a load; null when closed. */
    private @Nullable ExpertSlot next() {
        lock.lock();
        try {
            while (!closed) {
                ExpertSlot slot = take(true);
                if (slot != null) {
                    return slot;
                }
                some.awaitUninterruptibly();
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** The next load, under the lock. */
    private @Nullable ExpertSlot take(boolean guesses) {
        ExpertSlot slot = wanted.poll();
        if (slot != null) {
            wantedCount.decrementAndGet();
        } else if (guesses) {
            slot = guessed.poll();
        }
        if (slot != null) {
            loading.incrementAndGet();
            slot.state = ExpertSlot.State.LOADING;
        }
        return slot;
    }

    private void load(ExpertSlot slot) {
        StreamedExperts layer = slot.layer;
        try {
            if (layer != null) {
                layer.load(slot);
            }
        } catch (Throwable e) {
            slot.failed(e);
            failures = true; // not before: who hears of it looks for slots that have failed
        } finally {
            loading.decrementAndGet();
        }
    }

    /**
     * A step has failed: no load of it goes on behind this, so that none fails the next step.
     *
     * @return slots whose loads had not begun, which nobody loads any more
     */
    List<ExpertSlot> settle() {
        List<ExpertSlot> left = new ArrayList<>();
        lock.lock();
        try {
            left.addAll(wanted);
            left.addAll(guessed);
            wanted.clear();
            guessed.clear();
            wantedCount.set(0);
        } finally {
            lock.unlock();
        }
        while (loading.get() > 0) {
            LockSupport.parkNanos(this, NAP_NANOS);
        }
        return left;
    }

    /** Asks for a slot that is WAITING. */
    void add(ExpertSlot slot) {
        lock.lock();
        try {
            start();
            if (slot.guessed) {
                guessed.add(slot);
            } else {
                wanted.add(slot);
                wantedCount.incrementAndGet();
            }
            some.signal();
        } finally {
            lock.unlock();
        }
    }

    /** A guess is needed now: it is loaded like others that are, if nobody loads it yet. */
    void confirm(ExpertSlot slot) {
        if (drop(slot)) {
            lock.lock();
            try {
                wanted.add(slot);
                wantedCount.incrementAndGet();
                some.signal();
            } finally {
                lock.unlock();
            }
        }
        slot.guessed = false;
    }

    /** Takes a guess back; whether nobody had begun to load it. */
    boolean drop(ExpertSlot slot) {
        if (slot.state != ExpertSlot.State.WAITING) {
            return false;
        }
        lock.lock();
        try {
            return guessed.remove(slot);
        } finally {
            lock.unlock();
        }
    }

    /** Loads something that a step waits for, in the calling thread; false where there is nothing. */
    boolean help() {
        if (wantedCount.get() == 0) {
            return false;
        }
        ExpertSlot slot;
        lock.lock();
        try {
            slot = take(false);
        } finally {
            lock.unlock();
        }
        if (slot == null) {
            return false;
        }
        load(slot);
        return true;
    }

    /** Does something useful, or waits a moment. */
    void pause(int turn) {
        if (help()) {
            return;
        }
        if (turn < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(this, NAP_NANOS);
        }
    }

    /** Whether a load has failed since the last question. */
    boolean failed() {
        boolean was = failures;
        failures = false;
        return was;
    }

    /** Waits for the loads that have begun, and leaves the others. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            some.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
