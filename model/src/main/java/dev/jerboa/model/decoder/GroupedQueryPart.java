package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Grouped-query attention.
 *
 * <pre>
 * x → q, k, v (+ bias) → norm → rotate → (norm, growth of q) → store k, v → attend (→ gate) → output projection → out
 * </pre>
 *
 * Of a few tokens each worker does all of that up to the output projection for key heads of its own, without waiting, unless a norm
 * goes over all heads.
 */
final class GroupedQueryPart implements AttentionPart {
    private final Ops ops;
    private final AttentionSpec.GroupedQuery spec;
    private final AttentionShape shape;
    private final float normEps;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear output;
    private final @Nullable FloatRows queryNorm;
    private final @Nullable FloatRows keyNorm;
    private final @Nullable RotaryTables rotary;
    private final Scratch.Table queries;
    /** Heads of [query | gate], or the queries where there is no gate. */
    private final Scratch.Table gated;

    private final Scratch.Table keys;
    private final Scratch.Table values;
    private final Scratch.Form attended;

    /** Whether a head's rows make whole shares of products. */
    private final boolean apart;

    GroupedQueryPart(
            AttentionSpec.GroupedQuery spec,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            @Nullable RotaryTables rotary,
            Scratch scratch) {
        this.ops = reader.ops();
        this.spec = spec;
        this.shape =
                spec.shape(spec.scores().sinks() ? reader.vector(Slot.ATTENTION_SINKS, layer, spec.heads()) : null);
        this.normEps = model.normEps();
        int hidden = model.hiddenSize();
        int queryDim = spec.heads() * spec.headDim();
        int projected = spec.queryOutputs();
        int keyDim = spec.kvHeads() * spec.headDim();
        this.query = reader.linear(Slot.QUERY, layer, projected, hidden, spec.inputBias(), Scratch.Span.ATTENTION);
        this.key = reader.linear(Slot.KEY, layer, keyDim, hidden, spec.inputBias(), Scratch.Span.ATTENTION);
        this.value = reader.linear(Slot.VALUE, layer, keyDim, hidden, spec.inputBias(), Scratch.Span.ATTENTION);
        this.output = reader.linear(
                Slot.ATTENTION_OUTPUT, layer, hidden, queryDim, spec.outputBias(), Scratch.Span.ATTENTION);
        this.queryNorm = norm(Slot.QUERY_NORM, layer, queryDim, reader);
        this.keyNorm = norm(Slot.KEY_NORM, layer, keyDim, reader);
        this.rotary = rotary;
        this.queries = scratch.table(Scratch.Span.ATTENTION, "query", queryDim, 1);
        this.gated =
                spec.outputGate() ? scratch.table(Scratch.Span.ATTENTION, "query and gate", projected, 1) : queries;
        this.keys = scratch.table(Scratch.Span.ATTENTION, "key", keyDim, 1);
        this.values = scratch.table(Scratch.Span.ATTENTION, "value", keyDim, 1);
        this.apart = spec.headDim() % Ops.GRAIN == 0;
        this.attended = scratch.form(Scratch.Span.ATTENTION, "attended", queryDim, List.of(output.weights()));
    }

    private @Nullable FloatRows norm(Slot slot, int layer, int whole, WeightReader reader) {
        return switch (spec.norm()) {
            case NONE -> null;
            case HEADS -> reader.vector(slot, layer, spec.headDim());
            case WHOLE -> reader.vector(slot, layer, whole);
            case TURNED_HEADS -> reader.ones(spec.headDim());
        };
    }

    @Override
    public List<Weights> consumers() {
        return List.of(query.weights(), key.weights(), value.weights());
    }

