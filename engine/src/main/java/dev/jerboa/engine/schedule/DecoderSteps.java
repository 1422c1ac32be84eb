package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.KvShape;
import dev.jerboa.model.decoder.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Steps of a real decoder, which belongs to the caller. */
public final class DecoderSteps implements StepModel {
    private final Decoder decoder;
    private final Step step;
    private final @Nullable FurtherSteps further;

    public DecoderSteps(Decoder decoder) {
        this.decoder = decoder;
        this.step = decoder.step();
        this.further = decoder.predictsFurther() ? new FurtherSteps(decoder, step) : null;
    }

    @Override
    public int vocabularySize() {
        return decoder.spec().vocabularySize();
    }

    @Override
    public int maxStepTokens() {
        return step.capacity();
    }

    @Override
    public List<KvShape> cacheShape() {
        return decoder.cacheShape();
    }

    @Override
    public void clear() {
        step.clear();
    }

    @Override
    public void adaptation(int number) {
        step.adaptation(number);
    }

    @Override
    public void state(int row) {
        step.state(row);
    }

    @Override
    public void add(int token, int position, int[] pages, boolean wantLogits) {
        step.add(token, position, pages, wantLogits);
    }

    @Override
    public FloatRows run(List<KvLayer> cache) {
        if (further != null) {
            step.keepStates();
        }
        decoder.forward(step, cache);
        return step.logits();
    }

    @Override
    public FloatRows runStates(List<KvLayer> cache) {
        step.wantStates();
        decoder.forward(step, cache);
        return step.states();
    }

    @Override
    public @Nullable FurtherSteps further() {
        return further;
    }
}
