package dev.jerboa.kernel.cpu;

/**
 * How long a waiter burns cycles before it parks. Waits inside a job are short (workers have equal shares), so a waiter
 * spins for some hundreds of microseconds; with more threads than cores spinning would keep the awaited thread off its core, so
 * a waiter yields from the start. On a machine that other processes keep busy both cost more than they save: the awaited thread may
 * want the core on which one spins, and a yield gives it away for a whole slice of somebody else's time. {@code -Djerboa.spins=TURNS}
 * is for there: so many turns of spinning, and no yield.
 *
 * @param spins turns of {@link Thread#onSpinWait}
 * @param yields turns of {@link Thread#yield} after them
 */
record Waiting(int spins, int yields) {
    static Waiting of(int threads, int cpus) {
        Integer turns = Integer.getInteger("jerboa.spins");
        if (turns != null) {
            return new Waiting(threads <= cpus ? turns : 0, 0);
        }
        return threads <= cpus ? new Waiting(20_000, 20) : new Waiting(0, 20);
    }

    /** Burns the given turn of a wait; false when it is time to park. */
    boolean spin(int turn) {
        if (turn < spins) {
            Thread.onSpinWait();
            return true;
        }
        if (turn < spins + yields) {
            Thread.yield();
            return true;
        }
        return false;
    }
}
