package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;

/** One hidden state a token, of which the normed form is what results are added to. */
final class NormedResidual implements ResidualPart {
    private final ResidualSpec.Normed spec;
    private final Scratch.Table state;
    private final Scratch.Table results;

    NormedResidual(ResidualSpec.Normed spec, DecoderSpec model, Scratch scratch) {
        if (spec.sites().size() != 2 * model.layers().size()) {
            throw new IllegalArgumentException("a residual of " + spec.sites().size() + " sites for "
                    + model.layers().size() + " layers, expected two a layer");
        }
        this.spec = spec;
        this.state = scratch.table(Scratch.Span.STEP, "state", model.hiddenSize(), 1);
        this.results = scratch.table(Scratch.Span.STEP, "result", model.hiddenSize(), 1);
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

    @Override
    public void write(Worker worker, int site, int count, Panel normed) {
        float alpha = spec.sites().get(site).state();
        float beta = spec.sites().get(site).result();
        FloatRows to = state.rows();
        FloatRows rows = normed.rows();
        FloatRows result = results.rows();
        worker.share(to.cols(), Ops.GRAIN, (from, end) -> {
            for (int t = 0; t < count; t++) {
                for (int c = from; c < end; c++) {
                    to.set(t, c, rows.get(t, c) * alpha + result.get(t, c) * beta);
                }
            }
        });
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
