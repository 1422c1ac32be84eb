package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.KvLayer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention with a running softmax (Milakov and Gimelshein 2018, Rabe and Staats 2021, Dao et al. 2022): positions come in
 * tiles of {@value #TILE}; after each, the sums so far are scaled to the new maximum. Tiles start at multiples of their size
 * counted from position 0 of the sequence, so a token's result does not depend on how the prompt was cut into steps. Memory
 * does not grow with the context.
 */
final class Attention {
    /** Positions in a tile; a multiple of every vector length. */
    private static final int TILE = 32;

    private Attention() {}

    /** Bytes of scratch that {@link #head} needs. */
    static long scratchBytes() {
        return 4L * TILE;
    }

    /** One head of one token. */
    static void head(
            long query,
            int[] pages,
            int position,
            int kvHead,
            KvLayer cache,
            AttentionShape shape,
            long out,
            long scores) {
        int valueDim = shape.valueDim();
        long keys = Lanes.address(cache.keys()) + 4L * kvHead * shape.headDim();
        long values = Lanes.address(cache.values()) + 4L * kvHead * valueDim;
        long keyStride = 4L * cache.keyDim();
        long valueStride = 4L * cache.valueStride();
        clear(out, valueDim);
        float largest = Float.NEGATIVE_INFINITY;
        float total = 0;
        int first = shape.firstVisible(position);
        for (int tile = first & -TILE; tile <= position; tile += TILE) {
            int from = Math.max(first, tile);
            int to = Math.min(position + 1, tile + TILE);
            for (int p = tile; p < tile + TILE; p++) {
                float score = Float.NEGATIVE_INFINITY;
                if (p >= from && p < to) {
                    score = Dots.one(keys + cache.slot(pages, p) * keyStride, query, shape.headDim()) * shape.scale();
                }
                Lanes.set(scores + 4L * (p - tile), score);
            }
            FloatVector most = load(scores);
            for (int i = COUNT; i < TILE; i += COUNT) {
                most = most.max(load(scores + 4L * i));
            }
            float next = Math.max(largest, most.reduceLanes(VectorOperators.MAX));
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int i = 0; i < TILE; i += COUNT) {
                FloatVector e = Exponential.of(load(scores + 4L * i).sub(next));
                store(e, scores + 4L * i);
                sum = sum.add(e);
            }
            float fade = Exponential.of(largest - next);
            total = Math.fma(total, fade, Lanes.sum(sum));
            largest = next;
            scale(out, valueDim, fade);
            for (int p = from; p < to; p++) {
                addScaled(
                        out,
                        values + cache.slot(pages, p) * valueStride,
                        valueDim,
                        Lanes.get(scores + 4L * (p - tile)));
            }
        }
        scale(out, valueDim, 1 / total);
    }

    private static void clear(long out, int count) {
        for (int i = 0; i < count; i++) {
            Lanes.set(out + 4L * i, 0);
        }
    }

    private static void scale(long out, int count, float by) {
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            store(load(out + 4L * i).mul(by), out + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(out + 4L * i, Lanes.get(out + 4L * i) * by);
        }
    }

    private static void addScaled(long out, long x, int count, float by) {
        int main = count & -COUNT;
        FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, by);
        for (int i = 0; i < main; i += COUNT) {
            store(load(x + 4L * i).fma(factor, load(out + 4L * i)), out + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(out + 4L * i, Math.fma(Lanes.get(x + 4L * i), by, Lanes.get(out + 4L * i)));
        }
    }
}
