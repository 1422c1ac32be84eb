package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.dtype.SmallFloats;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * How the elements of cached keys and values are written. Narrowing rounds to nearest, ties to even.
 *
 * <p>{@link #Q8_0} keeps whole numbers of −127 to 127 and scales in bfloat16: one a position, head and {@value #BLOCK}
 * dimensions of keys, so that large dimensions leave small ones in other blocks alone; one a position and head of values. A
 * block with an element that is infinite or no number is no number. It takes {@code 1 + 2/32} bytes an element of a key,
 * {@code 1 + 2/dimensions} of a value.
 */
public enum CacheType {
    /** IEEE 754 binary32: what was computed, bit by bit. */
    F32(Float.BYTES),
    /** IEEE 754 binary16: 11 significant bits, magnitudes up to 65,504; what is larger becomes infinite. */
    F16(Short.BYTES),
    /** bfloat16: 8 significant bits, the range of float32. */
    BF16(Short.BYTES),
    /** 8 bits and scales, about half of what 16-bit elements take. Only some tiers compute with it. */
    Q8_0(1);

    /** Dimensions of a {@link #Q8_0} key that share a scale. */
    public static final int BLOCK = 32;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int bytes;

    CacheType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of an element, scales apart. */
    public int bytes() {
        return bytes;
    }

    /** Whether elements share scales, so that none can be read or written by itself. */
    public boolean scaled() {
        return this == Q8_0;
    }

    /** Bytes of a position's keys: {@code heads} heads with {@code dims} elements in all. */
    public long keyBytes(int dims, int heads) {
        int blocks = (dims / heads + BLOCK - 1) / BLOCK;
        return (long) dims * bytes + (scaled() ? (long) heads * blocks * Short.BYTES : 0);
    }

    /** Bytes of a position's values: {@code heads} heads with {@code dims} elements in all. */
    public long valueBytes(int dims, int heads) {
        return dims == 0 ? 0 : (long) dims * bytes + (scaled() ? (long) heads * Short.BYTES : 0);
    }

    /** The name that options use: {@code f32}, {@code f16}, {@code bf16} or {@code q8_0}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The type of this {@link #key}.
     *
     * @throws IllegalArgumentException for other names
     */
    public static CacheType named(String key) {
        for (CacheType type : values()) {
            if (type.key().equals(key)) {
                return type;
            }
        }
        throw new IllegalArgumentException("cache type " + key + ", expected f32, f16, bf16 or q8_0");
    }

    /** Element {@code index} of {@code memory}; not of types that are {@link #scaled}. */
    public float get(MemorySegment memory, long index) {
        return switch (this) {
            case F32 -> memory.get(FloatRows.FLOAT, index * Float.BYTES);
            case F16 -> Float.float16ToFloat(memory.get(SHORT, index * Short.BYTES));
            case BF16 -> SmallFloats.bf16(memory.get(SHORT, index * Short.BYTES));
            case Q8_0 -> throw noElement();
        };
    }

    /** Sets element {@code index} of {@code memory} to the nearest of {@code value}; not of types that are {@link #scaled}. */
    public void set(MemorySegment memory, long index, float value) {
        switch (this) {
            case F32 -> memory.set(FloatRows.FLOAT, index * Float.BYTES, value);
            case F16 -> memory.set(SHORT, index * Short.BYTES, Float.floatToFloat16(value));
            case BF16 -> memory.set(SHORT, index * Short.BYTES, SmallFloats.toBf16(value));
            case Q8_0 -> throw noElement();
        }
    }

    private IllegalArgumentException noElement() {
        return new IllegalArgumentException("elements of " + key() + " share scales; none can be had by itself");
    }
}
