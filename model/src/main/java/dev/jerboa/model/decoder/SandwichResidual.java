package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import java.util.ArrayList;
import java.util.List;

/** One hidden state a token; what a sub-layer gives is normed and then added to it. */
final class SandwichResidual implements ResidualPart {
    private final Ops ops;
    private final float normEps;
    private final Scratch.Table state;
    private final Scratch.Table results;
    private final List<FloatRows> norms = new ArrayList<>();

    SandwichResidual(DecoderSpec model, WeightReader reader, Scratch scratch) {
        this.ops = reader.ops();
        this.normEps = model.normEps();
        int hidden = model.hiddenSize();
        this.state = scratch.table(Scratch.Span.STEP, "state", hidden, 1);
        this.results = scratch.table(Scratch.Span.STEP, "result", hidden, 1);
        for (int l = 0; l < model.layers().size(); l++) {
            norms.add(reader.vector(Slot.ATTENTION_RESULT_NORM, l, hidden));
            norms.add(reader.vector(Slot.FEED_FORWARD_RESULT_NORM, l, hidden));
        }
    }

    @Override
    public void bind() {}

    @Override
    public void begin(Worker worker, Embedding embedding, Step step) {
        embedding.rows(worker, step, state.rows(), 1);
    }

    @Override
    public FloatRows read(Worker worker, int site, int count) {
        return state.rows();
    }

    @Override
    public FloatRows target() {
        return results.rows();
    }

    @Override
    public boolean accumulates() {
        return false;
    }

    /** A row is normed by one worker, so all columns of it have to be there first. */
    @Override
    public void write(Worker worker, int site, int count, Panel panel) {
        worker.barrier();
        int from = worker.from(count, 1);
        int mine = worker.to(count, 1) - from;
        if (mine > 0) {
            FloatRows rows = results.rows().slice(from, mine);
            ops.rmsNormInPlace(Worker.alone(), rows, mine, 0, 1, rows.cols(), norms.get(site), normEps);
            ops.add(Worker.alone(), state.rows().slice(from, mine), rows, mine);
        }
    }

    @Override
    public FloatRows end(Worker worker, int count) {
        return state.rows();
    }

    @Override
    public TokenWork work() {
        return TokenWork.NONE;
    }
}
