package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.KvShape;
import dev.jerboa.model.decoder.Step;
import java.util.List;

/** Steps of a real decoder, which belongs to the caller. */
public final class DecoderSteps implements StepModel {
    private final Decoder decoder;
    private final Step step;

    public DecoderSteps(Decoder decoder) {
        this.decoder = decoder;
        this.step = decoder.step();
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
        decoder.forward(step, cache);
        return step.logits();
    }

    @Override
    public FloatRows runStates(List<KvLayer> cache) {
        step.wantStates();
        decoder.forward(step, cache);
        return step.states();
    }
}
