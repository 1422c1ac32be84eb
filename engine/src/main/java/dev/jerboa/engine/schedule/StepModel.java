package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.KvShape;
import java.util.List;

/** A decoder as a scheduler sees it: tokens in, logits out. One thread at a time. */
public interface StepModel {
    int vocabularySize();

    /** The most tokens of a step. */
    int maxStepTokens();

    List<KvShape> cacheShape();

    /** Begins a new step. */
    void clear();

    /** Says which adaptation the tokens added from now on have, as {@link dev.jerboa.model.decoder.Step#adaptation}. */
    void adaptation(int number);

    /** Says which row of running states the tokens added from now on have, as {@link dev.jerboa.model.decoder.Step#state}. */
    default void state(int row) {
        // a model that keeps none
    }

    /** Adds a token to the step. */
    void add(int token, int position, int[] pages, boolean wantLogits);

    /** Computes the step: a row of logits for each token that wants them, in order; valid until the next run. */
    FloatRows run(List<KvLayer> cache);

    /** Computes the step: for each token that would have logits a row of its last state, in order; valid until the next run. */
    FloatRows runStates(List<KvLayer> cache);
}
