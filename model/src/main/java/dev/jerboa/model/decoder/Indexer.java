package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.SideRows;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.kernel.ops.loop.Exponential;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Scores positions for the tokens of a step and chooses the best, as a {@link SelectionSpec} with an indexer says.
 *
 * <pre>
 * x → index key → norm, rotate → side row of the cache       x (or the query latent) → index queries → rotate
 * queries · keys of all pages → scores of positions → best (blocks of) positions → {@link Choice}
 * </pre>
 *
 * Queries are computed only for steps with a token that sees more than it may attend to. Of a few tokens workers share the pages,
 * of more the tokens.
 */
final class Indexer {
    private final Ops ops;
    private final int heads;
    private final int dim;
    private final int local;
    private final boolean ofLatent;
    private final float normEps;
    private final Linear query;
    private final Linear key;
    private final FloatRows keyNorm;
    /** Of layer norms. */
    private final @Nullable FloatRows keyNormBias;

    private final @Nullable FloatRows queryNorm;
    /** Of heads whose scores are summed. */
    private final @Nullable Linear weight;

    /** Positions of a pool; 0 where positions are compared one by one. */
    private final int every;
    /** Of pools. */
    private final @Nullable Linear gate;

    private final @Nullable FloatRows poolBias;
    private final Scratch.@Nullable Table gates;
    private final @Nullable RotaryTables rotary;
    private final Scratch.Table queries;
    private final Scratch.Table keys;
    private final Scratch.@Nullable Table weights;
    private final Choice choice;
    private final IndexScores scores;

    /**
     * What the kinds of index differ in.
     *
     * @param queryInputs of the projection of queries: the query latent's, or the hidden state's
     * @param ofLatent whether queries come of the latent; then keys have a layer norm, and scores of heads are summed by weights
     * @param local blocks before a query that are chosen in any case
     * @param every positions of a pool; 0 for none
     */
    private record Kind(int heads, int dim, float normEps, int queryInputs, boolean ofLatent, int local, int every) {}

    /** Of {@link SelectionSpec.Lightning}. */
    Indexer(
            SelectionSpec.Lightning spec,
            int queryRank,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            RotaryTables rotary,
            Scratch scratch,
            Choice choice,
            IndexScores scores) {
        this(
                new Kind(spec.heads(), spec.dim(), spec.normEps(), queryRank, true, 0, 0),
                layer,
                model.hiddenSize(),
                reader,
                rotary,
                scratch,
                choice,
                scores);
    }

    /** Of {@link SelectionSpec.Blocks}. */
    Indexer(
            SelectionSpec.Blocks spec,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            RotaryTables rotary,
            Scratch scratch,
            Choice choice,
            IndexScores scores) {
        this(
                new Kind(spec.heads(), spec.dim(), model.normEps(), model.hiddenSize(), false, spec.local(), 0),
                layer,
                model.hiddenSize(),
                reader,
                rotary,
                scratch,
                choice,
                scores);
    }

    /** Of {@link SelectionSpec.Pools}, whose keys are not rotated. */
    Indexer(
            SelectionSpec.Pools spec,
            int queryRank,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            Scratch scratch,
            Choice choice,
            IndexScores scores) {
        this(
                new Kind(spec.heads(), spec.dim(), spec.normEps(), queryRank, true, 0, spec.every()),
                layer,
                model.hiddenSize(),
                reader,
                null,
                scratch,
                choice,
                scores);
    }

