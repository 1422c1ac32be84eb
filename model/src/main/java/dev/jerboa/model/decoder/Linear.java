package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Selection;
import dev.jerboa.kernel.ops.Weights;
import org.jspecify.annotations.Nullable;

/** A projection {@code W x + b}, and what adaptations add. */
record Linear(
        Weights weights, @Nullable FloatRows bias, @Nullable LowRankProducts beside) {
    /** Sets (or adds to) the first {@code count} rows of {@code out}. Share: by output column. */
    void apply(Ops ops, Worker worker, Panel x, int count, FloatRows out, boolean accumulate) {
        ops.product(worker, weights, x, Selection.ALL, 0, count, out, 0, accumulate);
        if (beside != null) {
            beside.add(worker, x, count, out);
        }
        if (bias != null) {
            ops.addBias(worker, out, count, bias);
        }
    }
}
