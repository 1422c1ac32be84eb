package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;

/** A layer's feed-forward unit with its weights. Every worker calls {@link #forward} together. */
sealed interface FeedForwardPart permits GatedPart, ExpertsPart {
    /** The weights that read the normed hidden state. */
    List<Weights> consumers();

    /**
     * Sets the first {@code count} rows of {@code out} to the unit's results for those of {@code x}, or adds them; barriers as for
     * attention.
     */
    void forward(Worker worker, int count, Panel x, FloatRows out, boolean accumulate);

    /** What one token takes of the weights. */
    TokenWork work();
}
