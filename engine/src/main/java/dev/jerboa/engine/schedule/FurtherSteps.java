package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.KvShape;
import dev.jerboa.model.decoder.Step;
import java.util.List;

/**
 * Steps of the layer of a decoder that predicts a token further: states and the tokens after them in, logits of the tokens after those
 * out. One thread: that of the decoder's steps.
 */
public final class FurtherSteps {
    private final Decoder decoder;
    private final Step decoded;
    private final Step step;

    /** @param decoded the decoder's step, which keeps the states of its tokens */
    FurtherSteps(Decoder decoder, Step decoded) {
        this.decoder = decoder;
        this.decoded = decoded;
        this.step = decoder.step();
    }

    List<KvShape> cacheShape() {
        return decoder.furtherCacheShape();
    }

    int hiddenSize() {
        return decoder.spec().hiddenSize();
    }

    /** Begins a new step. */
    void clear() {
        step.clear();
    }

    /** Says which adaptation the tokens added from now on have: that of the states before them. */
    void adaptation(int number) {
        step.adaptation(number);
    }

    /** Adds the token after token {@code index} of the decoder's last step. */
    void addAfter(int index, int token, int position, int[] pages, boolean wantLogits) {
        step.addAfter(decoded.states(), index, token, position, pages, wantLogits);
    }

    /** Adds a token after a state, which is copied. */
    void addAfter(FloatRows state, int row, int token, int position, int[] pages, boolean wantLogits) {
        step.addAfter(state, row, token, position, pages, wantLogits);
    }

    /** Tokens of the step. */
    int count() {
        return step.count();
    }

    /** Computes the step: a row of logits for each token that wants them, in order; valid until the next run. */
    FloatRows run(KvLayer cache) {
        step.keepStates();
        decoder.predictFurther(step, cache);
        return step.logits();
    }

    /** The states that the last run left, one row a token, for predicting further still. */
    FloatRows states() {
        return step.states();
    }
}
