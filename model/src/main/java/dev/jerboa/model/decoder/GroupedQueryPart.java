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
 * x → q, k, v (+ bias) → per-head norm → rotate → store k, v → attend → output projection → added to out
 * </pre>
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
    private final RotaryTables rotary;
    private final Scratch.Table queries;
    private final Scratch.Table keys;
    private final Scratch.Table values;
    private final Scratch.Form attended;

    GroupedQueryPart(
            AttentionSpec.GroupedQuery spec,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            RotaryTables rotary,
            Scratch scratch) {
        this.ops = reader.ops();
        this.spec = spec;
        this.shape = spec.shape();
        this.normEps = model.normEps();
        int hidden = model.hiddenSize();
        int queryDim = spec.heads() * spec.headDim();
        int keyDim = spec.kvHeads() * spec.headDim();
        this.query = reader.linear(Slot.QUERY, layer, queryDim, hidden, spec.inputBias());
        this.key = reader.linear(Slot.KEY, layer, keyDim, hidden, spec.inputBias());
        this.value = reader.linear(Slot.VALUE, layer, keyDim, hidden, spec.inputBias());
        this.output = reader.linear(Slot.ATTENTION_OUTPUT, layer, hidden, queryDim, spec.outputBias());
        this.queryNorm = spec.headNorm() ? reader.vector(Slot.QUERY_NORM, layer, spec.headDim()) : null;
        this.keyNorm = spec.headNorm() ? reader.vector(Slot.KEY_NORM, layer, spec.headDim()) : null;
        this.rotary = rotary;
        this.queries = scratch.table("query", queryDim, 1);
        this.keys = scratch.table("key", keyDim, 1);
        this.values = scratch.table("value", keyDim, 1);
        this.attended = scratch.form("attended", queryDim, 1, List.of(output.weights()));
    }

    @Override
    public List<Weights> consumers() {
        return List.of(query.weights(), key.weights(), value.weights());
    }

    @Override
    public void forward(Worker worker, StepTokens tokens, Panel x, KvLayer cache, FloatRows out) {
        int count = tokens.count();
        int headDim = spec.headDim();
        FloatRows q = queries.rows();
        FloatRows k = keys.rows();
        FloatRows v = values.rows();
        Panel mixed = attended.panel();
        query.apply(ops, worker, x, count, q, false);
        key.apply(ops, worker, x, count, k, false);
        value.apply(ops, worker, x, count, v, false);
        worker.barrier();
        if (queryNorm != null && keyNorm != null) {
            ops.rmsNormInPlace(worker, q, count, 0, spec.heads(), headDim, queryNorm, normEps);
            ops.rmsNormInPlace(worker, k, count, 0, spec.kvHeads(), headDim, keyNorm, normEps);
        }
        ops.rotate(worker, q, tokens, 0, spec.heads(), headDim, rotary.table());
        ops.rotate(worker, k, tokens, 0, spec.kvHeads(), headDim, rotary.table());
        ops.store(worker, tokens, k, 0, v, 0, cache);
        worker.barrier();
        ops.attention(worker, q, tokens, cache, shape, mixed.rows());
        worker.barrier();
        ops.prepare(worker, mixed, count);
        worker.barrier();
        output.apply(ops, worker, mixed, count, out, true);
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
        rotary.reach(positions);
    }
}
