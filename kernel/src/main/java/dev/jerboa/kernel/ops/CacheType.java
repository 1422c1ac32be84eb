package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.dtype.SmallFloats;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;

/** How the elements of cached keys and values are written. Narrowing rounds to nearest, ties to even. */
public enum CacheType {
    /** IEEE 754 binary32: what was computed, bit by bit. */
    F32(Float.BYTES),
    /** IEEE 754 binary16: 11 significant bits, magnitudes up to 65,504; what is larger becomes infinite. */
    F16(Short.BYTES),
    /** bfloat16: 8 significant bits, the range of float32. */
    BF16(Short.BYTES);

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int bytes;

    CacheType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of an element. */
    public int bytes() {
        return bytes;
    }

    /** The name that options use: {@code f32}, {@code f16} or {@code bf16}. */
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
        throw new IllegalArgumentException("cache type " + key + ", expected f32, f16 or bf16");
    }

    /** Element {@code index} of {@code memory}. */
    public float get(MemorySegment memory, long index) {
        return switch (this) {
            case F32 -> memory.get(FloatRows.FLOAT, index * Float.BYTES);
            case F16 -> Float.float16ToFloat(memory.get(SHORT, index * Short.BYTES));
            case BF16 -> SmallFloats.bf16(memory.get(SHORT, index * Short.BYTES));
        };
    }

    /** Sets element {@code index} of {@code memory} to the nearest of {@code value}. */
    public void set(MemorySegment memory, long index, float value) {
        switch (this) {
            case F32 -> memory.set(FloatRows.FLOAT, index * Float.BYTES, value);
            case F16 -> memory.set(SHORT, index * Short.BYTES, Float.floatToFloat16(value));
            case BF16 -> memory.set(SHORT, index * Short.BYTES, SmallFloats.toBf16(value));
        }
    }
}
