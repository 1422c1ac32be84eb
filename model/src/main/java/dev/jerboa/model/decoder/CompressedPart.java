package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.SideRows;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attention over a window and a compressed past: see {@link AttentionSpec.Compressed}.
 *
 * <pre>
 * x → query latent, key, values and gates of entries        → norm, turn, store
 * latent → queries → norm, turn                             stretches that end → entries → which of them each token sees
 * queries × (window, entries seen) → turn back → groups → output projection → out
 * </pre>
 *
 * All that is kept of a position are side rows of the cache: its key, what entries are made of, and the entries.
 */
final class CompressedPart implements AttentionPart {
    private final Ops ops;
    private final AttentionSpec.Compressed spec;
    private final int maxTokens;
    private final Linear queryDown;
    private final FloatRows queryDownNorm;
    private final Linear queryUp;
    private final NormedRows normedLatent;
    private final FloatRows ones;
    private final Linear keyValue;
    private final FloatRows keyNorm;
    private final float[] sinks;
    private final @Nullable Compressor compressor;
    private final @Nullable EntrySelector selector;
    private final List<Weights> grouped;
    private final Linear output;
    private final RotaryTables rotary;
    private final List<OnlineAttention> attention;
    private final Scratch.Table latents;
    private final Scratch.Table keys;
    private final Scratch.Table queries;
    private final Scratch.Form attended;
    private final Scratch.Table groupResults;
    private final Scratch.Form middle;

    /** Rows of {@link #attended} that belong to a group: of group g, those of tokens from {@code g · maxTokens} on. */
    private final int[] groupRows;

    CompressedPart(
            AttentionSpec.Compressed spec,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            RotaryTables rotary,
            Scratch scratch,
            OnlineAttention.Pool attention,
            EntrySelector.Room selection) {
        this.ops = reader.ops();
        this.spec = spec;
        this.rotary = rotary;
        this.maxTokens = scratch.maxTokens();
        Scratch.Span span = Scratch.Span.ATTENTION;
        int hidden = model.hiddenSize();
        int rank = spec.queryRank();
        int queryDim = spec.heads() * spec.headDim();
        this.queryDown = reader.linear(Slot.QUERY_DOWN, layer, rank, hidden, false, span);
        this.queryDownNorm = reader.vector(Slot.QUERY_DOWN_NORM, layer, rank);
        this.queryUp = reader.linear(Slot.QUERY_UP, layer, queryDim, rank, false, span);
        this.keyValue = reader.linear(Slot.KEY_VALUE, layer, spec.headDim(), hidden, false, span);
        this.keyNorm = reader.vector(Slot.KEY_VALUE_NORM, layer, spec.headDim());
        this.sinks = reader.vector(Slot.ATTENTION_SINKS, layer, spec.heads()).row(0);
        AttentionSpec.Compression compression = spec.compression();
        this.compressor = compression == null
                ? null
                : new Compressor(
                        compression,
                        spec.headDim(),
                        spec.normEps(),
                        Compressor.Slots.ENTRIES,
                        layer,
                        model,
                        reader,
                        rotary,
                        scratch);
        this.selector = compression == null || compression.selection() == null
                ? null
                : new EntrySelector(
                        spec, compression, compression.selection(), layer, model, reader, rotary, scratch, selection);
        this.normedLatent = new NormedRows(ops, scratch, span, "normed query latent", rank);
        normedLatent.addConsumers(List.of(queryUp.weights()));
        if (selector != null) {
            normedLatent.addConsumers(selector.latentConsumers());
        }
        this.ones = reader.ones(spec.headDim());
        int groups = spec.groups();
        this.grouped = reader.groups(Slot.GROUPED_OUTPUT, layer, groups, spec.groupRank(), spec.groupDim());
        int middleDim = groups * spec.groupRank();
        this.output = reader.linear(Slot.ATTENTION_OUTPUT, layer, hidden, middleDim, false, span);
        this.attention = attention.of(spec.heads(), spec.headDim());
        this.latents = scratch.table(span, "query latent", rank, 1);
        this.keys = scratch.table(span, "key", spec.headDim(), 1);
        this.queries = scratch.table(span, "query", spec.headDim(), spec.heads());
        this.attended = scratch.form(span, "attended", spec.groupDim(), groups, grouped);
        this.groupResults = scratch.table(span, "group results", spec.groupRank(), groups);
        this.middle = scratch.form(span, "groups", middleDim, List.of(output.weights()));
        this.groupRows = new int[groups * maxTokens];
        Arrays.setAll(groupRows, i -> i % maxTokens * groups + i / maxTokens);
    }

    @Override
    public List<Weights> consumers() {
        List<Weights> all = new ArrayList<>(List.of(queryDown.weights(), keyValue.weights()));
        if (compressor != null) {
            all.addAll(compressor.consumers());
        }
        if (selector != null) {
            all.addAll(selector.consumers());
        }
        return all;
    }

    @Override
    public void forward(Worker worker, StepTokens tokens, Panel x, KvLayer cache, FloatRows out, boolean accumulate) {
        List<SideRows> sides = cache.sides();
        project(worker, tokens.count(), x);
        worker.barrier();
        store(worker, tokens, sides);
        worker.barrier();
        turn(worker, tokens, sides);
        worker.barrier();
        if (selector != null) {
            selector.select(worker, tokens, sides.get(4));
        }
        attend(worker, tokens, sides);
        worker.barrier();
        leave(worker, tokens.count(), out, accumulate);
    }

    private void project(Worker worker, int count, Panel x) {
        queryDown.apply(ops, worker, x, count, latents.rows(), false);
        keyValue.apply(ops, worker, x, count, keys.rows(), false);
        if (compressor != null) {
            compressor.project(worker, x, count);
        }
        if (selector != null) {
            selector.project(worker, x, count);
        }
    }

