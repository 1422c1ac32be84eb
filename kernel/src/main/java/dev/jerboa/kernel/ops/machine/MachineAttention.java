package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.HeadShare;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.StepTokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Attention over paged caches by {@link AttentionKernel}, and the writing of those caches ({@link CacheWriter}).
 *
 * <pre>
 * up to {@value #ROWS} rows (tokens of one sequence × query heads of one key head) → queries together, scaled
 *   → tiles that all rows see whole: one call     → tiles at the ends: a call for each stretch of tokens that see the same
 *   → sums / totals → results
 * </pre>
 *
 * <p>Tiles start at multiples of their size, counted from position 0 of the sequence, and each row meets them in order: its
 * result depends neither on how the prompt was cut into steps, nor on the other rows, nor on the number of workers. What a
 * row must not see never meets its sums.
 *
 * <p>An instance is one thread's. Its working memory does not grow with the context.
 */
final class MachineAttention {
    /** Rows that go through a tile while it is in the cache. */
    private static final int ROWS = 16 * AttentionKernel.ROWS;

    /** Tiles of one call. */
    private static final int TILES = 256;

    private static final double LOG2_E = 1.4426950408889634;
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final int ALIGNMENT = 64;

    private final Routines routines;
    private final CacheWriter writer;
    private final int vectorBytes;
    private final Arguments arguments = new Arguments(Arena.ofAuto());
    private final int[] first = new int[ROWS];
    private final int[] last = new int[ROWS];
    private MemorySegment memory = MemorySegment.NULL;

    /** Places in {@link #memory}. */
    private long queries;

    private long sums;
    private long largest;
    private long totals;
    private long scratch;
    private long queryAddresses;
    private long resultAddresses;
    private long tiles;
    private long keyPanel;
    private long valuePanel;

    MachineAttention(Routines routines) {
        this.routines = routines;
        this.writer = new CacheWriter(routines);
        this.vectorBytes = routines.target().isa().vectorBytes();
    }

    /** A worker's share of {@link Ops#store}: a stretch of tokens, or of key heads. */
    void store(
            Worker worker,
            StepTokens tokens,
            FloatRows keys,
            int keyCol,
            FloatRows values,
            int valueCol,
            KvLayer cache) {
        writer.store(HeadShare.ofStore(worker, tokens, cache), tokens, keys, keyCol, values, valueCol, cache);
    }

    /** A worker's share of {@link Ops#attention}; checks of shapes are the caller's. */
    void run(Worker worker, FloatRows queries, StepTokens tokens, KvLayer cache, AttentionShape shape, FloatRows out) {
        AttentionPlan plan = AttentionPlan.of(cache, shape, routines);
        layOut(plan);
        int group = shape.heads() / shape.kvHeads();
        HeadShare share = HeadShare.ofAttention(worker, tokens, cache, shape);
        int heads = share.byHead()
                ? Math.min(Math.min(group, share.headCount()), ROWS)
                : together(tokens.count(), shape, worker.count());
        int block = ROWS / heads;
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
                        rows(plan, from, to, kv, head, Math.min(heads, group - h), queries, tokens, out);
                    }
                }
            }
            from = to;
        }
    }

    /** Heads of one token that go together: few enough that every worker has something to do. */
    private static int together(int tokens, AttentionShape shape, int workers) {
        int group = shape.heads() / shape.kvHeads();
        int heads = Math.min(group, ROWS);
        while (heads > 1 && (long) tokens * shape.kvHeads() * ((group + heads - 1) / heads) < 2L * workers) {
            heads = (heads + 1) / 2;
        }
        return heads;
    }

    private void layOut(AttentionPlan plan) {
        LatentPanel turned = plan.latent() == null ? null : plan.latent().panel();
        long size = 0;
        long queriesAt = size;
        size = aligned(size + (long) ROWS * plan.queryBytes());
        long sumsAt = size;
        size = aligned(size + (long) ROWS * plan.shape().valueDim() * Float.BYTES);
        long largestAt = size;
        size = aligned(size + (long) ROWS * Float.BYTES);
        long totalsAt = size;
        size = aligned(size + (long) ROWS * vectorBytes);
        long scratchAt = size;
        size = aligned(size + AttentionKernel.scratchBytes());
        long addressesAt = size;
        size = aligned(size + 2L * ROWS * Long.BYTES);
        long tilesAt = size;
        size = aligned(size + 2L * TILES * Long.BYTES);
        long keyPanelAt = size;
        size = aligned(size + (turned == null ? 0 : turned.keyBytes()));
        long valuePanelAt = size;
        size = aligned(size + (turned == null ? 0 : turned.valueBytes()));
        if (memory.byteSize() < size) {
            memory = Arena.ofAuto().allocate(size, ALIGNMENT);
        }
        long base = memory.address();
        queries = base + queriesAt;
        sums = base + sumsAt;
        largest = base + largestAt;
        totals = base + totalsAt;
        scratch = base + scratchAt;
        queryAddresses = base + addressesAt;
        resultAddresses = queryAddresses + (long) ROWS * Long.BYTES;
        tiles = base + tilesAt;
        keyPanel = base + keyPanelAt;
        valuePanel = base + valuePanelAt;
    }

    private static long aligned(long size) {
        return (size + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Tokens {@code from} to {@code to − 1} of one sequence, query heads {@code head} to {@code head + heads − 1}. */
    private void rows(
            AttentionPlan plan,
            int from,
            int to,
            int kvHead,
            int head,
            int heads,
            FloatRows queryRows,
            StepTokens tokens,
            FloatRows out) {
        AttentionShape shape = plan.shape();
        int rows = 0;
        for (int t = from; t < to; t++) {
            long query = queryRows.data().address() + queryRows.offset(t);
            long result = out.data().address() + out.offset(t);
            last[t - from] = tokens.positions()[t];
            first[t - from] = shape.firstVisible(tokens.positions()[t]);
            for (int h = head; h < head + heads; h++, rows++) {
                set(queryAddresses + (long) rows * Long.BYTES, query + (long) h * shape.headDim() * Float.BYTES);
                set(resultAddresses + (long) rows * Long.BYTES, result + (long) h * shape.valueDim() * Float.BYTES);
                MEMORY.set(FloatRows.FLOAT, largest + (long) rows * Float.BYTES, AttentionKernel.LOWEST);
            }
        }
        MEMORY.asSlice(sums, (long) rows * shape.valueDim() * Float.BYTES).fill((byte) 0);
        MEMORY.asSlice(totals, (long) rows * vectorBytes).fill((byte) 0);
        arguments
                .set(AttentionEnds.ADDRESSES, queryAddresses)
                .set(AttentionEnds.ROW_COUNT, rows)
                .set(AttentionEnds.TO, queries)
                .set(AttentionEnds.SCALE, (float) (shape.scale() * LOG2_E));
        plan.gather().call(arguments.address());
        tiles(plan, to - from, heads, kvHead, tokens.pages()[from]);
        arguments
                .set(AttentionEnds.ADDRESSES, resultAddresses)
                .set(AttentionEnds.ROW_COUNT, rows)
                .set(AttentionEnds.SUMS, sums)
                .set(AttentionEnds.TOTALS, totals);
        plan.divide().call(arguments.address());
    }

    private static void set(long address, long value) {
        MEMORY.set(ValueLayout.JAVA_LONG, address, value);
    }

    /** All visible tiles, in order, for {@code count} tokens. */
    private void tiles(AttentionPlan plan, int count, int heads, int kvHead, int[] pages) {
        int tile = plan.tile();
        int start = Integer.MAX_VALUE;
        int end = 0;
        int wholeFrom = 0;
        int wholeTo = Integer.MAX_VALUE;
        for (int t = 0; t < count; t++) {
            start = Math.min(start, first[t] / tile);
            end = Math.max(end, last[t] / tile + 1);
            wholeFrom = Math.max(wholeFrom, (first[t] + tile - 1) / tile);
            wholeTo = Math.min(wholeTo, (last[t] + 1) / tile);
        }
        int atOnce = plan.latent() == null ? TILES : 1;
        for (int at = start; at < end; ) {
            if (at >= wholeFrom && at < wholeTo) {
                int to = Math.min(wholeTo, at + atOnce);
                for (int i = at; i < to; i++) {
                    locate(plan, i - at, pages, i, kvHead);
                }
                call(plan, to - at, 0, count * heads, 0, tile);
                at = to;
            } else {
                partly(plan, at, count, heads, kvHead, pages);
                at++;
            }
        }
    }

    /** A tile of which not all tokens see all: a call for each stretch of tokens that see the same. */
    private void partly(AttentionPlan plan, int at, int count, int heads, int kvHead, int[] pages) {
        int start = at * plan.tile();
        boolean located = false;
        for (int t = 0; t < count; ) {
            int from = Math.max(0, first[t] - start);
            int to = Math.min(plan.tile(), last[t] + 1 - start);
            int next = t + 1;
            while (next < count
                    && Math.max(0, first[next] - start) == from
                    && Math.min(plan.tile(), last[next] + 1 - start) == to) {
                next++;
            }
            if (from < to) {
                if (!located) {
                    locate(plan, 0, pages, at, kvHead);
                    located = true;
                }
                call(plan, 1, t * heads, (next - t) * heads, from, to);
            }
            t = next;
        }
    }

    /** Puts tile {@code number} of the sequence into entry {@code entry} of the list; latent rows are turned first. */
    private void locate(AttentionPlan plan, int entry, int[] pages, int number, int kvHead) {
        long slot = plan.cache().slot(pages, number * plan.tile());
        long keys = plan.keys(slot, kvHead);
        long values = plan.values(slot, kvHead);
        AttentionPlan.Latent latent = plan.latent();
        if (latent != null) {
            arguments
                    .set(LatentPanel.ROWS, keys)
                    .set(LatentPanel.KEYS, keyPanel)
                    .set(LatentPanel.VALUES, valuePanel);
            latent.turn().call(arguments.address());
            keys = keyPanel;
            values = latent.panel().valueBytes() > 0 ? valuePanel : values;
        }
        set(tiles + (long) entry * 2 * Long.BYTES, keys);
        set(tiles + (long) entry * 2 * Long.BYTES + Long.BYTES, values);
    }

    /** Rows {@code row} to {@code row + rows − 1} over the first {@code count} tiles of the list. */
    private void call(AttentionPlan plan, int count, int row, int rows, int from, int to) {
        arguments
                .set(AttentionKernel.TILES, tiles)
                .set(AttentionKernel.TILE_COUNT, count)
                .set(AttentionKernel.ROW_COUNT, rows)
                .set(AttentionKernel.QUERIES, queries + (long) row * plan.queryBytes())
                .set(AttentionKernel.SUMS, sums + (long) row * plan.shape().valueDim() * Float.BYTES)
                .set(AttentionKernel.LARGEST, largest + (long) row * Float.BYTES)
                .set(AttentionKernel.TOTALS, totals + (long) row * vectorBytes)
                .set(AttentionKernel.SCRATCH, scratch)
                .set(AttentionKernel.FROM, from)
                .set(AttentionKernel.TO, to)
                .set(AttentionKernel.VALUE_STRIDE, plan.valueStride())
                .set(AttentionKernel.WHOLE, to - from == plan.tile() ? 1 : 0);
        plan.attend().call(arguments.address());
    }
}
