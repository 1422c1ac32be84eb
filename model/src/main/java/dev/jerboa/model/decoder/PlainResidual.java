package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;

/** One hidden state a token, which sub-layers read and add to. */
final class PlainResidual implements ResidualPart {
    private final Scratch.Table state;

    PlainResidual(int hidden, Scratch scratch) {
        this.state = scratch.table(Scratch.Span.STEP, "state", hidden, 1);
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
        return state.rows();
    }

    @Override
    public boolean accumulates() {
        return true;
    }

    @Override
    public void write(Worker worker, int site, int count, Panel normed) {
        // the sub-layer has added to the state
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
