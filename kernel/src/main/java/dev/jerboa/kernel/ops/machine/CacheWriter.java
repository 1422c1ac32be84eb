package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.CacheType;
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
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

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
        CacheLayout.check(cache);
        int from = share.firstToken();
        int to = share.endToken();
        if (cache.latent()) {
            for (int t = from; t < to; t++) {
                long slot = cache.slot(tokens.pages()[t], tokens.positions()[t]);
                row(address(keys, t, keyCol), cache.keys().address(), slot * cache.keyDim(), cache.keyDim(), cache);
            }
            return;
        }
        for (int t = from; t < to; ) {
            int count = together(tokens, t, to, CacheLayout.tile(cache));
            keys(tokens, t, count, share, keys, keyCol, cache);
            for (int i = t; i < t + count; i++) {
                values(tokens, i, share, address(values, i, valueCol), cache);
            }
            t += count;
        }
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

    /** A row as it is, or narrowed, to where it stays. */
    private void row(long from, long memory, long element, int count, KvLayer cache) {
        long to = memory + element * cache.type().bytes();
        if (cache.type() == CacheType.F32) {
            long bytes = (long) count * Float.BYTES;
            MemorySegment.copy(MEMORY, from, MEMORY, to, bytes);
        } else {
            narrow(cache.type(), count, from, to);
        }
    }

    private void narrow(CacheType type, int count, long from, long to) {
        CacheStores.Narrow narrow = new CacheStores.Narrow(type, count);
        call(routines.get(narrow, narrow::emit), from, to, 0);
    }

    private void call(Routine routine, long from, long to, long third) {
        arguments.set(CacheStores.FROM, from).set(CacheStores.TO, to).set(CacheStores.COUNT, third);
        routine.call(arguments.address());
    }

    private long scratch(long bytes) {
        if (narrowed.byteSize() < bytes) {
            narrowed = Arena.ofAuto().allocate(bytes, FloatRows.ALIGNMENT);
        }
        return narrowed.address();
    }

    private void keys(StepTokens tokens, int t, int count, HeadShare share, FloatRows keys, int keyCol, KvLayer cache) {
        int tile = CacheLayout.tile(cache);
        int headDim = cache.keyDim() / cache.heads();
        int dims = share.headCount() * headDim;
        long slot = cache.slot(tokens.pages()[t], tokens.positions()[t]);
        int at = (int) (slot & tile - 1);
        long start = cache.keys().address()
                + ((slot - at) * cache.keyDim() + (long) tile * share.firstHead() * headDim)
                        * cache.type().bytes();
        long from = address(keys, t, keyCol + share.firstHead() * headDim);
        long stride = (long) keys.cols() * Float.BYTES;
        boolean pairs = cache.type() == CacheType.BF16;
        if (pairs || cache.type() == CacheType.F16 && count == 1) {
            long rowBytes = (long) dims * Short.BYTES;
            long rows = scratch(TOGETHER * rowBytes);
            for (int i = 0; i < count; i++) {
                narrow(cache.type(), dims, from + i * stride, rows + i * rowBytes);
            }
            from = rows;
            stride = rowBytes;
        }
        int cell = cache.type() == CacheType.F16 ? Short.BYTES : Integer.BYTES;
        int cells = pairs ? dims / 2 : dims;
        long to = start + (long) at * cell;
        if (count == TOGETHER) {
            CacheStores.Turn turn = new CacheStores.Turn(cache.type() == CacheType.F16, cells, tile);
            call(routines.get(turn, turn::emit), from, to, stride);
        } else {
            CacheStores.Scatter scatter = new CacheStores.Scatter(cell, tile * cell);
            call(routines.get(scatter, scatter::emit), from, to, cells);
        }
    }

    private void values(StepTokens tokens, int t, HeadShare share, long from, KvLayer cache) {
        int tile = CacheLayout.tile(cache);
        int dims = cache.valueStride() / cache.heads();
        long slot = cache.slot(tokens.pages()[t], tokens.positions()[t]);
        int at = (int) (slot & tile - 1);
        long start = (slot - at) * cache.valueStride();
        if (cache.type() != CacheType.BF16) {
            for (int head = share.firstHead(); head < share.endHead(); head++) {
                long element = start + ((long) head * tile + at) * dims;
                row(from + (long) head * dims * Float.BYTES, cache.values().address(), element, dims, cache);
            }
            return;
        }
        int count = share.headCount() * dims;
        long narrowed = scratch((long) count * Short.BYTES);
        narrow(CacheType.BF16, count, from + (long) share.firstHead() * dims * Float.BYTES, narrowed);
        CacheStores.Scatter scatter = new CacheStores.Scatter(Short.BYTES, 2 * Short.BYTES);
        Routine routine = routines.get(scatter, scatter::emit);
        for (int head = share.firstHead(); head < share.endHead(); head++) {
            long element = start + ((long) head * tile + (at & -2)) * dims + (at & 1);
            long to = cache.values().address() + element * Short.BYTES;
            call(routine, narrowed + (long) (head - share.firstHead()) * dims * Short.BYTES, to, dims);
        }
    }
}
