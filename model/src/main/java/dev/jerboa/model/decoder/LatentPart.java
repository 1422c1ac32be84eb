package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention in the absorbed form: the key half of the latent's up-projection is applied to the query,
 * the value half to what attention returns, so that keys and values are the cached latent itself.
 *
 * <pre>
 * x → query latent → norm → heads of [plain | rotary]        x → [latent | rotary key] → norm, rotate → store
 * plain → latent (per head) ⊕ rotated → attend over latents → latent → value (per head) → output projection → out
 * </pre>
 *
 * Of a few tokens each worker computes the queries and values of heads of its own, and waits only for the new latent; where
 * positions are selected ({@link Selecting}), workers share as of many tokens.
 */
final class LatentPart implements AttentionPart {
    private final Ops ops;
    private final AttentionSpec.Latent spec;
    private final AttentionShape shape;
    private final @Nullable LowRankQuery lowRank;
    private final Linear queryHeads;
    private final Linear latentDown;
    private final FloatRows latentNorm;
    private final WeightReader.LatentHeads heads;
    private final Linear output;
    private final @Nullable RotaryTables rotary;
    private final @Nullable Selecting selecting;
    private final Scratch.Table queries;
    private final Scratch.Table keys;
    private final Scratch.Table latentQueries;
    private final Scratch.Table latentAttended;
    private final Scratch.Form attended;

    /** Whether a head's queries and values make whole shares of products. */
    private final boolean apart;

    private record LowRankQuery(Linear down, FloatRows norm, Scratch.Table latents, NormedRows normed) {}

    LatentPart(
            AttentionSpec.Latent spec,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            @Nullable RotaryTables rotary,
            @Nullable Selecting selecting,
            Scratch scratch) {
        this.ops = reader.ops();
        this.spec = spec;
        this.shape = spec.shape();
        int hidden = model.hiddenSize();
        int queryDim = spec.heads() * (spec.plainDim() + spec.rotaryDim());
        int rank = spec.queryRank();
        if (rank > 0) {
            this.queryHeads = reader.linear(Slot.QUERY_UP, layer, queryDim, rank, false, Scratch.Span.ATTENTION);
            this.lowRank = new LowRankQuery(
                    reader.linear(Slot.QUERY_DOWN, layer, rank, hidden, spec.bias(), Scratch.Span.ATTENTION),
                    reader.vector(Slot.QUERY_DOWN_NORM, layer, rank),
                    scratch.table(Scratch.Span.ATTENTION, "query latent", rank, 1),
                    new NormedRows(ops, scratch, Scratch.Span.ATTENTION, "normed query latent", rank));
            lowRank.normed.addConsumers(List.of(queryHeads.weights()));
            if (selecting != null) {
                lowRank.normed.addConsumers(selecting.latentConsumers());
            }
        } else {
            this.lowRank = null;
            this.queryHeads = reader.linear(Slot.QUERY, layer, queryDim, hidden, false, Scratch.Span.ATTENTION);
        }
        int keyDim = spec.latentDim() + spec.rotaryDim();
        this.latentDown = reader.linear(Slot.LATENT_DOWN, layer, keyDim, hidden, spec.bias(), Scratch.Span.ATTENTION);
        this.latentNorm = reader.vector(Slot.LATENT_NORM, layer, spec.latentDim());
        this.heads = reader.latentHeads(layer, spec.heads(), spec.latentDim(), spec.plainDim(), spec.valueDim());
        int valueDim = spec.heads() * spec.valueDim();
        this.output =
                reader.linear(Slot.ATTENTION_OUTPUT, layer, hidden, valueDim, spec.bias(), Scratch.Span.ATTENTION);
        this.rotary = rotary;
        this.selecting = selecting;
        this.queries = scratch.table(Scratch.Span.ATTENTION, "query", queryDim, 1);
        this.keys = scratch.table(Scratch.Span.ATTENTION, "key", keyDim, 1);
        this.latentQueries = scratch.table(Scratch.Span.ATTENTION, "latent query", spec.heads() * keyDim, 1);
        this.latentAttended =
                scratch.table(Scratch.Span.ATTENTION, "latent attended", spec.heads() * spec.latentDim(), 1);
        this.apart = (spec.plainDim() + spec.rotaryDim()) % Ops.GRAIN == 0 && spec.valueDim() % Ops.GRAIN == 0;
        this.attended = scratch.form(Scratch.Span.ATTENTION, "attended", valueDim, List.of(output.weights()));
    }

    @Override
    public List<Weights> consumers() {
        List<Weights> all = new ArrayList<>();
        all.add(lowRank != null ? lowRank.down.weights() : queryHeads.weights());
        all.add(latentDown.weights());
        if (selecting != null) {
            all.addAll(selecting.consumers());
        }
        return all;
    }

