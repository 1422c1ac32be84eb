package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.StateHead;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The gated delta rule.
 *
 * <pre>
 * x → [q | k | v], gates, strengths, decays (in low rank: down, then up)
 *   → by key head: convolutions → q, k to length 1 → by value head: decays, strength → state → norm, gate
 *   → output projection → out
 * </pre>
 *
 * A worker takes key heads with the value heads that read them through all tokens, in order; so cutting a prompt into steps
 * changes nothing.
 */
final class DeltaRulePart implements AttentionPart {
    private static final float LENGTH_EPS = 1e-6f;

    private final Ops ops;
    private final AttentionSpec.DeltaRule spec;
    private final Scratch scratch;
    private final List<Projection> projections = new ArrayList<>();
    private final List<LowRank> lowRank = new ArrayList<>();
    private final Field queries;
    private final Field keys;
    private final Field values;
    private final Field gates;
    private final Field strengths;
    private final Field decays;
    private final Scratch.Table stepDecays;
    private final Scratch.Table stepStrengths;
    private final FloatRows kernels;
    /** The rate of each value head's decay, positive. */
    private final float[] rates;

    private final FloatRows decayBias;
    private final FloatRows norm;
    private final StateHead[] heads;
    private final Linear output;
    private final Scratch.Form attended;

    /** A projection of the hidden state and where it goes. */
    private record Projection(Linear linear, Scratch.Table out) {}

    /** A projection of another one's result. */
    private record LowRank(Scratch.Form inner, Linear up, Scratch.Table out) {}

    /**
     * Where the numbers of heads stand in a table: {@code perGroup} heads side by side, {@code head} apart, in groups that begin {@code
     * group} apart.
     */
    private record Field(Scratch.Table table, int from, int perGroup, int group, int head) {
        /** Heads one after another. */
        Field(Scratch.Table table, int from, int head) {
            this(table, from, 1, head, 0);
        }

        int col(int h) {
            return from + h / perGroup * group + h % perGroup * head;
        }

        FloatRows rows() {
            return table.rows();
        }
    }

    DeltaRulePart(AttentionSpec.DeltaRule spec, int layer, DecoderSpec model, WeightReader reader, Scratch scratch) {
        this.ops = reader.ops();
        this.spec = spec;
        this.scratch = scratch;
        int hidden = model.hiddenSize();
        int keyHeads = spec.keyHeads();
        int each = spec.valueHeads() / keyHeads;
        int k = spec.keyDim();
        int v = spec.valueDim();
        int keyDim = keyHeads * k;
        int valueDim = spec.valueHeads() * v;
        Maker maker = new Maker(reader, layer, hidden);
        if (reader.knows(Slot.STATE_INPUTS_BY_HEAD)) {
            int group = 2 * k + 2 * each * v;
            Scratch.Table all = maker.project(Slot.STATE_INPUTS_BY_HEAD, keyHeads * group);
            this.queries = new Field(all, 0, group);
            this.keys = new Field(all, k, group);
            this.values = new Field(all, 2 * k, each, group, v);
            this.gates = new Field(all, 2 * k + each * v, each, group, v);
        } else if (reader.knows(Slot.STATE_INPUTS)) {
            Scratch.Table all = maker.project(Slot.STATE_INPUTS, spec.channels());
            this.queries = new Field(all, 0, k);
            this.keys = new Field(all, keyDim, k);
            this.values = new Field(all, 2 * keyDim, v);
            this.gates =
                    new Field(maker.project(Slot.STATE_GATE, Slot.STATE_GATE_DOWN, Slot.STATE_GATE_UP, valueDim), 0, v);
        } else {
            this.queries = new Field(maker.project(Slot.QUERY, keyDim), 0, k);
            this.keys = new Field(maker.project(Slot.KEY, keyDim), 0, k);
            this.values = new Field(maker.project(Slot.VALUE, valueDim), 0, v);
            this.gates =
                    new Field(maker.project(Slot.STATE_GATE, Slot.STATE_GATE_DOWN, Slot.STATE_GATE_UP, valueDim), 0, v);
        }
        if (reader.knows(Slot.STATE_RATES_BY_HEAD)) {
            Scratch.Table both = maker.project(Slot.STATE_RATES_BY_HEAD, 2 * spec.valueHeads());
            this.strengths = new Field(both, 0, each, 2 * each, 1);
            this.decays = new Field(both, each, each, 2 * each, 1);
        } else {
            this.strengths = new Field(maker.project(Slot.STATE_STRENGTH, spec.valueHeads()), 0, 1);
            this.decays = new Field(
                    maker.project(Slot.STATE_DECAY, Slot.STATE_DECAY_DOWN, Slot.STATE_DECAY_UP, spec.decays()),
                    0,
                    spec.decayPerChannel() ? k : 1);
        }
        this.stepDecays = scratch.table(Scratch.Span.ATTENTION, "state decays", spec.decays(), 1);
        this.stepStrengths = scratch.table(Scratch.Span.ATTENTION, "state strengths", spec.valueHeads(), 1);
        this.kernels = FloatRows.allocate(reader.arena(), spec.window(), spec.channels());
        if (reader.knows(Slot.STATE_KERNELS)) {
            reader.kernels(Slot.STATE_KERNELS, layer, spec.channels(), kernels, 0);
        } else {
            reader.kernels(Slot.STATE_QUERY_KERNELS, layer, keyDim, kernels, 0);
            reader.kernels(Slot.STATE_KEY_KERNELS, layer, keyDim, kernels, keyDim);
            reader.kernels(Slot.STATE_VALUE_KERNELS, layer, valueDim, kernels, 2 * keyDim);
        }
        this.rates = rates(reader, layer, spec.valueHeads());
        this.decayBias = reader.vector(Slot.STATE_DECAY_BIAS, layer, spec.decays());
        this.norm = reader.vector(Slot.STATE_NORM, layer, v);
        this.heads = new StateHead[spec.valueHeads()];
        for (int h = 0; h < heads.length; h++) {
            int key = keyHead(h);
            heads[h] = new StateHead(
                    k,
                    v,
                    queries.col(key),
                    keys.col(key),
                    values.col(h),
                    spec.decayPerChannel() ? h * k : h,
                    spec.decayPerChannel(),
                    h,
                    true,
                    spec.convolved() + h * k * v,
                    h * v);
        }
        this.output = reader.linear(Slot.STATE_OUTPUT, layer, hidden, valueDim, false, Scratch.Span.ATTENTION);
        this.attended = scratch.form(Scratch.Span.ATTENTION, "attended", valueDim, List.of(output.weights()));
    }