    @Override
    public void forward(Worker worker, StepTokens tokens, Panel x, KvLayer cache, FloatRows out, boolean accumulate) {
        int count = tokens.count();
        Panel mixed = attended.panel();
        boolean headsApart = cache.heads() == spec.kvHeads() && spec.norm() != AttentionSpec.QueryNorm.WHOLE;
        if (headsApart && Ops.sharesHeads(worker, count, spec.kvHeads())) {
            Worker ofHeads = worker.inParts(spec.kvHeads());
            project(apart ? ofHeads : worker, x, count);
            if (!apart) {
                worker.barrier();
            }
            int from = worker.from(spec.kvHeads(), 1);
            turn(Worker.alone(), tokens, from, worker.to(spec.kvHeads(), 1) - from);
            ops.store(worker, tokens, keys.rows(), 0, values.rows(), 0, cache);
            ops.attention(worker, queries.rows(), tokens, cache, shape, mixed.rows());
            if (apart) {
                gate(Worker.alone(), mixed, count, from, worker.to(spec.kvHeads(), 1) - from);
                ops.prepareColumns(ofHeads, mixed, count);
            } else {
                worker.barrier();
                gate(worker, mixed, count, 0, spec.kvHeads());
                ops.prepare(worker, mixed, count);
            }
        } else {
            project(worker, x, count);
            worker.barrier();
            turn(worker, tokens, 0, spec.kvHeads());
            worker.barrier();
            ops.store(worker, tokens, keys.rows(), 0, values.rows(), 0, cache);
            worker.barrier();
            ops.attention(worker, queries.rows(), tokens, cache, shape, mixed.rows());
            worker.barrier();
            gate(worker, mixed, count, 0, spec.kvHeads());
            ops.prepare(worker, mixed, count);
        }
        worker.barrier();
        output.apply(ops, worker, mixed, count, out, accumulate);
    }

    private void project(Worker worker, Panel x, int count) {
        query.apply(ops, worker, x, count, gated.rows(), false);
        key.apply(ops, worker, x, count, keys.rows(), false);
        value.apply(ops, worker, x, count, values.rows(), false);
    }

    /** Norms and rotates key heads {@code from} to {@code from + count − 1} and the query heads that read them. */
    private void turn(Worker worker, StepTokens tokens, int from, int count) {
        turn(worker, tokens, keys.rows(), from, count, keyNorm);
        int group = spec.heads() / spec.kvHeads();
        if (spec.outputGate()) {
            int head = spec.headDim();
            int first = from * group;
            ops.copy(
                    worker,
                    gated.rows(),
                    first * 2 * head,
                    2 * head,
                    queries.rows(),
                    first * head,
                    head,
                    count * group,
                    head,
                    tokens.count());
        }
        turn(worker, tokens, queries.rows(), from * group, count * group, queryNorm);
        QueryScaling growth = spec.scores().growth();
        if (growth != null) {
            grow(worker, tokens, from * group, count * group, growth);
        }
    }

    /** Gates what the query heads of key heads {@code from} to {@code from + heads − 1} give. Share: by token. */
    private void gate(Worker worker, Panel mixed, int count, int from, int heads) {
        if (spec.outputGate()) {
            int head = spec.headDim();
            int group = spec.heads() / spec.kvHeads();
            for (int h = from * group; h < (from + heads) * group; h++) {
                Gates.sigmoid(worker, mixed.rows(), h * head, gated.rows(), (2 * h + 1) * head, head, count);
            }
        }
    }

    private void turn(Worker worker, StepTokens tokens, FloatRows rows, int from, int count, @Nullable FloatRows norm) {
        int headDim = spec.headDim();
        boolean after = spec.norm() == AttentionSpec.QueryNorm.TURNED_HEADS;
        if (norm != null && !after) {
            int size = norm.cols();
            int segments = spec.norm() == AttentionSpec.QueryNorm.WHOLE ? 1 : count;
            ops.rmsNormInPlace(worker, rows, tokens.count(), from * headDim, segments, size, norm, normEps);
        }
        if (rotary != null) {
            ops.rotate(worker, rows, tokens, from * headDim, count, headDim, rotary.table());
        }
        if (norm != null && after) {
            ops.rmsNormInPlace(worker, rows, tokens.count(), from * headDim, count, headDim, norm, normEps);
        }
    }

    /** Scales {@code count} query heads by their position. Share: by token. */
    private void grow(Worker worker, StepTokens tokens, int from, int count, QueryScaling growth) {
        FloatRows rows = queries.rows();
        int first = from * spec.headDim();
        int end = (from + count) * spec.headDim();
        for (int t = worker.from(tokens.count(), 1), to = worker.to(tokens.count(), 1); t < to; t++) {
            float factor = growth.factor(tokens.positions()[t]);
            for (int c = first; factor != 1 && c < end; c++) {
                rows.set(t, c, rows.get(t, c) * factor);
            }
        }
    }

    @Override
    public TokenWork work() {
        return TokenWork.of(query)
                .plus(TokenWork.of(key))
                .plus(TokenWork.of(value))
                .plus(TokenWork.of(output));
    }

    @Override
    public void reach(int positions) {
        if (rotary != null) {
            rotary.reach(positions);
        }
    }
}
