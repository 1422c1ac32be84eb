package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Attention of heads of one token over rows that are keys and values at once and come block by block, with a sink: the softmax's
 * maximum and sum are carried along (arXiv 1805.02867), so that no row is held longer than its block. One instance a worker.
 *
 * <pre>
 * begin → { rows into block → add } for each block of the token's own → end
 * </pre>
 *
 * Blocks begin at the first row of a token, whoever computes it, so its bits do not depend on company.
 */
final class OnlineAttention {
    /** Rows of a block. */
    static final int BLOCK = 128;

    private final Ops ops;
    private final int dim;
    private final FloatRows rows;
    private final FloatRows queries;
    private final FloatRows sums;
    private final FloatRows scores;
    private final float[] largest;
    private final float[] totals;
    private final float[] weights;
    private final int[] places;
    private int heads;

    private OnlineAttention(Ops ops, Arena arena, int heads, int dim) {
        this.ops = ops;
        this.dim = dim;
        this.rows = FloatRows.allocate(arena, BLOCK, dim);
        this.queries = FloatRows.allocate(arena, heads, dim);
        this.sums = FloatRows.allocate(arena, heads, dim);
        this.scores = FloatRows.allocate(arena, heads, BLOCK);
        this.largest = new float[heads];
        this.totals = new float[heads];
        this.weights = new float[heads * BLOCK];
        this.places = new int[heads * BLOCK];
    }

    /** The instances of workers, which layers share since one runs at a time. */
    static final class Pool {
        private final Ops ops;
        private final Arena arena;
        private final int workers;
        private final Map<Integer, Map<Integer, List<OnlineAttention>>> all = new HashMap<>();

        Pool(Ops ops, Arena arena, int workers) {
            this.ops = ops;
            this.arena = arena;
            this.workers = workers;
        }

        /** One a worker, for so many heads of this size. */
        List<OnlineAttention> of(int heads, int dim) {
            return all.computeIfAbsent(heads, h -> new HashMap<>())
                    .computeIfAbsent(
                            dim,
                            d -> IntStream.range(0, workers)
                                    .mapToObj(w -> new OnlineAttention(ops, arena, heads, dim))
                                    .toList());
        }
    }

    /** Begins with {@code count} heads, whose queries are rows of {@code from} and whose sinks begin at {@code sink}. */
    void begin(FloatRows from, int row, int count, float[] sinks, int sink) {
        heads = count;
        MemorySegment.copy(from.data(), from.offset(row), queries.data(), 0, (long) count * dim * Float.BYTES);
        sums.data().asSlice(0, (long) count * dim * Float.BYTES).fill((byte) 0);
        for (int h = 0; h < count; h++) {
            largest[h] = sinks[sink + h];
            totals[h] = 1;
        }
    }

    /** Where the rows of the next block go. */
    FloatRows block() {
        return rows;
    }

    /** Takes in the first {@code count} rows of the block; query · key is multiplied by {@code scale}. */
    void add(int count, float scale) {
        ops.dots(new FloatRows(rows.data(), count, dim), queries, 0, heads, scores);
        for (int h = 0; h < heads; h++) {
            float max = largest[h];
            for (int i = 0; i < count; i++) {
                float score = scores.get(h, i) * scale;
                scores.set(h, i, score);
                max = Math.max(max, score);
            }
            if (max > largest[h]) {
                shrink(h, (float) Math.exp(largest[h] - max));
                largest[h] = max;
            }
            for (int i = 0; i < count; i++) {
                float weight = (float) Math.exp(scores.get(h, i) - max);
                totals[h] += weight;
                weights[h * count + i] = weight;
                places[h * count + i] = i;
            }
        }
        ops.addWeighted(Worker.alone(), sums, heads, rows, places, weights, count);
    }

    private void shrink(int head, float factor) {
        totals[head] *= factor;
        for (int c = 0; c < dim; c++) {
            sums.set(head, c, sums.get(head, c) * factor);
        }
    }

    /** The result of head h, into row {@code row + h} of {@code out}. */
    void end(FloatRows out, int row) {
        for (int h = 0; h < heads; h++) {
            for (int c = 0; c < dim; c++) {
                out.set(row + h, c, sums.get(h, c) / totals[h]);
            }
        }
    }
}
