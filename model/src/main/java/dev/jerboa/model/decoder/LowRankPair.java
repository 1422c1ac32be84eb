package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;

/**
 * The two matrices of an {@link Adaptation.Product} as the tier computes with them, with room for what is between them.
 *
 * @param b with the scale in it
 * @param shared {@code A x} of a step's tokens, or of all its places of experts
 * @param own each worker's own for few tokens; empty for experts
 */
record LowRankPair(Weights a, Weights b, Scratch.Form shared, List<Scratch.Form> own) {
    Panel inner(Worker worker, boolean few) {
        return few ? own.get(worker.id()).panel() : shared.panel();
    }
}
