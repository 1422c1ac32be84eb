package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.KvShape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The steps of another model, of which a test changes some. */
public class ForwardingSteps implements StepModel {
    private final StepModel model;

    public ForwardingSteps(StepModel model) {
        this.model = model;
    }

    @Override
    public int vocabularySize() {
        return model.vocabularySize();
    }

    @Override
    public int maxStepTokens() {
        return model.maxStepTokens();
    }

    @Override
    public List<KvShape> cacheShape() {
        return model.cacheShape();
    }

    @Override
    public void clear() {
        model.clear();
    }

    @Override
    public void adaptation(int number) {
        model.adaptation(number);
    }

    @Override
    public void state(int row) {
        model.state(row);
    }

    @Override
    public void add(int token, int position, int[] pages, boolean wantLogits) {
        model.add(token, position, pages, wantLogits);
    }

    @Override
    public FloatRows run(List<KvLayer> cache) {
        return model.run(cache);
    }

    @Override
    public FloatRows runStates(List<KvLayer> cache) {
        return model.runStates(cache);
    }

    @Override
    public @Nullable FurtherSteps further() {
        return model.further();
    }
}