    private static float[] rates(WeightReader reader, int layer, int heads) {
        boolean logarithms = !reader.knows(Slot.STATE_NEGATIVE_RATE);
        float[] rates = reader.vector(logarithms ? Slot.STATE_LOG_RATE : Slot.STATE_NEGATIVE_RATE, layer, heads)
                .row(0);
        for (int h = 0; h < heads; h++) {
            rates[h] = logarithms ? (float) Math.exp(rates[h]) : -rates[h];
        }
        return rates;
    }

    /** Makes projections, each with a table of its own. */
    private final class Maker {
        private final WeightReader reader;
        private final int layer;
        private final int hidden;

        Maker(WeightReader reader, int layer, int hidden) {
            this.reader = reader;
            this.layer = layer;
            this.hidden = hidden;
        }

        Scratch.Table project(Slot slot, int outputs) {
            Scratch.Table out = table(slot, outputs);
            projections.add(
                    new Projection(reader.linear(slot, layer, outputs, hidden, false, Scratch.Span.ATTENTION), out));
            return out;
        }

        /** A projection, or where the rank is limited two of them. */
        Scratch.Table project(Slot whole, Slot down, Slot up, int outputs) {
            int rank = spec.rank();
            if (rank == 0) {
                return project(whole, outputs);
            }
            Linear second = reader.linear(up, layer, outputs, rank, false, Scratch.Span.ATTENTION);
            Scratch.Form inner = scratch.form(table(down, rank), List.of(second.weights()));
            projections.add(new Projection(
                    reader.linear(down, layer, rank, hidden, false, Scratch.Span.ATTENTION), table(down, rank)));
            Scratch.Table out = table(up, outputs);
            lowRank.add(new LowRank(inner, second, out));
            return out;
        }

        private Scratch.Table table(Slot slot, int cols) {
            return scratch.table(Scratch.Span.ATTENTION, "state " + slot, cols, 1);
        }
    }

    private int keyHead(int valueHead) {
        return spec.tiled() ? valueHead % spec.keyHeads() : valueHead / (spec.valueHeads() / spec.keyHeads());
    }

    @Override
    public List<Weights> consumers() {
        return projections.stream()
                .map(projection -> projection.linear.weights())
                .toList();
    }

