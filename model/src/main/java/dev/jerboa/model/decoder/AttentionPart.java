package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;

/** A layer's attention with its weights. Every worker calls {@link #forward} together. */
sealed interface AttentionPart permits GroupedQueryPart, LatentPart, CompressedPart, DeltaRulePart, LightningPart {
    /** The weights that read the normed hidden state. */
    List<Weights> consumers();

    /**
     * Sets {@code out} to the attention of {@code x}, or adds it. Expects a barrier before; leaves the writes of {@code out} (by
     * column) unfinished until the barrier after.
     */
    void forward(Worker worker, StepTokens tokens, Panel x, KvLayer cache, FloatRows out, boolean accumulate);

    /** What one token takes of the weights. */
    TokenWork work();

    /** Makes sure of rotations for positions below {@code positions}; between steps. */
    void reach(int positions);
}