    /** Queries from their latent, and what the cache keeps of the step's positions. */
    private void store(Worker worker, StepTokens tokens, List<SideRows> sides) {
        int count = tokens.count();
        Panel latent = normedLatent.of(worker, latents.rows(), count, queryDownNorm, spec.normEps());
        queryUp.apply(ops, worker, latent, count, queryRows(), false);
        if (selector != null) {
            selector.query(worker, latent, count);
            selector.compressor().store(worker, tokens, sides.get(3));
        }
        if (compressor != null) {
            compressor.store(worker, tokens, sides.get(1));
        }
        FloatRows key = keys.rows();
        ops.rmsNormInPlace(worker, key, count, 0, 1, spec.headDim(), keyNorm, spec.normEps());
        ops.rotate(worker, key, tokens, turned(), 1, spec.headDim(), rotary.table());
        FloatRows kept = sides.getFirst().rows();
        long bytes = (long) spec.headDim() * Float.BYTES;
        for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
            int row = sides.getFirst().row(tokens.pages()[t], tokens.positions()[t]);
            MemorySegment.copy(key.data(), key.offset(t), kept.data(), kept.offset(row), bytes);
        }
    }

    /** The first turned dimension. */
    private int turned() {
        return spec.headDim() - rotary.table().dims();
    }

    /** A row a token. */
    private FloatRows queryRows() {
        return new FloatRows(queries.rows().data(), maxTokens, spec.heads() * spec.headDim());
    }

    private void turn(Worker worker, StepTokens tokens, List<SideRows> sides) {
        int dim = spec.headDim();
        FloatRows query = queryRows();
        ops.rmsNormInPlace(worker, query, tokens.count(), 0, spec.heads(), dim, ones, spec.normEps());
        ops.rotate(worker, query, tokens, turned(), spec.heads(), dim, rotary.table());
        if (compressor != null) {
            compressor.close(worker, tokens, sides.get(1), sides.get(2));
        }
        if (selector != null) {
            selector.turn(worker, tokens);
            selector.compressor().close(worker, tokens, sides.get(3), sides.get(4));
        }
    }

    /** Share: by token and head. */
    private void attend(Worker worker, StepTokens tokens, List<SideRows> sides) {
        int heads = spec.heads();
        int from = worker.from(tokens.count() * heads, 1);
        int to = worker.to(tokens.count() * heads, 1);
        FloatRows out = new FloatRows(attended.panel().rows().data(), maxTokens * heads, spec.headDim());
        OnlineAttention own = attention.get(worker.id());
        for (int first = from; first < to; ) {
            int t = first / heads;
            int end = Math.min(to, (t + 1) * heads);
            own.begin(queries.rows(), first, end - first, sinks, first - t * heads);
            look(own, tokens.pages()[t], tokens.positions()[t], t, sides);
            own.end(out, first);
            for (int i = first; i < end; i++) {
                RotaryTables.turn(out, i, turned(), rotary.table(), tokens.positions()[t], true);
            }
            first = end;
        }
    }

    /** Goes over what a token sees: the window in order, then entries in order. */
    private void look(OnlineAttention own, int[] pages, int position, int t, List<SideRows> sides) {
        int first = Math.max(0, position - spec.window() + 1);
        int near = position + 1 - first;
        int every = compressor == null ? 0 : sides.get(2).every();
        int far = compressor == null ? 0 : selector == null ? (position + 1) / every : selector.count(t);
        FloatRows block = own.block();
        long bytes = (long) spec.headDim() * Float.BYTES;
        int held = 0;
        for (int i = 0; i < near + far; i++) {
            SideRows side = sides.get(i < near ? 0 : 2);
            int at = first + i;
            if (i >= near) {
                int entry = selector == null ? i - near : selector.entry(t, i - near);
                at = (entry + 1) * every - 1;
            }
            long row = side.rows().offset(side.row(pages, at));
            MemorySegment.copy(side.rows().data(), row, block.data(), block.offset(held), bytes);
            if (++held == OnlineAttention.BLOCK) {
                own.add(held, spec.scale());
                held = 0;
            }
        }
        if (held > 0) {
            own.add(held, spec.scale());
        }
    }

    private void leave(Worker worker, int count, FloatRows out, boolean accumulate) {
        Panel heads = attended.panel();
        int groups = spec.groups();
        ops.prepare(worker, heads, count * groups);
        worker.barrier();
        FloatRows results = groupResults.rows();
        for (int g = 0; g < groups; g++) {
            int from = g * maxTokens;
            ops.product(worker, grouped.get(g), heads, groupRows, from, count, results, from, false);
        }
        worker.barrier();
        FloatRows rows = middle.panel().rows();
        long bytes = (long) spec.groupRank() * Float.BYTES;
        for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
            for (int g = 0; g < groups; g++) {
                MemorySegment.copy(
                        results.data(),
                        results.offset(g * maxTokens + t),
                        rows.data(),
                        rows.offset(t) + g * bytes,
                        bytes);
            }
        }
        ops.prepare(worker, middle.panel(), count);
        worker.barrier();
        output.apply(ops, worker, middle.panel(), count, out, accumulate);
    }

    @Override
    public TokenWork work() {
        return TokenWork.of(queryDown)
                .plus(TokenWork.of(queryUp))
                .plus(TokenWork.of(keyValue))
                .plus(compressor == null ? TokenWork.NONE : compressor.work())
                .plus(selector == null ? TokenWork.NONE : selector.work())
                .plus(TokenWork.of(grouped, grouped.size()))
                .plus(TokenWork.of(output));
    }

    @Override
    public void reach(int positions) {
        rotary.reach(positions);
        if (selector != null) {
            selector.reach(positions);
        }
    }
}
