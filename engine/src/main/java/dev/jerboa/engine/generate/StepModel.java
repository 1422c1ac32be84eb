package dev.jerboa.engine.generate;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.KvShape;
import java.util.List;

/** A decoder as generation sees it: tokens in, logits out. One thread at a time. Tests put a scripted one here. */
interface StepModel extends AutoCloseable {
    int vocabularySize();

    /** The most tokens of a step. */
    int maxStepTokens();

    List<KvShape> cacheShape();

    /** Begins a new step. */
    void clear();

    /** Adds a token to the step. */
    void add(int token, int position, int[] pages, boolean wantLogits);

    /** Computes the step; the logits of the wanted tokens, valid until the next run. */
    FloatRows run(List<KvLayer> cache);

    @Override
    void close();
}
