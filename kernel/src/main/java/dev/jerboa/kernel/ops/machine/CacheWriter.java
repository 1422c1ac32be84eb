package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.HeadShare;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes keys and values of a step's tokens into cache pages as {@link CacheLayout} says. Eight tokens that stand one after
 * another in a tile are turned together, others are scattered; elements are narrowed before or on the way. No byte is
 * written but those of the tokens at hand, so that several threads may write to one page. An instance is one thread's.
 */
final class CacheWriter {
    private static final int TOGETHER = LatentPanel.SQUARE;

    private record Plan(KvLayer cache, CacheStores shape, Routine one, Routine several) {}

    private final LayerPlans<Plan> plans = new LayerPlans<>();
    private final Routines routines;
    private final Arguments arguments = new Arguments(Arena.ofAuto());
    private MemorySegment narrowed = MemorySegment.NULL;

    CacheWriter(Routines routines) {
        this.routines = routines;
    }

    /** A share of the tokens and heads; checks of shapes are the caller's. */
    void store(
            HeadShare share,
            StepTokens tokens,
            FloatRows keys,
            int keyCol,
            FloatRows values,
            int valueCol,
            KvLayer cache) {
        Plan plan = plan(cache);
        int from = share.firstToken();
        int to = share.endToken();
        if (cache.latent()) {
            for (int t = from; t < to; t++) {
                long slot = cache.slot(tokens.pages()[t], tokens.positions()[t]);
                long place = cache.keys().address() + slot * cache.keyBytes();
                arguments.set(CacheStores.FROM, address(keys, t, keyCol)).set(CacheStores.TO, place);
                plan.one.call(arguments.address());
            }
            return;
        }
        for (int t = from; t < to && share.headCount() > 0; ) {
            int count = together(tokens, t, to, plan.shape.tile());
            tokens(
                    plan,
                    share,
                    tokens,
                    t,
                    count,
                    address(keys, t, keyCol + share.firstHead() * plan.shape.keyDims()),
                    keys.cols(),
                    address(values, t, valueCol + share.firstHead() * plan.shape.valueDims()),
                    values.cols());
            t += count;
        }
    }

    private Plan plan(KvLayer cache) {
        return plans.get(cache, () -> {
            CacheLayout.check(cache);
            CacheStores shape = CacheStores.of(cache);
            if (cache.latent()) {
                CacheStores.Row row = new CacheStores.Row(cache.type(), cache.keyDim());
                Routine routine = routines.get(row, row::emit);
                return new Plan(cache, shape, routine, routine);
            }
            if (narrowed.byteSize() < shape.scratchBytes()) {
                narrowed = Arena.ofAuto().allocate(shape.scratchBytes(), FloatRows.ALIGNMENT);
            }
            CacheStores.One one = new CacheStores.One(shape);
            CacheStores.Several several = new CacheStores.Several(shape);
            return new Plan(cache, shape, routines.get(one, one::emit), routines.get(several, several::emit));
        });
    }

    private static long address(FloatRows rows, int row, int col) {
        return rows.data().address() + rows.offset(row) + (long) col * Float.BYTES;
    }

    /** {@value #TOGETHER} where that many tokens from {@code t} on fill an eighth of a tile's places in order, otherwise 1. */
    private static int together(StepTokens tokens, int t, int to, int tile) {
        int position = tokens.positions()[t];
        if (to - t < TOGETHER || position % TOGETHER != 0 || position % tile > tile - TOGETHER) {
            return 1;
        }
        for (int i = 1; i < TOGETHER; i++) {
            if (tokens.positions()[t + i] != position + i || tokens.pages()[t + i] != tokens.pages()[t]) {
                return 1;
            }
        }
        return TOGETHER;
    }

    /** {@code count} tokens, 1 or {@value #TOGETHER}. */
    private void tokens(
            Plan plan,
            HeadShare share,
            StepTokens tokens,
            int t,
            int count,
            long keys,
            int keyCols,
            long values,
            int valueCols) {
        KvLayer cache = plan.cache;
        CacheStores shape = plan.shape;
        long slot = cache.slot(tokens.pages()[t], tokens.positions()[t]);
        int at = (int) (slot & shape.tile() - 1);
        long tile = slot - at;
        long keyTile = cache.keys().address() + tile * cache.keyBytes() + (long) share.firstHead() * shape.keyHead();
        long valueTile =
                cache.values().address() + tile * cache.valueBytes() + (long) share.firstHead() * shape.valueHead();
        arguments
                .set(CacheStores.HEADS, share.headCount())
                .set(CacheStores.KEYS, keys)
                .set(CacheStores.KEY_STRIDE, (long) keyCols * Float.BYTES)
                .set(CacheStores.KEYS_TO, keyTile + shape.keyPlace(at))
                .set(CacheStores.VALUES, values)
                .set(CacheStores.VALUE_STRIDE, (long) valueCols * Float.BYTES)
                .set(CacheStores.VALUES_TO, valueTile + shape.valuePlace(at))
                .set(CacheStores.KEY_SCALES_TO, keyTile + shape.keyScalePlace(at))
                .set(CacheStores.VALUE_SCALES_TO, valueTile + shape.valueScalePlace(at))
                .set(CacheStores.SCRATCH, narrowed.address());
        (count == 1 ? plan.one : plan.several).call(arguments.address());
    }
}
