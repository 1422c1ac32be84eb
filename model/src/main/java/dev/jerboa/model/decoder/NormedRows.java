package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * Normed rows that every worker reads. Of a few tokens each worker norms all into a panel of its own, which takes less time
 * than a barrier; of more each norms a share, in one panel.
 */
final class NormedRows {
    private final Ops ops;
    private final Scratch.Form shared;
    private final List<Scratch.Form> own = new ArrayList<>();

    NormedRows(Ops ops, Scratch scratch, Scratch.Span span, String purpose, int cols) {
        this.ops = ops;
        this.shared = scratch.form(span, purpose, cols, List.of());
        for (int i = 0; i < scratch.workers(); i++) {
            own.add(scratch.form(scratch.few(span, purpose + " of worker " + i, cols, 1), List.of()));
        }
    }

    /** Says which weights read the rows; before {@link Scratch#allocate}. */
    void addConsumers(List<Weights> consumers) {
        shared.consumers().addAll(consumers);
        own.forEach(form -> form.consumers().addAll(consumers));
    }

    /** The norm of the first {@code count} rows, ready for this worker to read. A barrier comes before. */
    Panel of(Worker worker, FloatRows x, int count, FloatRows weight, float eps) {
        if (count <= Ops.FEW) {
            Panel panel = own.get(worker.id()).panel();
            ops.rmsNorm(Worker.alone(), x, count, weight, eps, panel);
            return panel;
        }
        Panel panel = shared.panel();
        ops.rmsNorm(worker, x, count, weight, eps, panel);
        worker.barrier();
        return panel;
    }
}
