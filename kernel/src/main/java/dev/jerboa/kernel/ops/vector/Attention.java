package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.HeadShare;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.StepTokens;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention with a running softmax (Milakov and Gimelshein 2018, Rabe and Staats 2021, Dao et al. 2022): positions come in
 * tiles of {@value #TILE}; after each, the sums so far are scaled to the new maximum. Tiles start at multiples of their size
 * counted from position 0 of the sequence, so a query's result depends neither on how the prompt was cut into steps nor on
 * which queries share a tile. Memory does not grow with the context.
 *
 * <pre>
 * up to {@value #QUERIES} queries of one sequence and key head:
 *   for each tile:  for two queries:  scores (4 keys × 2) → softmax → values (4 vectors × 2)
 * </pre>
 *
 * <p>Two queries that see different parts of a tile go one by one, so that what one must not see never meets its sums.
 *
 * <p>An instance is one thread's: it holds the queries at hand.
 */
final class Attention {
    /** Positions in a tile; a multiple of every vector length and of 4. */
    private static final int TILE = 32;

    private static final int TILE_SHIFT = 5;

    /** Queries that go through a tile while it is in the cache. */
    private static final int QUERIES = 16;

    private final Scratch scratch;

    private final long[] query = new long[QUERIES];
    private final long[] result = new long[QUERIES];
    private final int[] first = new int[QUERIES];
    private final int[] last = new int[QUERIES];
    private final float[] largest = new float[QUERIES];
    private final float[] total = new float[QUERIES];
    private final float[] sink = new float[QUERIES];
    private int count;

    /** The layer at hand, and where the keys and values of the tile at hand start. */
    private long keys;

    private long keyStride;
    private long values;
    private long valueStride;
    private int headDim;
    private int valueDim;
    private float scale;
    private float softCap;

    /** Scratch: resting sums, scores and unused outputs of two queries, copied keys and values. */
    private long sums;

    private long scores;
    private long spare;
    private long keyCopy;
    private long valueCopy;

    Attention(Scratch scratch) {
        this.scratch = scratch;
    }

    /** This worker's share of a step; checks are the caller's. */
    void run(Worker worker, FloatRows queries, StepTokens tokens, KvLayer cache, AttentionShape shape, FloatRows out) {
        headDim = shape.headDim();
        valueDim = shape.valueDim();
        scale = shape.scale();
        softCap = shape.softCap();
        layOutScratch();
        int group = shape.heads() / shape.kvHeads();
        HeadShare share = HeadShare.ofAttention(worker, tokens, cache, shape);
        int heads = share.byHead()
                ? Math.min(Math.min(group, share.headCount()), QUERIES)
                : together(tokens.count(), shape, worker.count());
        int block = Math.max(1, QUERIES / heads);
        int item = 0;
        for (int from = 0; from < tokens.count(); ) {
            int to = from + 1;
            while (to < tokens.count() && to < from + block && tokens.pages()[to] == tokens.pages()[from]) {
                to++;
            }
            for (int kv = 0; kv < shape.kvHeads(); kv++) {
                for (int h = 0; h < group; h += heads, item++) {
                    int head = kv * group + h;
                    if (share.byHead() ? share.has(head) : item % worker.count() == worker.id()) {
                        gather(from, to, head, Math.min(heads, group - h), queries, tokens, shape, out);
                        attend(tokens.pages()[from], kv, cache);
                    }
                }
            }
            from = to;
        }
    }

    /** Heads of one token that go together: few enough that every worker has something to do. */
    private static int together(int tokens, AttentionShape shape, int workers) {
        int group = shape.heads() / shape.kvHeads();
        int heads = Math.min(group, QUERIES);
        while (heads > 2 && (long) tokens * shape.kvHeads() * ((group + heads - 1) / heads) < 2L * workers) {
            heads = (heads + 1) / 2;
        }
        return heads;
    }

    private void layOutScratch() {
        long sumBytes = 2 * TILE * Dots.SUM_BYTES;
        long scoreBytes = 2 * 4L * TILE;
        long spareBytes = 4L * valueDim;
        long keyBytes = 4L * TILE * headDim;
        sums = scratch.bytes(sumBytes + scoreBytes + spareBytes + keyBytes + 4L * TILE * valueDim);
        scores = sums + sumBytes;
        spare = scores + scoreBytes;
        keyCopy = spare + spareBytes;
        valueCopy = keyCopy + keyBytes;
    }

    /** Lists the queries of tokens {@code from} to {@code to − 1}, heads {@code head} to {@code head + heads − 1}. */
    private void gather(
            int from,
            int to,
            int head,
            int heads,
            FloatRows queries,
            StepTokens tokens,
            AttentionShape shape,
            FloatRows out) {
        count = 0;
        for (int t = from; t < to; t++) {
            for (int h = head; h < head + heads; h++) {
                query[count] = Lanes.address(queries, t) + 4L * h * headDim;
                result[count] = Lanes.address(out, t) + 4L * h * valueDim;
                last[count] = tokens.positions()[t];
                first[count] = shape.firstVisible(last[count]);
                largest[count] = Float.NEGATIVE_INFINITY;
                total[count] = 0;
                sink[count] = shape.sink(h);
                clear(result[count], valueDim);
                count++;
            }
        }
    }

    private void attend(int[] pages, int kvHead, KvLayer cache) {
        int start = Integer.MAX_VALUE;
        int end = 0;
        for (int i = 0; i < count; i++) {
            start = Math.min(start, first[i]);
            end = Math.max(end, last[i]);
        }
        for (int tile = start & -TILE; tile <= end; tile += TILE) {
            if (!seen(tile, tile + TILE)) {
                continue;
            }
            locate(pages, tile, kvHead, cache);
            for (int i = 0; i < count; i++) {
                int from = Math.max(first[i], tile);
                int to = Math.min(last[i] + 1, tile + TILE);
                if (from >= to) {
                    continue;
                }
                boolean paired = i + 1 < count
                        && from == Math.max(first[i + 1], tile)
                        && to == Math.min(last[i + 1] + 1, tile + TILE);
                two(i, paired ? i + 1 : i, from - tile, to - tile);
                i += paired ? 1 : 0;
            }
        }
        for (int i = 0; i < count; i++) {
            float beside = sink[i] == Float.NEGATIVE_INFINITY ? 0 : (float) Math.exp((double) sink[i] - largest[i]);
            Elementwise.scale(result[i], valueDim, 1 / (total[i] + beside));
        }
    }

    /** Whether a query sees any of the positions {@code from} to {@code to − 1}; pages of others may be gone. */
    private boolean seen(int from, int to) {
        for (int i = 0; i < count; i++) {
            if (first[i] < to && last[i] >= from) {
                return true;
            }
        }
        return false;
    }

    /** Finds the tile's keys and values: where they lie if one page holds them all as floats, else copied together. */
    private void locate(int[] pages, int tile, int kvHead, KvLayer cache) {
        long key = (long) kvHead * headDim;
        long value = (long) kvHead * valueDim;
        if (cache.pageShift() >= TILE_SHIFT && cache.type() == CacheType.F32) {
            long slot = cache.slot(pages, tile);
            keyStride = 4L * cache.keyDim();
            valueStride = 4L * cache.valueStride();
            keys = Lanes.address(cache.keys()) + slot * keyStride + 4 * key;
            values = Lanes.address(cache.values()) + slot * valueStride + 4 * value;
            return;
        }
        keys = keyCopy;
        values = valueCopy;
        keyStride = 4L * headDim;
        valueStride = 4L * valueDim;
        for (int p = tile; p < tile + TILE; p++) {
            if (!seen(p, p + 1)) {
                continue;
            }
            long slot = cache.slot(pages, p);
            long row = p - tile;
            copy(cache.type(), cache.keys(), slot * cache.keyDim() + key, keyCopy + row * keyStride, headDim);
            copy(
                    cache.type(),
                    cache.values(),
                    slot * cache.valueStride() + value,
                    valueCopy + row * valueStride,
                    valueDim);
        }
    }

    private static void copy(CacheType type, MemorySegment from, long element, long to, int count) {
        if (type == CacheType.F32) {
            MemorySegment.copy(from, 4 * element, Lanes.MEMORY, to, 4L * count);
            return;
        }
        for (int i = 0; i < count; i++) {
            Lanes.set(to + 4L * i, type.get(from, element + i));
        }
    }

    /** Positions {@code from} to {@code to − 1} of the tile for queries {@code i} and {@code j}, which may be the same. */
    private void two(int i, int j, int from, int to) {
        long end = Dots.mainBytes(headDim);
        for (int p = from & -4; p < to; p += 4) {
            long at = sums + p * Dots.SUM_BYTES;
            Dots.rows4x2(keys + p * keyStride, keyStride, query[i], query[j], end, at, at + TILE * Dots.SUM_BYTES);
        }
        float fade = softmax(i, sums, scores, from, to);
        float fadeOther = 1;
        long other = spare;
        if (i != j) {
            fadeOther = softmax(j, sums + TILE * Dots.SUM_BYTES, scores + 4L * TILE, from, to);
            other = result[j];
        }
        addValues(from, to, result[i], fade, other, fadeOther);
    }

    /** Turns sums into weights, e to the score less the largest so far, and returns the factor of what came before. */
    private float softmax(int i, long sum, long score, int from, int to) {
        for (int p = 0; p < TILE; p++) {
            boolean visible = p >= from && p < to;
            float value = visible
                    ? Dots.finish(sum + p * Dots.SUM_BYTES, keys + p * keyStride, query[i], headDim) * scale
                    : Float.NEGATIVE_INFINITY;
            if (softCap != 0 && visible) {
                value = (float) (softCap * Math.tanh(value / softCap));
            }
            Lanes.set(score + 4L * p, value);
        }
        FloatVector most = load(score);
        for (int p = COUNT; p < TILE; p += COUNT) {
            most = most.max(load(score + 4L * p));
        }
        float next = Math.max(largest[i], most.reduceLanes(VectorOperators.MAX));
        FloatVector weights = FloatVector.zero(Lanes.FLOATS);
        for (int p = 0; p < TILE; p += COUNT) {
            FloatVector e = Exponential.of(load(score + 4L * p).sub(next));
            store(e, score + 4L * p);
            weights = weights.add(e);
        }
        float fade = Exponential.of(largest[i] - next);
        total[i] = Math.fma(total[i], fade, Lanes.sum(weights));
        largest[i] = next;
        return fade;
    }

    private void addValues(int from, int to, long out, float fade, long other, float fadeOther) {
        long v = values + from * valueStride;
        long weight = scores + 4L * from;
        long weightOther = weight + 4L * TILE;
        int rows = to - from;
        int d = 0;
        for (; d + 4 * COUNT <= valueDim; d += 4 * COUNT) {
            Blends.four(
                    v + 4L * d, valueStride, rows, weight, weightOther, out + 4L * d, fade, other + 4L * d, fadeOther);
        }
        for (; d + COUNT <= valueDim; d += COUNT) {
            Blends.one(
                    v + 4L * d, valueStride, rows, weight, weightOther, out + 4L * d, fade, other + 4L * d, fadeOther);
        }
        for (; d < valueDim; d++) {
            Blends.column(v + 4L * d, valueStride, rows, weight, out + 4L * d, fade);
            Blends.column(v + 4L * d, valueStride, rows, weightOther, other + 4L * d, fadeOther);
        }
    }

    private static void clear(long out, int count) {
        for (int i = 0; i < count; i++) {
            Lanes.set(out + 4L * i, 0);
        }
    }
}
