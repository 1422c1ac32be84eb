package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopBuilder;
import dev.jerboa.kernel.ops.loop.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Floats in native memory, by address: single ones and stretches. Sums have one order, whatever the stretch is part of. */
public final class Rows {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final int X = 0;
    private static final int Y = 1;
    private static final int Z = 2;

    private static final Loop ADD = loop("y += x", l -> l.addTo(Y, 0, l.load(X)));
    private static final Loop ADD_SCALED =
            loop("y += s x", l -> l.store(Y, l.load(X).fma(l.scalar(0), l.load(Y))));
    private static final Loop SET_SCALED =
            loop("y = s x", l -> l.store(Y, l.load(X).mul(l.scalar(0))));
    private static final Loop SET_PRODUCT =
            loop("z = x y", l -> l.store(Z, l.load(X).mul(l.load(Y))));
    private static final Loop DOT = OpsProvider.loop("x · y", l -> {
        l.each(0, 4);
        Value sum = l.sum(l.load(X), l.load(Y));
        l.row();
        l.store(Z, 0, sum);
    });
    private static final Loop MAX = OpsProvider.loop("max x", l -> {
        l.each(0, 4);
        Value max = l.max(l.load(X));
        l.row();
        l.store(Z, 0, max);
    });

    /** A thread's place for a number that a loop finds. */
    private static final ThreadLocal<MemorySegment> FOUND =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(FloatRows.ALIGNMENT));

    private Rows() {}

    /** A loop over the elements of a row, and nothing else. */
    static Loop loop(String name, Consumer<LoopBuilder> body) {
        return OpsProvider.loop(name, l -> {
            l.each(0);
            body.accept(l);
        });
    }

    /** Where element {@code i} lies. */
    public static long at(long address, int i) {
        return address + Float.BYTES * (long) i;
    }

    /** Bytes from a row of {@code floats} to the next. */
    static long stride(int floats) {
        return Float.BYTES * (long) floats;
    }

    /** The address of a table's row. */
    static long row(FloatRows table, int row) {
        return table.data().address() + table.offset(row);
    }

    /** The address of a table's row. */
    static long row(Table table, int row) {
        return table.address(row);
    }

    public static float get(long address) {
        return MEMORY.get(FloatRows.FLOAT, address);
    }

    public static void set(long address, float value) {
        MEMORY.set(FloatRows.FLOAT, address, value);
    }

    static void zero(long x, int n) {
        MEMORY.asSlice(x, Float.BYTES * (long) n).fill((byte) 0);
    }

    /** {@code y = x}. */
    static void copy(long x, long y, int n) {
        MemorySegment.copy(MEMORY, x, MEMORY, y, Float.BYTES * (long) n);
    }

    /** {@code y = x}, or added to y. */
    static void give(long x, long y, int n, boolean adds) {
        if (adds) {
            addTo(x, y, n);
        } else {
            copy(x, y, n);
        }
    }

    /** {@code y += x}. */
    static void addTo(long x, long y, int n) {
        ADD.call().at(X, x, 0).at(Y, y, 0).count(0, n).run(1);
    }

    /** {@code y += s · x}. */
    static void addScaled(float s, long x, long y, int n) {
        ADD_SCALED.call().at(X, x, 0).at(Y, y, 0).scalar(0, s).count(0, n).run(1);
    }

    /** {@code y = s · x}. */
    static void setScaled(float s, long x, long y, int n) {
        SET_SCALED.call().at(X, x, 0).at(Y, y, 0).scalar(0, s).count(0, n).run(1);
    }

    /** {@code y = s · x}, or added to y. */
    static void giveScaled(float s, long x, long y, int n, boolean adds) {
        if (adds) {
            addScaled(s, x, y, n);
        } else {
            setScaled(s, x, y, n);
        }
    }

    /** {@code z = x ∘ y}. */
    static void setProduct(long x, long y, long z, int n) {
        SET_PRODUCT.call().at(X, x, 0).at(Y, y, 0).at(Z, z, 0).count(0, n).run(1);
    }

    /** The largest of at least one. */
    static float max(long x, int n) {
        long found = FOUND.get().address();
        MAX.call().at(X, x, 0).at(Z, found, 0).count(0, n).run(1);
        return get(found);
    }

    static float dot(long x, long y, int n) {
        long found = FOUND.get().address();
        DOT.call().at(X, x, 0).at(Y, y, 0).at(Z, found, 0).count(0, n).run(1);
        return get(found);
    }
}