    @Override
    public void forward(Worker worker, StepTokens tokens, Panel x, KvLayer cache, FloatRows out, boolean accumulate) {
        int count = tokens.count();
        for (Projection projection : projections) {
            projection.linear.apply(ops, worker, x, count, projection.out.rows(), false);
        }
        worker.barrier();
        if (!lowRank.isEmpty()) {
            for (LowRank product : lowRank) {
                ops.prepare(worker, product.inner.panel(), count);
            }
            worker.barrier();
            for (LowRank product : lowRank) {
                product.up.apply(ops, worker, product.inner.panel(), count, product.out.rows(), false);
            }
            worker.barrier();
        }
        FloatRows mixed = attended.panel().rows();
        for (int key = worker.from(spec.keyHeads(), 1), end = worker.to(spec.keyHeads(), 1); key < end; key++) {
            key(tokens, key, cache.states());
            int each = spec.valueHeads() / spec.keyHeads();
            for (int i = 0; i < each; i++) {
                int h = spec.tiled() ? i * spec.keyHeads() + key : key * each + i;
                value(tokens, h, cache.states(), mixed);
            }
        }
        worker.barrier();
        ops.prepare(worker, attended.panel(), count);
        worker.barrier();
        output.apply(ops, worker, attended.panel(), count, out, accumulate);
    }

    /** Makes the queries and keys of a head. */
    private void key(StepTokens tokens, int head, FloatRows states) {
        int k = spec.keyDim();
        ops.convolve(tokens, queries.rows(), queries.col(head), k, kernels, head * k, states);
        ops.convolve(tokens, keys.rows(), keys.col(head), k, kernels, (spec.keyHeads() + head) * k, states);
        for (int t = 0; t < tokens.count(); t++) {
            shorten(queries.rows(), t, queries.col(head), k, 1 / Math.sqrt(k));
            shorten(keys.rows(), t, keys.col(head), k, 1);
        }
    }

    /** Scales to {@code length}. */
    private static void shorten(FloatRows rows, int row, int col, int size, double length) {
        double squares = 0;
        for (int c = 0; c < size; c++) {
            double x = rows.get(row, col + c);
            squares += x * x;
        }
        float by = (float) (length / Math.sqrt(squares + LENGTH_EPS));
        for (int c = 0; c < size; c++) {
            rows.set(row, col + c, rows.get(row, col + c) * by);
        }
    }

    /** Takes a value head through its state. */
    private void value(StepTokens tokens, int head, FloatRows states, FloatRows mixed) {
        int v = spec.valueDim();
        int channel = 2 * spec.keyHeads() * spec.keyDim() + head * v;
        ops.convolve(tokens, values.rows(), values.col(head), v, kernels, channel, states);
        int each = spec.decayPerChannel() ? spec.keyDim() : 1;
        for (int t = 0; t < tokens.count(); t++) {
            float strength = Gates.sigmoid(strengths.rows().get(t, strengths.col(head)));
            stepStrengths.rows().set(t, head, strength);
            for (int c = 0; c < each; c++) {
                float x = decays.rows().get(t, decays.col(head) + c) + decayBias.get(0, head * each + c);
                stepDecays.rows().set(t, head * each + c, decay(x, rates[head]));
            }
        }
        ops.advance(
                tokens,
                heads[head],
                queries.rows(),
                keys.rows(),
                values.rows(),
                stepDecays.rows(),
                stepStrengths.rows(),
                states,
                mixed);
        for (int t = 0; t < tokens.count(); t++) {
            finish(mixed, t, head * v, gates.col(head));
        }
    }

    /** What is left of a state. */
    private float decay(float x, float rate) {
        double g = spec.lowerBound() == 0
                ? -rate * (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))))
                : spec.lowerBound() / (1 + Math.exp(-rate * x));
        return (float) Math.exp(g);
    }

    /** Norms and gates what a head's state gives. */
    private void finish(FloatRows mixed, int row, int col, int gate) {
        int v = spec.valueDim();
        double squares = 0;
        for (int c = 0; c < v; c++) {
            double x = mixed.get(row, col + c);
            squares += x * x;
        }
        float by = (float) (1 / Math.sqrt(squares / v + spec.normEps()));
        boolean silu = spec.gate() == AttentionSpec.StateGate.SILU;
        for (int c = 0; c < v; c++) {
            float z = gates.rows().get(row, gate + c);
            float normed = mixed.get(row, col + c) * by * norm.get(0, c);
            mixed.set(row, col + c, normed * (silu ? Gates.silu(z) : Gates.sigmoid(z)));
        }
    }

    @Override
    public TokenWork work() {
        TokenWork work = TokenWork.of(output);
        for (Projection projection : projections) {
            work = work.plus(TokenWork.of(projection.linear));
        }
        for (LowRank product : lowRank) {
            work = work.plus(TokenWork.of(product.up));
        }
        return work;
    }

    @Override
    public void reach(int positions) {
        // states know no positions
    }
}
