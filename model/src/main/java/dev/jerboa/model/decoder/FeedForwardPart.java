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

    /** Adds the unit's result for the first {@code count} rows of {@code x} to {@code out}; barriers as for attention. */
    void forward(Worker worker, int count, Panel x, FloatRows out);

    /** What one token takes of the weights. */
    TokenWork work();
}