    @Override
    public void forward(Worker worker, StepTokens tokens, Panel x, KvLayer cache, FloatRows out, boolean accumulate) {
        int count = tokens.count();
        FloatRows latents = latentAttended.rows();
        Panel mixed = attended.panel();
        int width = spec.valueDim();
        if (selecting == null && apart && Ops.sharesHeads(worker, count, spec.heads())) {
            Worker ofHeads = worker.inParts(spec.heads());
            int from = worker.from(spec.heads(), 1);
            project(worker, ofHeads, tokens, x, cache);
            absorb(worker, Worker.alone(), tokens, from, worker.to(spec.heads(), 1) - from);
            worker.barrier();
            ops.attention(worker, latentQueries.rows(), tokens, cache, shape, latents);
            ops.headProducts(worker, heads.valueUp(), latents, 0, spec.latentDim(), count, mixed.rows(), 0, width);
            ops.prepareColumns(ofHeads, mixed, count);
        } else {
            project(worker, worker, tokens, x, cache);
            worker.barrier();
            absorb(worker, worker, tokens, 0, spec.heads());
            if (selecting != null) {
                selecting.turn(worker, tokens, cache);
            }
            worker.barrier();
            if (selecting != null) {
                selecting.attend(worker, tokens, latentQueries.rows(), cache, latents);
            } else {
                ops.attention(worker, latentQueries.rows(), tokens, cache, shape, latents);
            }
            worker.barrier();
            ops.headProducts(worker, heads.valueUp(), latents, 0, spec.latentDim(), count, mixed.rows(), 0, width);
            worker.barrier();
            ops.prepare(worker, mixed, count);
        }
        worker.barrier();
        output.apply(ops, worker, mixed, count, out, accumulate);
    }

    /**
     * Queries as heads of [plain | rotary], and the latent with its rotary key into the cache.
     *
     * @param ofHeads whose share of the queries is computed
     */
    private void project(Worker worker, Worker ofHeads, StepTokens tokens, Panel x, KvLayer cache) {
        int count = tokens.count();
        FloatRows query = queries.rows();
        FloatRows key = keys.rows();
        latentDown.apply(ops, worker, x, count, key, false);
        if (lowRank == null) {
            queryHeads.apply(ops, ofHeads, x, count, query, false);
            worker.barrier();
        } else {
            FloatRows latent = lowRank.latents.rows();
            lowRank.down.apply(ops, worker, x, count, latent, false);
            worker.barrier();
            Panel normed = lowRank.normed.of(worker, latent, count, lowRank.norm, spec.latentNormEps());
            queryHeads.apply(ops, ofHeads, normed, count, query, false);
            if (selecting != null) {
                selecting.projectLatent(worker, tokens, normed);
            }
        }
        if (selecting != null) {
            selecting.project(worker, tokens, x);
        }
        ops.rmsNormInPlace(worker, key, count, 0, 1, spec.latentDim(), latentNorm, spec.latentNormEps());
        if (rotary != null) {
            ops.rotate(worker, key, tokens, spec.latentDim(), 1, spec.rotaryDim(), rotary.table());
        }
        ops.store(worker, tokens, key, 0, key, 0, cache);
    }

    /**
     * Queries as heads of [latent | rotary], to be compared with cached keys.
     *
     * @param turner whose share of the tokens is rotated, in heads {@code from} to {@code from + headCount − 1}
     */
    private void absorb(Worker worker, Worker turner, StepTokens tokens, int from, int headCount) {
        int count = tokens.count();
        FloatRows query = queries.rows();
        FloatRows latentQuery = latentQueries.rows();
        int head = spec.plainDim() + spec.rotaryDim();
        int latentHead = spec.latentDim() + spec.rotaryDim();
        QueryScaling scaling = spec.queryScaling();
        if (scaling != null) {
            int first = worker.from(spec.heads(), 1);
            int own = worker.to(spec.heads(), 1) - first;
            scale(Worker.alone(), tokens, scaling, first * head, own, spec.plainDim());
        }
        ops.headProducts(worker, heads.keyUp(), query, 0, head, count, latentQuery, 0, latentHead);
        if (spec.rotaryDim() == 0) {
            return;
        }
        int rotated = from * head + spec.plainDim();
        if (scaling != null) {
            scale(turner, tokens, scaling, rotated, headCount, spec.rotaryDim());
        }
        if (rotary != null) {
            ops.rotate(turner, query, tokens, rotated, headCount, head, rotary.table());
        }
        ops.copy(
                turner,
                query,
                rotated,
                head,
                latentQuery,
                from * latentHead + spec.latentDim(),
                latentHead,
                headCount,
                spec.rotaryDim(),
                count);
    }

    /** Scales {@code size} columns of each of {@code headCount} heads of the queries, from column {@code col} on. Share: by token. */
    private void scale(Worker worker, StepTokens tokens, QueryScaling scaling, int col, int headCount, int size) {
        FloatRows query = queries.rows();
        int head = spec.plainDim() + spec.rotaryDim();
        for (int t = worker.from(tokens.count(), 1), end = worker.to(tokens.count(), 1); t < end; t++) {
            float factor = scaling.factor(tokens.positions()[t]);
            for (int h = 0; h < headCount && factor != 1; h++) {
                for (int c = col + h * head; c < col + h * head + size; c++) {
                    query.set(t, c, query.get(t, c) * factor);
                }
            }
        }
    }

    @Override
    public TokenWork work() {
        return TokenWork.of(lowRank == null ? null : lowRank.down)
                .plus(TokenWork.of(queryHeads))
                .plus(TokenWork.of(latentDown))
                .plus(TokenWork.of(heads.keyUp(), spec.heads()))
                .plus(TokenWork.of(heads.valueUp(), spec.heads()))
                .plus(TokenWork.of(output))
                .plus(selecting == null ? TokenWork.NONE : selecting.work());
    }

    @Override
    public void reach(int positions) {
        if (rotary != null) {
            rotary.reach(positions);
        }
        if (selecting != null) {
            selecting.reach(positions);
        }
    }
}
