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
 * up to {@value #ROWS} rows (tokens of one sequence × query heads of one key head), and the tiles that they see
 *   → one call for all key heads of this worker; of a latent cache, and of very many tiles, a call a key head and a few tiles
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
    private final LayerPlans<AttentionPlan> plans = new LayerPlans<>();
    private final int vectorBytes;
    private final Arguments arguments = new Arguments(Arena.ofAuto());
    /** Arguments of the turning of latent rows, apart from those that stay from call to call. */
    private final Arguments turning = new Arguments(Arena.ofAuto());

    private final int[] first = new int[ROWS];
    private final int[] last = new int[ROWS];
    private MemorySegment memory = MemorySegment.NULL;

    /** Places in {@link #memory}. */
    private long queries;

    private long sums;
    private long largest;
    private long totals;
    private long scratch;
    private long limits;
    private long tiles;
    private long keyPanel;
    private long valuePanel;
    private long wideKeys;
    private long wideValues;

    /** The first tile that is seen by a token at hand, and one past the last. */
    private int start;

    private int end;

    /** Tiles listed for the next call. */
    private int listed;

    /** Whether the next call starts its rows. */
    private boolean fresh;

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
        AttentionPlan plan = plan(cache, shape);
        layOut(plan);
        arguments.set(AttentionKernel.SCALE, (float) (shape.scale() * LOG2_E));
        int group = shape.heads() / shape.kvHeads();
        HeadShare share = HeadShare.ofAttention(worker, tokens, cache, shape);
        int heads = share.byHead()
                ? Math.min(Math.min(group, share.headCount()), ROWS)
                : together(tokens.count(), shape, worker.count());
        int block = heads == 0 ? ROWS : ROWS / heads;
        int item = 0;
        for (int from = 0; from < tokens.count(); ) {
            int to = from + 1;
            while (to < tokens.count() && to < from + block && tokens.pages()[to] == tokens.pages()[from]) {
                to++;
            }
            Block rows = new Block(from, to, heads, queries, tokens, out);
            see(plan, rows);
            if (share.byHead()) {
                stretch(plan, rows, share.firstHead(), share.endHead());
            } else {
                item = everySoMany(plan, rows, worker, item);
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

    private AttentionPlan plan(KvLayer cache, AttentionShape shape) {
        AttentionPlan plan = plans.get(cache, () -> AttentionPlan.of(cache, shape, routines));
        return plan.shape().equals(shape) ? plan : AttentionPlan.of(cache, shape, routines);
    }

    private void layOut(AttentionPlan plan) {
        AttentionPlan.Turned turned = plan.turned();
        long size = 0;
        long queriesAt = size;
        size = aligned(size + (long) ROWS * plan.queryBytes());
        long sumsAt = size;
        size = aligned(size + (long) ROWS * plan.shape().valueDim() * Float.BYTES + vectorBytes);
        long largestAt = size;
        size = aligned(size + (long) ROWS * Float.BYTES + vectorBytes);
        long totalsAt = size;
        size = aligned(size + (long) ROWS * vectorBytes);
        long scratchAt = size;
        size = aligned(size + AttentionKernel.scratchBytes());
        long limitsAt = size;
        size = aligned(size + 2L * ROWS * Integer.BYTES);
        long tilesAt = size;
        size = aligned(size + (TILES * AttentionKernel.TILE_LONGS + 1L) * Long.BYTES);
        long keyPanelAt = size;
        size = aligned(size + (turned == null ? 0 : turned.keyBytes()));
        long valuePanelAt = size;
        size = aligned(size + (turned == null ? 0 : turned.valueBytes()));
        long wideKeysAt = size;
        size = aligned(size + (turned == null ? 0 : turned.wideKeyBytes()));
        long wideValuesAt = size;
        size = aligned(size + (turned == null ? 0 : turned.wideValueBytes()));
        if (memory.byteSize() < size) {
            memory = Arena.ofAuto().allocate(size, ALIGNMENT);
        }
        long base = memory.address();
        queries = base + queriesAt;
        sums = base + sumsAt;
        largest = base + largestAt;
        totals = base + totalsAt;
        scratch = base + scratchAt;
        limits = base + limitsAt;
        tiles = base + tilesAt;
        keyPanel = base + keyPanelAt;
        valuePanel = base + valuePanelAt;
        wideKeys = base + wideKeysAt;
        wideValues = base + wideValuesAt;
        arguments
                .set(AttentionKernel.TILES, tiles)
                .set(AttentionKernel.QUERIES, queries)
                .set(AttentionKernel.SUMS, sums)
                .set(AttentionKernel.LARGEST, largest)
                .set(AttentionKernel.TOTALS, totals)
                .set(AttentionKernel.SCRATCH, scratch)
                .set(AttentionKernel.LIMITS, limits);
    }

    private static long aligned(long size) {
        return (size + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /**
     * Tokens {@code from} to {@code to − 1}, of one sequence.
     *
     * @param heads query heads that go together at most
     */
    private record Block(int from, int to, int heads, FloatRows queries, StepTokens tokens, FloatRows out) {
        int count() {
            return to - from;
        }

        int[] pages() {
            return tokens.pages()[from];
        }
    }

    /** Notes what the tokens see. */
    private void see(AttentionPlan plan, Block block) {
        start = Integer.MAX_VALUE;
        end = 0;
        for (int t = 0; t < block.count(); t++) {
            int position = block.tokens.positions()[block.from + t];
            last[t] = position;
            first[t] = plan.shape().firstVisible(position);
            start = Math.min(start, first[t] / plan.tile());
            end = Math.max(end, position / plan.tile() + 1);
        }
    }

    /** Whether key heads can be computed one after the other in one call, the query heads of each all together. */
    private boolean chained(AttentionPlan plan, Block block) {
        AttentionShape shape = plan.shape();
        return block.heads == shape.heads() / shape.kvHeads()
                && plan.turned() == null
                && end - start <= TILES
                && shape.sinks() == null;
    }

    /** Query heads {@code head} to {@code endHead − 1}. */
    private void stretch(AttentionPlan plan, Block block, int head, int endHead) {
        int group = plan.shape().heads() / plan.shape().kvHeads();
        if (chained(plan, block)) {
            heads(plan, block, head, group, (endHead - head) / group, 1);
            return;
        }
        for (int h = head; h < endHead; ) {
            int next = Math.min(Math.min(h + block.heads, endHead), (h / group + 1) * group);
            heads(plan, block, h, next - h, 1, 1);
            h = next;
        }
    }

    /**
     * Every so many of the key heads, or of parts of the query heads of one, the first of which has number {@code item}.
     * Returns the number after the last.
     */
    private int everySoMany(AttentionPlan plan, Block block, Worker worker, int item) {
        AttentionShape shape = plan.shape();
        int group = shape.heads() / shape.kvHeads();
        int parts = (group + block.heads - 1) / block.heads;
        int items = shape.kvHeads() * parts;
        int workers = worker.count();
        int mine = Math.floorMod(worker.id() - item, workers);
        if (chained(plan, block)) {
            heads(plan, block, mine * group, group, (items - mine + workers - 1) / workers, workers);
            return item + items;
        }
        for (int i = mine; i < items; i += workers) {
            int part = i % parts * block.heads;
            heads(plan, block, i / parts * group + part, Math.min(block.heads, group - part), 1, 1);
        }
        return item + items;
    }

    /**
     * {@code together} query heads from {@code head} on, and those of {@code keyHeads − 1} more key heads, each {@code step}
     * key heads further on.
     */
    private void heads(AttentionPlan plan, Block block, int head, int together, int keyHeads, int step) {
        if (keyHeads <= 0) {
            return;
        }
        AttentionShape shape = plan.shape();
        int group = shape.heads() / shape.kvHeads();
        limits(block.count(), together);
        rows(plan, block, head, together, step);
        arguments.set(AttentionKernel.HEADS, keyHeads);
        tiles(plan, block.count(), head / group, step, block.pages());
        FloatRows sinks = shape.sinks();
        if (sinks != null) {
            sink(sinks, block, head, together, shape.valueDim());
        }
    }

    /**
     * Takes the sinks' shares off the results of the rows at hand, which were divided by the sums of weights 2^(score − largest) of
     * positions alone.
     */
    private void sink(FloatRows sinks, Block block, int head, int together, int valueDim) {
        for (int row = 0; row < block.count() * together; row++) {
            float total = 0;
            for (int at = 0; at < vectorBytes; at += Float.BYTES) {
                total += MEMORY.get(ValueLayout.JAVA_FLOAT, totals + (long) row * vectorBytes + at);
            }
            float most = MEMORY.get(ValueLayout.JAVA_FLOAT, largest + (long) row * Float.BYTES);
            int h = head + row % together;
            double sink = Math.pow(2, sinks.get(0, h) * LOG2_E - most);
            float share = (float) (total / (total + sink));
            FloatRows out = block.out;
            int token = block.from + row / together;
            for (int d = h * valueDim; d < (h + 1) * valueDim; d++) {
                out.set(token, d, out.get(token, d) * share);
            }
        }
    }

    /** Lists what the rows of {@code count} tokens see. */
    private void limits(int count, int heads) {
        long at = limits;
        for (int t = 0; t < count; t++) {
            long both = first[t] & 0xffffffffL | (long) (last[t] + 1) << Integer.SIZE;
            for (int h = 0; h < heads; h++, at += Long.BYTES) {
                set(at, both);
            }
        }
    }

    /** Says where the queries and results are of {@code heads} query heads from {@code head} on. */
    private void rows(AttentionPlan plan, Block block, int head, int heads, int step) {
        AttentionShape shape = plan.shape();
        long queryBytes = (long) shape.headDim() * Float.BYTES;
        long valueBytes = (long) shape.valueDim() * Float.BYTES;
        int group = shape.heads() / shape.kvHeads();
        FloatRows queries = block.queries;
        FloatRows out = block.out;
        arguments
                .set(AttentionKernel.ROW_COUNT, block.count() * heads)
                .set(AttentionKernel.TOKENS, block.count())
                .set(AttentionKernel.TOGETHER, heads)
                .set(AttentionKernel.FROM, queries.data().address() + queries.offset(block.from) + head * queryBytes)
                .set(AttentionKernel.FROM_STRIDE, (long) queries.cols() * Float.BYTES)
                .set(AttentionKernel.FROM_STEP, step * group * queryBytes)
                .set(AttentionKernel.TO, out.data().address() + out.offset(block.from) + head * valueBytes)
                .set(AttentionKernel.TO_STRIDE, (long) out.cols() * Float.BYTES)
                .set(AttentionKernel.TO_STEP, step * group * valueBytes)
                .set(AttentionKernel.KEY_STEP, step * plan.keyStep())
                .set(AttentionKernel.VALUE_STEP, step * plan.valueStep())
                .set(AttentionKernel.KEY_OFFSET, 0)
                .set(AttentionKernel.VALUE_OFFSET, 0);
    }

    private static void set(long address, long value) {
        MEMORY.set(ValueLayout.JAVA_LONG, address, value);
    }

    /** All tiles that any of {@code count} tokens sees. */
    private void tiles(AttentionPlan plan, int count, int kvHead, int step, int[] pages) {
        int tile = plan.tile();
        int wholeFrom = 0;
        int wholeTo =
                count == 1 ? 0 : Integer.MAX_VALUE; // one token's tiles come from memory, a few positions at a time
        for (int t = 0; t < count; t++) {
            wholeFrom = Math.max(wholeFrom, (first[t] + tile - 1) / tile);
            wholeTo = Math.min(wholeTo, (last[t] + 1) / tile);
        }
        int atOnce = plan.turned() == null ? TILES : 1;
        listed = 0;
        fresh = true;
        for (int at = start; at < end; at++) {
            boolean whole = at >= wholeFrom && at < wholeTo;
            if (!whole && !seen(count, at * tile, tile)) {
                continue;
            }
            if (listed == atOnce) {
                call(plan, false);
            }
            list(plan, pages, at, kvHead, whole);
        }
        long next = count == 1 ? entry(0, 0) + step * plan.keyStep() : 0;
        set(tiles + (long) listed * AttentionKernel.TILE_LONGS * Long.BYTES, next);
        if (count == 1) {
            ahead(plan);
        }
        call(plan, true);
    }

    private long entry(int tile, int index) {
        long place = (long) tile * AttentionKernel.TILE_LONGS + index;
        return MEMORY.get(ValueLayout.JAVA_LONG, tiles + place * Long.BYTES);
    }

    /** Whether any of {@code count} tokens sees any of the {@code size} positions from {@code from} on. */
    private boolean seen(int count, int from, int size) {
        for (int t = 0; t < count; t++) {
            if (first[t] < from + size && last[t] >= from) {
                return true;
            }
        }
        return false;
    }

    /** Says for each listed tile of one token how much of the next one it will read. */
    private void ahead(AttentionPlan plan) {
        int tile = plan.tile();
        for (int i = 0; i < listed; i++) {
            int next = i + 1 < listed ? end - listed + i + 1 : start;
            int positions = Math.min(tile, last[0] + 1 - next * tile);
            set(tiles + ((long) i * AttentionKernel.TILE_LONGS + AttentionKernel.TILE_AHEAD) * Long.BYTES, positions);
        }
    }

    /** Puts tile {@code number} of the sequence at the end of the list; widened and turned first, if need be. */
    private void list(AttentionPlan plan, int[] pages, int number, int kvHead, boolean whole) {
        long slot = plan.cache().slot(pages, number * plan.tile());
        long keys = plan.keys(slot, kvHead);
        long values = plan.values(slot, kvHead);
        AttentionPlan.Turned turned = plan.turned();
        if (turned != null && turned.widen() != null) {
            turning.set(BytePanel.KEYS, keys)
                    .set(BytePanel.VALUES, values)
                    .set(BytePanel.KEYS_TO, wideKeys)
                    .set(BytePanel.VALUES_TO, wideValues);
            turned.widen().call(turning.address());
            keys = wideKeys;
            values = turned.wideValueBytes() > 0 ? wideValues : wideKeys;
        }
        if (turned != null && turned.turn() != null) {
            turning.set(LatentPanel.ROWS, keys).set(LatentPanel.KEYS, keyPanel).set(LatentPanel.VALUES, valuePanel);
            turned.turn().call(turning.address());
            keys = keyPanel;
            values = turned.valueBytes() > 0 ? valuePanel : values;
        }
        long at = tiles + (long) listed * AttentionKernel.TILE_LONGS * Long.BYTES;
        set(at, keys);
        set(at + Long.BYTES, values);
        set(at + AttentionKernel.TILE_START * Long.BYTES, -(long) number * plan.tile());
        set(at + AttentionKernel.TILE_WHOLE * Long.BYTES, whole ? 1 : 0);
        set(at + AttentionKernel.TILE_AHEAD * Long.BYTES, 0);
        listed++;
    }

    /** The rows over the listed tiles. */
    private void call(AttentionPlan plan, boolean ends) {
        arguments
                .set(AttentionKernel.TILE_COUNT, listed)
                .set(AttentionKernel.BEGIN, fresh ? 1 : 0)
                .set(AttentionKernel.END, ends ? 1 : 0);
        plan.attend().call(arguments.address());
        listed = 0;
        fresh = false;
    }
}
