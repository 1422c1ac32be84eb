package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;

/** The limit of gated units: see {@link FeedForwardSpec.Gated#limit}. */
final class UnitLimit {
    private UnitLimit() {}

    /** Cuts rows {@code from} to {@code from + count − 1} of gate and up; nothing with a limit of 0. Share: by column, as products. */
    static void apply(Worker worker, float limit, FloatRows gate, FloatRows up, int from, int count) {
        if (limit == 0) {
            return;
        }
        int first = worker.from(gate.cols(), Ops.GRAIN);
        int end = worker.to(gate.cols(), Ops.GRAIN);
        for (int t = from; t < from + count; t++) {
            for (int c = first; c < end; c++) {
                gate.set(t, c, Math.min(gate.get(t, c), limit));
                up.set(t, c, Math.max(-limit, Math.min(up.get(t, c), limit)));
            }
        }
    }
}
