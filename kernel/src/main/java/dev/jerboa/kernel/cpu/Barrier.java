package dev.jerboa.kernel.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A counting barrier with a generation number (the sense of a sense-reversing barrier, counted instead of flipped), spin
 * first, park later. The counter, the generation and each worker's parked flag stand on cache lines of their own.
 *
 * <p>A waiter leaves when the generation moves on, when the barrier is broken, or when it sees that a worker has left the
 * job for good and so can never arrive.
 */
final class Barrier {
    /** Longs from one slot to the next: two cache lines, since processors fetch lines in pairs. */
    private static final int PAD = 16;

    private static final int ARRIVED = PAD;
    private static final int GENERATION = 2 * PAD;
    private static final int BROKEN = 3 * PAD;
    private static final int LEFT = 4 * PAD;
    private static final int PARKED = 5 * PAD;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    private final int parties;
    private final Waiting waiting;
    private final long[] slots;
    private final @Nullable Thread[] threads;
    private boolean callerInterrupted;

    Barrier(int parties, Waiting waiting) {
        this.parties = parties;
        this.waiting = waiting;
        this.slots = new long[PARKED + (parties + 1) * PAD];
        this.threads = new Thread[parties];
    }

    /** Readies the barrier for a job; nobody may be inside. */
    void reset() {
        SLOT.setVolatile(slots, ARRIVED, 0L);
        SLOT.setVolatile(slots, BROKEN, 0L);
        SLOT.setVolatile(slots, LEFT, 0L);
    }

    /** Says which thread waits as {@code worker} in this job. */
    void enter(int worker, Thread thread) {
        threads[worker] = thread;
    }

    /** Waits for all parties. Returns false where that can no longer happen; {@code leftEarly} and the job's errors say why. */
    boolean await(int worker) {
        long generation = (long) SLOT.getVolatile(slots, GENERATION);
        if ((long) SLOT.getVolatile(slots, BROKEN) != 0) {
            return false;
        }
        if ((long) SLOT.getAndAdd(slots, ARRIVED, 1L) == parties - 1) {
            SLOT.setVolatile(slots, ARRIVED, 0L);
            SLOT.setVolatile(slots, GENERATION, generation + 1);
            wakeParked();
            return true;
        }
        for (int spins = 0; ; spins++) {
            // Who has left is read before the generation: a worker that left after the last arrival leaves it changed.
            boolean someoneLeft = (long) SLOT.getVolatile(slots, LEFT) != 0;
            if ((long) SLOT.getVolatile(slots, GENERATION) != generation) {
                return true;
            }
            if (someoneLeft || (long) SLOT.getVolatile(slots, BROKEN) != 0) {
                return false;
            }
            if (waiting.spin(spins)) {
                continue;
            }
            park(worker, generation);
        }
    }

    private void park(int worker, long generation) {
        int flag = PARKED + worker * PAD;
        SLOT.setVolatile(slots, flag, 1L);
        if ((long) SLOT.getVolatile(slots, GENERATION) == generation
                && (long) SLOT.getVolatile(slots, BROKEN) == 0
                && (long) SLOT.getVolatile(slots, LEFT) == 0) {
            LockSupport.park(this);
            if (Thread.interrupted() && worker == 0) {
                callerInterrupted = true; // a set flag would keep park from parking; the team sets it again
            }
        }
        SLOT.setVolatile(slots, flag, 0L);
    }

    /** Whether worker 0 was interrupted in a wait since the last question; only worker 0 asks. */
    boolean callerInterrupted() {
        boolean was = callerInterrupted;
        callerInterrupted = false;
        return was;
    }

    /** Lets every waiter go with false. */
    void breakUp() {
        SLOT.setVolatile(slots, BROKEN, 1L);
        wakeParked();
    }

    /** The caller will not arrive any more. */
    void leave() {
        SLOT.getAndAdd(slots, LEFT, 1L);
        wakeParked();
    }

    private void wakeParked() {
        for (int i = 0; i < parties; i++) {
            if ((long) SLOT.getVolatile(slots, PARKED + i * PAD) != 0) {
                LockSupport.unpark(threads[i]);
            }
        }
    }
}
