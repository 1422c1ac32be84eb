package dev.jerboa.model.safetensors;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Weights of compressed-tensors' {@code pack-quantized}: {@code x.weight_packed} holds whole numbers of 4 or 8 bits, 32 / bits in
 * each 32-bit word, the first in the lowest bits, out × in·bits/32 words; {@code x.weight_scale} a scale for each row, or each group
 * of a row's inputs; {@code x.weight_shape} is [out, in]. A weight is {@code (number − 2^(bits−1)) · scale}.
 *
 * <p>That is what blocks of {@link DType#Q4_0} and {@link DType#Q8_0} hold, where groups are whole blocks and all scales are
 * numbers of binary16; otherwise weights become float32.
 */
final class PackedIntegers {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 32;
    private static final String WEIGHT = ".weight";

    private final MemorySegment words;
    private final int wordsPerRow;
    private final int bits;
    private final float[] scales;
    private final int groups;
    private final int group;
    private final int cols;

    private PackedIntegers(MemorySegment words, int wordsPerRow, int bits, float[] scales, int groups, int cols) {
        this.words = words;
        this.wordsPerRow = wordsPerRow;
        this.bits = bits;
        this.scales = scales;
        this.groups = groups;
        this.group = cols / groups;
        this.cols = cols;
    }

    /** Whether there is a weight {@code x.weight} that is packed so. */
    static boolean has(TensorSource source, String name) {
        return name.endsWith(WEIGHT) && source.find(name + "_packed") != null;
    }

    /** The weight {@code x.weight}, which there is. */
    static EncodedTensor of(TensorSource source, String name) {
        StoredTensor packed = source.tensor(name + "_packed");
        for (String other : new String[] {"_zero_point", "_g_idx"}) {
            if (source.find(name + other) != null) {
                throw new ModelException(source.source() + ": tensor " + name + other
                        + " is there, but Jerboa reads packed weights without zero points and re-ordered inputs only");
            }
        }
        float[] shape = source.tensor(name + "_shape").floats();
        StoredTensor scale = source.tensor(name + "_scale");
        int rows = shape.length == 2 ? (int) shape[0] : 0;
        int cols = shape.length == 2 ? (int) shape[1] : 0;
        boolean words = packed.type() == DType.I32 && packed.rank() == 2 && packed.size(0) == rows;
        long perWord = words && packed.size(1) > 0 ? cols / packed.size(1) : 0;
        int groups =
                scale.rank() == 2 && scale.size(0) == rows ? (int) scale.size(1) : scale.elements() == rows ? 1 : 0;
        if (rows < 1
                || perWord != 4 && perWord != 8
                || packed.size(1) * perWord != cols
                || groups < 1
                || cols % groups != 0) {
            throw new ModelException(source.source() + ": tensors " + packed + ", " + scale + " and "
                    + name + "_shape " + Arrays.toString(shape)
                    + " do not fit: expected words of four or eight weights and a scale for each group of a row");
        }
        PackedIntegers integers = new PackedIntegers(
                packed.data(), (int) packed.size(1), 32 / (int) perWord, scale.floats(), groups, cols);
        return integers.encoded(rows);
    }

    private EncodedTensor encoded(int rows) {
        if (group % BLOCK != 0 || !halves()) {
            return new EncodedTensor(DType.F32, 1, rows, cols, this::floats);
        }
        return bits == 4
                ? new EncodedTensor(DType.Q4_0, 1, rows, cols, this::nibbles)
                : new EncodedTensor(DType.Q8_0, 1, rows, cols, this::bytes);
    }

    /** Whether binary16 has all scales. */
    private boolean halves() {
        for (float scale : scales) {
            if (Float.float16ToFloat(Float.floatToFloat16(scale)) != scale) {
                return false;
            }
        }
        return true;
    }

    private int code(long row, int col) {
        int perWord = 32 / bits;
        int word = words.get(WORD, (row * wordsPerRow + col / perWord) * Integer.BYTES);
        return word >>> col % perWord * bits & (1 << bits) - 1;
    }

    private float scale(long row, int col) {
        return scales[Math.toIntExact(row * groups + col / group)];
    }

    private void floats(long row, MemorySegment to, long at) {
        for (int c = 0; c < cols; c++) {
            to.set(FLOAT, at + (long) c * Float.BYTES, (code(row, c) - (1 << bits - 1)) * scale(row, c));
        }
    }

    private void nibbles(long row, MemorySegment to, long at) {
        for (int c = 0; c < cols; c += BLOCK) {
            long block = at + DType.Q4_0.bytes(c);
            to.set(HALF, block, Float.floatToFloat16(scale(row, c)));
            for (int j = 0; j < BLOCK / 2; j++) {
                int both = code(row, c + j) | code(row, c + j + BLOCK / 2) << 4;
                to.set(ValueLayout.JAVA_BYTE, block + Short.BYTES + j, (byte) both);
            }
        }
    }

    private void bytes(long row, MemorySegment to, long at) {
        for (int c = 0; c < cols; c += BLOCK) {
            long block = at + DType.Q8_0.bytes(c);
            to.set(HALF, block, Float.floatToFloat16(scale(row, c)));
            for (int j = 0; j < BLOCK; j++) {
                to.set(ValueLayout.JAVA_BYTE, block + Short.BYTES + j, (byte) (code(row, c + j) - 128));
            }
        }
    }
}
