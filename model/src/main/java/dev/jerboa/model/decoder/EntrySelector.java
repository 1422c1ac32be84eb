package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.SideRows;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Chooses the entries that each token sees, as {@link AttentionSpec.Selection} says. */
final class EntrySelector {
    private static final int BLOCK = OnlineAttention.BLOCK;

    private final Ops ops;
    private final AttentionSpec.Selection spec;
    private final int every;
    private final float scale;
    private final Linear query;
    private final Linear weights;
    private final Compressor compressor;
    private final RotaryTables rotary;
    private final Scratch.Table queries;
    private final Scratch.Table headWeights;
    private final Room room;
    private final Choices choices;

    EntrySelector(
            AttentionSpec.Compressed attention,
            AttentionSpec.Compression compression,
            AttentionSpec.Selection spec,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            RotaryTables rotary,
            Scratch scratch,
            Room room) {
        this.ops = reader.ops();
        this.spec = spec;
        this.every = compression.every();
        this.scale = (float) (1 / Math.sqrt((double) spec.heads() * spec.headDim()));
        int dim = spec.heads() * spec.headDim();
        this.query =
                reader.linear(Slot.SELECTION_QUERY, layer, dim, attention.queryRank(), false, Scratch.Span.ATTENTION);
        this.weights = reader.exact(Slot.SELECTION_WEIGHTS, layer, spec.heads(), model.hiddenSize());
        this.compressor = new Compressor(
                compression,
                spec.headDim(),
                attention.normEps(),
                Compressor.Slots.SELECTION,
                layer,
                model,
                reader,
                rotary,
                scratch);
        this.rotary = rotary;
        this.queries = scratch.table(Scratch.Span.ATTENTION, "selection query", dim, 1);
        this.headWeights = scratch.table(Scratch.Span.ATTENTION, "selection weights", spec.heads(), 1);
        this.room = room;
        this.choices = room.choices(spec, scratch.maxTokens());
    }

    /** What the layers of a decoder share. */
    static final class Room {
        private final Arena arena;
        private final int workers;
        private final Map<AttentionSpec.Selection, Choices> choices = new HashMap<>();

        /** Scores of entries: for a few tokens each token's, after them each worker's. */
        private final float[][] scores;

        Room(Arena arena, int workers) {
            this.arena = arena;
            this.workers = workers;
            this.scores = new float[Ops.FEW + workers][0];
        }

        private Choices choices(AttentionSpec.Selection spec, int maxTokens) {
            return choices.computeIfAbsent(spec, s -> new Choices(s, arena, maxTokens, workers));
        }

        private void reach(int entries) {
            if (scores[0].length < entries) {
                int room = Math.max(entries, 2 * scores[0].length);
                Arrays.setAll(scores, i -> new float[room]);
            }
        }
    }

    /** What is chosen: of token t, {@code counts[t]} entries in order from {@code t · most} on. */
    private static final class Choices {
        final int[] entries;
        final int[] counts;
        final List<Work> work = new ArrayList<>();

        Choices(AttentionSpec.Selection spec, Arena arena, int maxTokens, int workers) {
            this.entries = new int[Math.multiplyExact(maxTokens, spec.most())];
            this.counts = new int[maxTokens];
            for (int w = 0; w < workers; w++) {
                work.add(new Work(
                        FloatRows.allocate(arena, BLOCK, spec.headDim()),
                        FloatRows.allocate(arena, spec.heads(), spec.headDim()),
                        FloatRows.allocate(arena, spec.heads(), BLOCK),
                        new TopK()));
            }
        }
    }

    /** A worker's block of entries, a token's queries, and their products. */
    private record Work(FloatRows block, FloatRows queries, FloatRows dots, TopK best) {}

    /** The weights that read the normed hidden state. */
    List<Weights> consumers() {
        List<Weights> all = new ArrayList<>(compressor.consumers());
        all.add(weights.weights());
        return all;
    }

