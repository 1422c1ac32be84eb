package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import java.util.ArrayList;
import java.util.List;

/** One hidden state a token; what a sub-layer gives lies apart, until it is taken in. */
final class ResultResidual implements ResidualPart {
    private final Taking taking;
    private final Scratch.Table state;
    private final Scratch.Table results;

    /** How a site's results become part of the hidden states. Barriers as of {@link ResidualPart#write}. */
    private interface Taking {
        void take(Worker worker, int site, int count, FloatRows results, Panel normed, FloatRows state);
    }

    private ResultResidual(int hidden, Scratch scratch, Taking taking) {
        this.taking = taking;
        this.state = scratch.table(Scratch.Span.STEP, "state", hidden, 1);
        this.results = scratch.table(Scratch.Span.STEP, "result", hidden, 1);
    }

    /** {@link ResidualSpec.Sandwich}. */
    static ResultResidual sandwich(DecoderSpec model, WeightReader reader, Scratch scratch) {
        List<FloatRows> norms = new ArrayList<>();
        for (int l = 0; l < model.layers().size(); l++) {
            norms.add(reader.vector(Slot.ATTENTION_RESULT_NORM, l, model.hiddenSize()));
            norms.add(reader.vector(Slot.FEED_FORWARD_RESULT_NORM, l, model.hiddenSize()));
        }
        Ops ops = reader.ops();
        float eps = model.normEps();
        return new ResultResidual(
                model.hiddenSize(),
                scratch,
                (worker, site, count, results, normed, state) ->
                        addNormed(ops, worker, count, results, norms.get(site), eps, state));
    }

    /** A row is normed by one worker, so all columns of it have to be there first. */
    private static void addNormed(
            Ops ops, Worker worker, int count, FloatRows results, FloatRows norm, float eps, FloatRows state) {
        worker.barrier();
        int from = worker.from(count, 1);
        int mine = worker.to(count, 1) - from;
        if (mine > 0) {
            FloatRows rows = results.slice(from, mine);
            ops.rmsNormInPlace(Worker.alone(), rows, mine, 0, 1, rows.cols(), norm, eps);
            ops.add(Worker.alone(), state.slice(from, mine), rows, mine);
        }
    }

    /** {@link ResidualSpec.Normed}. */
    static ResultResidual normed(ResidualSpec.Normed spec, DecoderSpec model, Scratch scratch) {
        List<ResidualSpec.Normed.Weights> sites = spec.sites();
        if (sites.size() != 2 * model.layers().size()) {
            throw new IllegalArgumentException("a residual of " + sites.size() + " sites for "
                    + model.layers().size() + " layers, expected two a layer");
        }
        return new ResultResidual(
                model.hiddenSize(),
                scratch,
                (worker, site, count, results, normed, state) ->
                        keepNormed(worker, count, results, normed.rows(), sites.get(site), state));
    }

    private static void keepNormed(
            Worker worker,
            int count,
            FloatRows results,
            FloatRows normed,
            ResidualSpec.Normed.Weights weights,
            FloatRows state) {
        float alpha = weights.state();
        float beta = weights.result();
        worker.share(state.cols(), Ops.GRAIN, (from, end) -> {
            for (int t = 0; t < count; t++) {
                for (int c = from; c < end; c++) {
                    state.set(t, c, normed.get(t, c) * alpha + results.get(t, c) * beta);
                }
            }
        });
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
        taking.take(worker, site, count, results.rows(), normed, state.rows());
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
