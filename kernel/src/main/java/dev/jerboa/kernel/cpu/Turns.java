package dev.jerboa.kernel.cpu;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who takes what is left of one operation's items, in turn: workers that get less of the memory's bandwidth, or of a shared
 * processor, then do not keep the others waiting.
 *
 * <pre>
 * a worker's share   [ most of it: its own           | last quarter, in {@value #PIECES} pieces: whoever is free ]
 * </pre>
 *
 * <p>Good for one operation of one job until {@link #reset}, which must happen where no worker is in that operation. Nobody
 * can tell whose an item was: what reads the results waits for a barrier or the end of the job.
 */
public final class Turns {
    /** Of a worker's share, the part that others may take: one over this. */
    private static final int LEFT = 4;

    /** What others may take of a worker's share, in pieces. */
    static final int PIECES = 4;

    private final AtomicInteger next = new AtomicInteger();

    /** Starts again. */
    public void reset() {
        next.set(0);
    }

    /** {@code worker}, whose {@link Worker#share} goes by these turns. */
    public Worker of(Worker worker) {
        return worker.count() == 1 ? worker : new InTurns(worker, next);
    }

    private record InTurns(Worker worker, AtomicInteger next) implements Worker {
        @Override
        public int id() {
            return worker.id();
        }

        @Override
        public int count() {
            return worker.count();
        }

        @Override
        public void barrier() {
            worker.barrier();
        }

        @Override
        public void checkOthers() {
            worker.checkOthers();
        }

        @Override
        public void share(int items, int grain, Stretch work) {
            run(work, bound(items, grain, id(), 0), bound(items, grain, id(), (LEFT - 1) * PIECES));
            int pieces = count() * PIECES;
            for (int turn = next.getAndIncrement(); turn < pieces; turn = next.getAndIncrement()) {
                int owner = turn % count();
                int piece = (LEFT - 1) * PIECES + turn / count();
                run(work, bound(items, grain, owner, piece), bound(items, grain, owner, piece + 1));
            }
        }

        private static void run(Stretch work, int from, int to) {
            if (from < to) {
                work.run(from, to);
            }
        }

        /** Where a piece of {@code owner}'s share begins, of which there are {@link #LEFT} · {@link #PIECES}. */
        private int bound(int items, int grain, int owner, int piece) {
            long grains = (items + (long) grain - 1) / grain;
            long parts = (long) count() * LEFT * PIECES;
            return (int) Math.min(items, grains * ((long) owner * LEFT * PIECES + piece) / parts * grain);
        }
    }
}