    /** The weights that read the normed query latent. */
    List<Weights> latentConsumers() {
        return List.of(query.weights());
    }

    TokenWork work() {
        return compressor.work().plus(TokenWork.of(query)).plus(TokenWork.of(weights));
    }

    Compressor compressor() {
        return compressor;
    }

    /** Makes sure of room for positions below {@code positions}; between steps. */
    void reach(int positions) {
        room.reach(positions / every + 1);
    }

    /** What comes of the hidden state. Share: by column. */
    void project(Worker worker, Panel x, int count) {
        compressor.project(worker, x, count);
        weights.apply(ops, worker, x, count, headWeights.rows(), false);
    }

    /** What comes of the query latent. Share: by column. */
    void query(Worker worker, Panel latent, int count) {
        query.apply(ops, worker, latent, count, queries.rows(), false);
    }

    /** Turns queries. Share: by token. */
    void turn(Worker worker, StepTokens tokens) {
        int dim = spec.headDim();
        int first = dim - rotary.table().dims();
        ops.rotate(worker, queries.rows(), tokens, first, spec.heads(), dim, rotary.table());
    }

    /** How many entries a token of the step sees. */
    int count(int token) {
        return choices.counts[token];
    }

    /** The number of the i-th entry that a token sees. */
    int entry(int token, int i) {
        return choices.entries[token * spec.most() + i];
    }

    /** Chooses for every token. Barriers come before, and after within. */
    void select(Worker worker, StepTokens tokens, SideRows entries) {
        int count = tokens.count();
        boolean few = count <= Ops.FEW;
        if (few) {
            for (int t = 0; t < count; t++) {
                int seen = seen(tokens, t);
                if (seen > spec.most()) {
                    score(worker.id(), tokens, t, entries, worker.from(seen, BLOCK), worker.to(seen, BLOCK));
                }
            }
            worker.barrier();
        }
        for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
            int seen = seen(tokens, t);
            if (!few && seen > spec.most()) {
                score(worker.id(), tokens, t, entries, 0, seen);
            }
            TopK best = choices.work.get(worker.id()).best;
            float[] scores = scores(worker.id(), t, few);
            choices.counts[t] = best.select(scores, seen, spec.most(), choices.entries, t * spec.most());
        }
        worker.barrier();
    }

    private int seen(StepTokens tokens, int t) {
        return (tokens.positions()[t] + 1) / every;
    }

    private float[] scores(int worker, int t, boolean few) {
        return room.scores[few ? t : Ops.FEW + worker];
    }

    private void score(int worker, StepTokens tokens, int t, SideRows entries, int from, int to) {
        Work own = choices.work.get(worker);
        float[] into = scores(worker, t, tokens.count() <= Ops.FEW);
        int heads = spec.heads();
        int dim = spec.headDim();
        long bytes = (long) dim * Float.BYTES;
        MemorySegment.copy(queries.rows().data(), queries.rows().offset(t), own.queries.data(), 0, heads * bytes);
        for (int first = from; first < to; first += BLOCK) {
            int count = Math.min(BLOCK, to - first);
            for (int i = 0; i < count; i++) {
                int row = entries.row(tokens.pages()[t], (first + i + 1) * every - 1);
                MemorySegment.copy(
                        entries.rows().data(),
                        entries.rows().offset(row),
                        own.block.data(),
                        own.block.offset(i),
                        bytes);
            }
            ops.dots(new FloatRows(own.block.data(), count, dim), own.queries, 0, heads, own.dots);
            Arrays.fill(into, first, first + count, 0);
            for (int h = 0; h < heads; h++) {
                float weight = headWeights.rows().get(t, h);
                for (int i = 0; i < count; i++) {
                    into[first + i] += weight * Math.max(0, own.dots.get(h, i));
                }
            }
            for (int i = first; i < first + count; i++) {
                into[i] *= scale;
            }
        }
    }
}
