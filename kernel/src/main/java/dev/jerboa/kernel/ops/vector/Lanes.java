package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this process and access to memory by raw address.
 *
 * <p>{@link #MEMORY} spans the whole address space: a load from it is one instruction without the checks of a segment, which
 * {@link dev.jerboa.kernel.ops.Shapes} has made at the door of the operation instead. Nothing here may run before them.
 */
public final class Lanes {
    static final VectorShape SHAPE = shape();
    public static final VectorSpecies<Float> FLOATS = SHAPE.withLanes(float.class);
    public static final VectorSpecies<Integer> INTS = SHAPE.withLanes(int.class);

    /** Floats in a vector: 4, 8 or 16. */
    public static final int COUNT = FLOATS.length();

    public static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    public static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);
    private static final VectorShuffle<Float> BY_1 = rotation(1);

    private Lanes() {}

    /** The preferred shape, between 128 and 512 bits. */
    private static VectorShape shape() {
        int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        return VectorShape.forBitSize(Math.max(128, Math.min(512, Integer.highestOneBit(bits))));
    }

    private static VectorShuffle<Float> rotation(int by) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane + by) % COUNT);
    }

    public static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, MEMORY, address, LITTLE);
    }

    public static void store(FloatVector v, long address) {
        v.intoMemorySegment(MEMORY, address, LITTLE);
    }

    public static float get(long address) {
        return MEMORY.get(FloatRows.FLOAT, address);
    }

    public static void set(long address, float value) {
        MEMORY.set(FloatRows.FLOAT, address, value);
    }

    /**
     * The sum of the lanes in a fixed order: halves onto each other, 16 → 8 → 4 → 2 → 1. ({@code reduceLanes} leaves the order
     * open, and the interpreter and the compiler differ.)
     */
    public static float sum(FloatVector v) {
        if (COUNT > 8) {
            v = v.add(v.rearrange(BY_8));
        }
        if (COUNT > 4) {
            v = v.add(v.rearrange(BY_4));
        }
        v = v.add(v.rearrange(BY_2));
        v = v.add(v.rearrange(BY_1));
        return v.lane(0);
    }

    /** The address of a row; the table must lie in native memory. */
    public static long address(FloatRows table, int row) {
        return address(table.data()) + table.offset(row);
    }

    /** The address of native memory. */
    public static long address(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("the vector tier computes in native memory; found a heap segment");
        }
        return segment.address();
    }
}
