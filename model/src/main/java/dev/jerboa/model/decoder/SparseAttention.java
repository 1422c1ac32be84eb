package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.StepTokens;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Attention over the positions of a {@link Choice}: their keys and values are copied side by side into a small cache of one head,
 * and the kernel for all positions runs over that. So a token costs what it attends to, not what it could see; and tokens that see
 * no more than they may attend to go to the kernel as they are.
 *
 * <p>The query heads of a token that attend to the same rows, of one selection and one key head, are a unit; each has a place of its
 * own in the small cache. Of a few tokens workers share the copying, and then the heads; of more each does tokens of its own.
 */
final class SparseAttention {
    private static final int PAGE_SHIFT = 6;
    private static final int GROUP = 16;

    private final Ops ops;
    private final Choice choice;
    private final AttentionShape shape;
    private final int units;
    private final AttentionShape ofUnit;
    private final int slotPages;
    private final Scratch.Table keys;
    private final Scratch.Table values;
    private final Own[] own;

    /** What a worker works with. */
    private static final class Own {
        final int[] positions;
        final int[] lasts;
        final int[][] pages;
        final int[] oneLast = new int[1];
        final int[][] onePages = new int[1][];
        /** The small cache, made for the type of the one at hand; always the same object, so that tiers know it again. */
        @Nullable
        KvLayer gathered;

        Own(int mostPositions, int slots) {
            this.positions = new int[mostPositions];
            this.lasts = new int[slots];
            this.pages = new int[slots][];
        }
    }

    SparseAttention(Ops ops, Choice choice, AttentionShape shape, Scratch scratch) {
        this.ops = ops;
        this.choice = choice;
        this.shape = shape;
        this.units = Math.max(choice.selections(), shape.kvHeads());
        if (units % choice.selections() != 0 || units % shape.kvHeads() != 0 || shape.heads() % units != 0) {
            throw new IllegalArgumentException(choice.selections() + " selections for " + shape.kvHeads()
                    + " key heads and " + shape.heads() + " query heads, expected numbers that divide the next");
        }
        this.ofUnit = new AttentionShape(shape.heads() / units, 1, shape.headDim(), shape.valueDim(), shape.scale(), 0);
        this.slotPages = (choice.mostPositions() + (1 << PAGE_SHIFT) - 1) >> PAGE_SHIFT;
        int slots = Math.max(Math.min(scratch.maxTokens(), Ops.FEW) * units, scratch.workers());
        int rows = Math.multiplyExact(slots, slotPages << PAGE_SHIFT);
        this.keys = scratch.rows(Scratch.Span.ATTENTION, "gathered keys", rows, shape.headDim());
        this.values = scratch.rows(Scratch.Span.ATTENTION, "gathered values", rows, shape.valueDim());
        this.own = new Own[scratch.workers()];
        int[][] tables = new int[slots][slotPages];
        for (int s = 0; s < slots; s++) {
            int first = s * slotPages;
            Arrays.setAll(tables[s], i -> first + i);
        }
        for (int w = 0; w < own.length; w++) {
            own[w] = new Own(choice.mostPositions(), slots);
            System.arraycopy(tables, 0, own[w].pages, 0, slots);
        }
    }

    /** Whether any token of a step sees more than it may attend to. */
    boolean chooses(StepTokens tokens) {
        return choice.chooses(tokens);
    }