    private Indexer(
            Kind kind,
            int layer,
            int hidden,
            WeightReader reader,
            @Nullable RotaryTables rotary,
            Scratch scratch,
            Choice choice,
            IndexScores scores) {
        this.ops = reader.ops();
        this.heads = kind.heads();
        this.dim = kind.dim();
        this.local = kind.local();
        this.ofLatent = kind.ofLatent();
        this.normEps = kind.normEps();
        this.every = kind.every();
        this.query =
                reader.linear(Slot.INDEX_QUERY, layer, heads * dim, kind.queryInputs(), false, Scratch.Span.ATTENTION);
        this.key = reader.linear(Slot.INDEX_KEY, layer, dim, hidden, false, Scratch.Span.ATTENTION);
        this.keyNorm = reader.vector(Slot.INDEX_KEY_NORM, layer, dim);
        this.keyNormBias = ofLatent ? reader.bias(Slot.INDEX_KEY_NORM, layer, dim) : null;
        this.queryNorm = ofLatent ? null : reader.vector(Slot.INDEX_QUERY_NORM, layer, dim);
        this.weight = ofLatent ? reader.exact(Slot.INDEX_WEIGHTS, layer, heads, hidden) : null;
        this.gate = every > 0 ? reader.exact(Slot.INDEX_POOL_GATE, layer, dim, hidden) : null;
        this.poolBias = every > 0 ? reader.table(Slot.INDEX_POOL_BIAS, layer, every, dim) : null;
        this.gates = every > 0 ? scratch.table(Scratch.Span.ATTENTION, "index gates", dim, 1) : null;
        this.rotary = rotary;
        this.queries = scratch.table(Scratch.Span.ATTENTION, "index query", heads * dim, 1);
        this.keys = scratch.table(Scratch.Span.ATTENTION, "index key", dim, 1);
        this.weights = ofLatent ? scratch.table(Scratch.Span.ATTENTION, "index weights", heads, 1) : null;
        this.choice = choice;
        this.scores = scores;
    }

    /** The weights that read the normed hidden state. */
    List<Weights> consumers() {
        if (weight != null && gate != null) {
            return List.of(key.weights(), weight.weights(), gate.weights());
        }
        if (weight != null) {
            return List.of(key.weights(), weight.weights());
        }
        return List.of(query.weights(), key.weights());
    }

    /** The weights that read the normed query latent. */
    List<Weights> latentConsumers() {
        return ofLatent ? List.of(query.weights()) : List.of();
    }

    /** What comes of the normed hidden state. Share: by output column. */
    void project(Worker worker, StepTokens tokens, Panel x) {
        int count = tokens.count();
        key.apply(ops, worker, x, count, keys.rows(), false);
        if (gate != null && gates != null) {
            gate.apply(ops, worker, x, count, gates.rows(), false);
        }
        if (!ofLatent && choice.chooses(tokens)) {
            query.apply(ops, worker, x, count, queries.rows(), false);
        }
        if (weight != null && weights != null && choice.chooses(tokens)) {
            weight.apply(ops, worker, x, count, weights.rows(), false);
        }
    }

    /** What comes of the normed query latent. Share: by output column. */
    void projectLatent(Worker worker, StepTokens tokens, Panel latent) {
        if (ofLatent && choice.chooses(tokens)) {
            query.apply(ops, worker, latent, tokens.count(), queries.rows(), false);
        }
    }

