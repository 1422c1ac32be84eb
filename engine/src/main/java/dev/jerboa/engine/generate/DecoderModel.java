package dev.jerboa.engine.generate;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.KvShape;
import dev.jerboa.model.decoder.Step;
import java.util.List;

/** A real decoder with everything it stands on; closing it closes all. */
final class DecoderModel implements StepModel {
    private final Checkpoint checkpoint;
    private final Team team;
    private final Decoder decoder;
    private final Step step;

    DecoderModel(Checkpoint checkpoint, Team team, Decoder decoder) {
        this.checkpoint = checkpoint;
        this.team = team;
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
    public void add(int token, int position, int[] pages, boolean wantLogits) {
        step.add(token, position, pages, wantLogits);
    }

    @Override
    public FloatRows run(List<KvLayer> cache) {
        decoder.forward(step, cache);
        return step.logits();
    }

    @Override
    public void close() {
        decoder.close();
        team.close();
        checkpoint.close();
    }
}