    /**
     * {@link Ops#attention} of the step's tokens over what was chosen for them. Barriers come before and after.
     *
     * @param cache where keys and values are stored already
     */
    void attend(Worker worker, StepTokens tokens, FloatRows queries, KvLayer cache, FloatRows out) {
        if (!chooses(tokens)) {
            ops.attention(worker, queries, tokens, cache, shape, out);
            return;
        }
        boolean few = tokens.count() <= Ops.FEW;
        Own mine = own[worker.id()];
        KvLayer gathered = gathered(mine, cache);
        if (few) {
            gatherTogether(worker, mine, tokens, cache, gathered);
            worker.barrier();
        }
        for (int from = 0; from < tokens.count(); ) {
            boolean all = choice.all(tokens.positions()[from]);
            int to = from + 1;
            while (to < tokens.count() && choice.all(tokens.positions()[to]) == all) {
                to++;
            }
            if (all) {
                StepTokens some = new StepTokens(
                        to - from,
                        Arrays.copyOfRange(tokens.positions(), from, to),
                        Arrays.copyOfRange(tokens.pages(), from, to));
                ops.attention(worker, queries.slice(from, to - from), some, cache, shape, out.slice(from, to - from));
            } else if (few) {
                int items = (to - from) * units;
                StepTokens some = new StepTokens(
                        items,
                        Arrays.copyOfRange(mine.lasts, from * units, to * units),
                        Arrays.copyOfRange(mine.pages, from * units, to * units));
                ops.attention(
                        worker,
                        units(queries, from * units, items),
                        some,
                        gathered,
                        ofUnit,
                        units(out, from * units, items));
            } else {
                for (int t = from; t < to; t++) {
                    if (t % worker.count() == worker.id()) {
                        alone(mine, worker.id(), tokens, t, queries, cache, gathered, out);
                    }
                }
            }
            from = to;
        }
    }

    /** Rows {@code from} to {@code from + count − 1} of a table with a row for each unit instead of each token. */
    private FloatRows units(FloatRows rows, int from, int count) {
        int cols = rows.cols() / units;
        long bytes = (long) cols * Float.BYTES;
        return new FloatRows(rows.data().asSlice(from * bytes, count * bytes), count, cols);
    }

    /** Copies the rows of each unit of each token to its place; workers share those of each. */
    private void gatherTogether(Worker worker, Own mine, StepTokens tokens, KvLayer cache, KvLayer gathered) {
        for (int t = 0; t < tokens.count(); t++) {
            int position = tokens.positions()[t];
            for (int u = 0; u < units && !choice.all(position); u++) {
                int count = choice.positions(t, selection(u), position, mine.positions);
                int slot = t * units + u;
                mine.lasts[slot] = count - 1;
                int from = worker.from(count, GROUP);
                gather(mine, tokens.pages()[t], u, from, worker.to(count, GROUP) - from, cache, gathered, slot);
            }
        }
    }

    /** One token, all by this worker, in the place that has its number. */
    private void alone(
            Own mine,
            int slot,
            StepTokens tokens,
            int t,
            FloatRows queries,
            KvLayer cache,
            KvLayer gathered,
            FloatRows out) {
        for (int u = 0; u < units; u++) {
            int count = choice.positions(t, selection(u), tokens.positions()[t], mine.positions);
            gather(mine, tokens.pages()[t], u, 0, count, cache, gathered, slot);
            mine.oneLast[0] = count - 1;
            mine.onePages[0] = mine.pages[slot];
            StepTokens one = new StepTokens(1, mine.oneLast, mine.onePages);
            int item = t * units + u;
            ops.attention(Worker.alone(), units(queries, item, 1), one, gathered, ofUnit, units(out, item, 1));
        }
    }

    private void gather(
            Own mine, int[] pages, int unit, int from, int count, KvLayer cache, KvLayer gathered, int slot) {
        int head = unit * shape.kvHeads() / units;
        long first = (long) slot * slotPages << PAGE_SHIFT;
        ops.gather(cache, pages, head, mine.positions, from, count, gathered, first);
    }

    private int selection(int unit) {
        return unit * choice.selections() / units;
    }

    private KvLayer gathered(Own mine, KvLayer cache) {
        KvLayer known = mine.gathered;
        if (known != null && known.type() == cache.type() && known.latent() == cache.latent()) {
            return known;
        }
        MemorySegment keyMemory = keys.rows().data();
        KvLayer made = new KvLayer(
                keyMemory,
                cache.latent() ? keyMemory : values.rows().data(),
                shape.headDim(),
                cache.latent() ? shape.headDim() : shape.valueDim(),
                PAGE_SHIFT,
                1,
                cache.type());
        mine.gathered = made;
        return made;
    }
}