    /** Norms and rotates queries and keys, and stores the keys. Share: by token; a barrier comes before, and after. */
    void turn(Worker worker, StepTokens tokens, KvLayer cache) {
        int count = tokens.count();
        FloatRows key = keys.rows();
        if (keyNormBias != null) {
            for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
                layerNorm(key, t, keyNorm, keyNormBias, normEps);
            }
        } else {
            ops.rmsNormInPlace(worker, key, count, 0, 1, dim, keyNorm, normEps);
        }
        if (rotary != null) {
            ops.rotate(worker, key, tokens, 0, 1, dim, rotary.table());
        }
        SideRows side = cache.sides().getFirst();
        FloatRows rows = side.rows();
        for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
            int row = side.row(tokens.pages()[t], tokens.positions()[t]);
            long bytes = (long) dim * Float.BYTES;
            MemorySegment.copy(key.data(), key.offset(t), rows.data(), rows.offset(row), bytes);
            if (gates != null) {
                FloatRows gate = gates.rows();
                MemorySegment.copy(gate.data(), gate.offset(t), rows.data(), rows.offset(row) + bytes, bytes);
            }
        }
        if (choice.chooses(tokens)) {
            if (queryNorm != null) {
                ops.rmsNormInPlace(worker, queries.rows(), count, 0, heads, dim, queryNorm, normEps);
            }
            if (rotary != null) {
                ops.rotate(worker, queries.rows(), tokens, 0, heads, dim, rotary.table());
            }
        }
    }

    /** Whether positions are compared by pools. */
    boolean pools() {
        return every > 0;
    }

    /** Makes the keys of the pools that end with tokens of the step. Share: by token; a barrier comes before, and after. */
    void pool(Worker worker, StepTokens tokens, KvLayer cache) {
        int count = tokens.count();
        for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
            int position = tokens.positions()[t];
            if ((position + 1) % every == 0) {
                pool(
                        tokens.pages()[t],
                        position,
                        cache.sides().get(0),
                        cache.sides().get(1));
            }
        }
    }

    /** The mean of a pool's keys, weighted channel by channel by the softmax of their gates. */
    private void pool(int[] pages, int last, SideRows positions, SideRows pools) {
        FloatRows bias = Objects.requireNonNull(poolBias);
        FloatRows rows = positions.rows();
        int to = pools.row(pages, last);
        int first = last - every + 1;
        for (int c = 0; c < dim; c++) {
            float most = Float.NEGATIVE_INFINITY;
            for (int j = 0; j < every; j++) {
                most = Math.max(most, rows.get(positions.row(pages, first + j), dim + c) + bias.get(j, c));
            }
            float weights = 0;
            float sum = 0;
            for (int j = 0; j < every; j++) {
                int row = positions.row(pages, first + j);
                float weight = Exponential.of(rows.get(row, dim + c) + bias.get(j, c) - most);
                weights += weight;
                sum += weight * rows.get(row, c);
            }
            pools.rows().set(to, c, sum / weights);
        }
    }

    private static void layerNorm(FloatRows x, int row, FloatRows weight, FloatRows bias, float eps) {
        double sum = 0;
        double squares = 0;
        int size = x.cols();
        for (int c = 0; c < size; c++) {
            sum += x.get(row, c);
        }
        double mean = sum / size;
        for (int c = 0; c < size; c++) {
            double off = x.get(row, c) - mean;
            squares += off * off;
        }
        double scale = 1 / Math.sqrt(squares / size + eps);
        for (int c = 0; c < size; c++) {
            x.set(row, c, (float) ((x.get(row, c) - mean) * scale * weight.get(0, c) + bias.get(0, c)));
        }
    }

    /** Chooses for the tokens that see more than they may attend to. Barriers come before and after. */
    void choose(Worker worker, StepTokens tokens, KvLayer cache) {
        int count = tokens.count();
        int workers = worker.count();
        if (count > Ops.FEW) {
            float[][] own = scores.own(worker.id());
            for (int t = worker.id(); t < count; t += workers) {
                int position = tokens.positions()[t];
                if (choice.all(position)) {
                    continue;
                }
                if (every > 0) {
                    scorePools(worker, tokens, t, cache, 0, (position + 1) / every, own[0]);
                    choice.takePools(t, own[0], position, scores.best(worker.id()));
                    continue;
                }
                score(worker, tokens, t, cache, 0, pages(cache, position), own, 0);
                for (int s = 0; s < choice.selections(); s++) {
                    choice.take(t, s, own[s], position, local, scores.best(worker.id()));
                }
            }
            return;
        }
        float[][] common = scores.common();
        for (int t = 0; t < count; t++) {
            int position = tokens.positions()[t];
            if (!choice.all(position) && every > 0) {
                int pools = (position + 1) / every;
                scorePools(worker, tokens, t, cache, worker.from(pools, 1), worker.to(pools, 1), common[t]);
            } else if (!choice.all(position)) {
                int pages = pages(cache, position);
                score(
                        worker,
                        tokens,
                        t,
                        cache,
                        worker.from(pages, 1),
                        worker.to(pages, 1),
                        common,
                        t * choice.selections());
            }
        }
        worker.barrier();
        int item = 0;
        for (int t = 0; t < count; t++) {
            int position = tokens.positions()[t];
            for (int s = 0; s < choice.selections() && !choice.all(position); s++) {
                if (item++ % workers == worker.id()) {
                    float[] of = common[t * choice.selections() + s];
                    if (every > 0) {
                        choice.takePools(t, of, position, scores.best(worker.id()));
                        continue;
                    }
                    choice.take(t, s, of, position, local, scores.best(worker.id()));
                }
            }
        }
    }

    private static int pages(KvLayer cache, int position) {
        return (position >> cache.pageShift()) + 1;
    }

    /** Scores what token {@code t} sees in pages {@code from} to {@code to − 1}, into the arrays from {@code at} on. */
    private void score(
            Worker worker, StepTokens tokens, int t, KvLayer cache, int from, int to, float[][] into, int at) {
        SideRows side = cache.sides().getFirst();
        int[] pages = tokens.pages()[t];
        int end = Math.min(tokens.positions()[t] + 1, to << cache.pageShift());
        long bytes = (long) heads * dim * Float.BYTES;
        FloatRows query = new FloatRows(queries.rows().data().asSlice(t * bytes, bytes), heads, dim);
        FloatRows products = scores.products(worker.id());
        float[] line = scores.line(worker.id());
        for (int p = from << cache.pageShift(); p < end; ) {
            int next = Math.min(Math.min(end, (p >> cache.pageShift()) + 1 << cache.pageShift()), p + IndexScores.MOST);
            int positions = next - p;
            ops.dots(side.rows().slice(side.row(pages, p), positions), query, 0, heads, products);
            if (weights == null) {
                for (int h = 0; h < heads; h++) {
                    MemorySegment.copy(
                            products.data(), FloatRows.FLOAT, products.offset(h), into[at + h], p, positions);
                }
            } else {
                sum(products, weights.rows(), t, positions, line, into[at], p);
            }
            p = next;
        }
    }

    /** Scores pools {@code from} to {@code to − 1} for token {@code t}; those that end in a page lie one after another. */
    private void scorePools(Worker worker, StepTokens tokens, int t, KvLayer cache, int from, int to, float[] into) {
        SideRows side = cache.sides().get(1);
        int[] pages = tokens.pages()[t];
        long bytes = (long) heads * dim * Float.BYTES;
        FloatRows query = new FloatRows(queries.rows().data().asSlice(t * bytes, bytes), heads, dim);
        FloatRows products = scores.products(worker.id());
        FloatRows weight = Objects.requireNonNull(weights).rows();
        for (int p = from; p < to; ) {
            int last = (p + 1) * every - 1;
            int ofPage = ((((last >> cache.pageShift()) + 1) << cache.pageShift()) - 1 - last) / every + 1;
            int count = Math.min(Math.min(to - p, ofPage), IndexScores.MOST);
            ops.dots(side.rows().slice(side.row(pages, last), count), query, 0, heads, products);
            sum(products, weight, t, count, scores.line(worker.id()), into, p);
            p += count;
        }
    }

    /** {@code out[at + i] = Σ_h weights[t, h] · max(0, products[h, i])}, in order of heads. */
    private void sum(FloatRows products, FloatRows weights, int t, int count, float[] line, float[] out, int at) {
        for (int i = 0; i < count; i++) {
            out[at + i] = 0;
        }
        for (int h = 0; h < heads; h++) {
            float weight = weights.get(t, h);
            MemorySegment.copy(products.data(), FloatRows.FLOAT, products.offset(h), line, 0, count);
            for (int i = 0; i < count; i++) {
                out[at + i] += weight * Math.max(0, line[i]);
            }
        }
    }

    /** What one token takes of the weights. */
    TokenWork work() {
        return TokenWork.of(query)
                .plus(TokenWork.of(key))
                .plus(TokenWork.of(weight))
                .plus(TokenWork.of(gate));
    }

    /** Makes sure of rotations and scores for positions below {@code positions}; between steps. */
    void reach(int positions) {
        if (rotary != null) {
            rotary.reach(positions);
        }
        if (!choice.all(positions - 1)) {
            scores.reach(positions);
        }
    }
}
