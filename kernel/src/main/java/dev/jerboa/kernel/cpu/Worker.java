package dev.jerboa.kernel.cpu;

/**
 * One thread's place in a running {@link Team} job. Every worker runs the same job; each takes its share of every
 * operation by {@link #from} and {@link #to}, and waits for the others by {@link #barrier} before it reads what they wrote.
 */
public interface Worker {
    /** This worker's number, 0 to {@link #count} − 1. */
    int id();

    /** How many workers run the job. */
    int count();

    /** Waits until every worker of the job is here; what they wrote before is visible after. */
    void barrier();

    /**
     * Ends this worker's part, as {@link #barrier} does, where another one has failed: for waits that are not barriers, which ask it
     * again and again, since what they wait for may never come.
     */
    void checkOthers();

    /** A worker with nobody beside it: every share is the whole. */
    static Worker alone() {
        return Alone.ALONE;
    }

    /**
     * This worker, with shares that are whole parts of {@code parts} equal ones: heads, for instance, of tables whose columns
     * they divide. Sharing {@code parts} items gives the same parts.
     */
    default Worker inParts(int parts) {
        return new InParts(this, parts);
    }

    /** What is done with some of an operation's items. */
    @FunctionalInterface
    interface Stretch {
        /** Items {@code from} to {@code to − 1}. */
        void run(int from, int to);
    }

    /**
     * Runs {@code work} on this worker's share of {@code items}, in stretches that start at multiples of {@code grain}: from
     * {@link #from} to {@link #to} at once, unless {@link Turns} say otherwise.
     */
    default void share(int items, int grain, Stretch work) {
        work.run(from(items, grain), to(items, grain));
    }

    /** The first of this worker's share of {@code items}, split evenly in whole multiples of {@code grain}. */
    default int from(int items, int grain) {
        return bound(items, grain, id());
    }

    /** One past the last of this worker's share of {@code items}. */
    default int to(int items, int grain) {
        return bound(items, grain, id() + 1);
    }

    private int bound(int items, int grain, int worker) {
        long grains = (items + (long) grain - 1) / grain;
        return (int) Math.min(items, grains * worker / count() * grain);
    }
}
