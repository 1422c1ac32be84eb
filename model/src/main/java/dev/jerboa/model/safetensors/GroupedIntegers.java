package dev.jerboa.model.safetensors;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Weights of GPTQ's and AWQ's folders: whole numbers of 4 bits, eight in each 32-bit word, with a scale and a zero point for each output
 * and group of inputs. A weight is {@code (number − zero) · scale}; inputs come first, so that rows of the matrix lie across words.
 *
 * <pre>
 *            GPTQ                                              AWQ
 * x.qweight  in/8 × out, inputs 8i … 8i + 7 from the lowest    in × out/8, outputs 8i + 0, 2, 4, 6, 1, 3, 5, 7 from the lowest
 * x.qzeros   groups × out/8, in order, less 1 before version 2 groups × out/8, in the same order
 * x.scales   groups × out                                      groups × out
 * x.g_idx    the group of each input; in order where it is not there
 * </pre>
 *
 * <p>Groups of whole blocks become blocks of {@link DType#Q4_0} where all zero points are 8, the same numbers, and of {@link DType#Q4_1}
 * otherwise, where zero · scale is rounded to binary16. Inputs whose groups are out of order (GPTQ's {@code desc_act}) become binary16, as the
 * published kernels compute with them; where scales are no binary16, weights become float32.
 *
 * <p>Sources: AutoGPTQ's {@code qlinear_cuda_old.py} and GPTQModel's {@code checkpoint_format}; AutoAWQ's {@code gemm.py}.
 */
final class GroupedIntegers {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final String WEIGHT = "weight";
    private static final int PER_WORD = 8;
    private static final int CENTRE = 8;
    private static final int BLOCK = 32;

    /** Where AWQ keeps output {@code o} of eight. */
    private static final int[] AWQ_PLACE = {0, 4, 1, 5, 2, 6, 3, 7};

    private final String name;
    private final StoredTensor words;
    private final StoredTensor zeros;
    private final StoredTensor scales;
    private final @Nullable StoredTensor index;
    private final boolean awq;
    private final int zeroOffset;
    private final int inputs;
    private final int outputs;
    private final int groups;

    private GroupedIntegers(TensorSource source, String base, int gptqZeroOffset) {
        this.name = source.source() + ": the weight " + base + WEIGHT;
        this.words = source.tensor(base + "qweight");
        this.zeros = source.tensor(base + "qzeros");
        this.scales = source.tensor(base + "scales");
        this.index = source.find(base + "g_idx");
        boolean tables = words.type() == DType.I32
                && zeros.type() == DType.I32
                && words.rank() == 2
                && zeros.rank() == 2
                && scales.rank() == 2
                && Math.max(words.size(0), scales.size(1)) <= Integer.MAX_VALUE / PER_WORD;
        this.outputs = tables ? (int) scales.size(1) : 0;
        this.groups = tables ? (int) scales.size(0) : 0;
        this.awq = tables && words.size(1) * PER_WORD == outputs;
        this.inputs = tables ? (int) words.size(0) * (awq ? 1 : PER_WORD) : 0;
        this.zeroOffset = awq ? 0 : gptqZeroOffset;
        boolean fits = tables
                && (awq || words.size(1) == outputs)
                && zeros.size(0) == groups
                && zeros.size(1) * PER_WORD == outputs
                && outputs > 0
                && groups > 0
                && inputs > 0
                && (index == null
                        ? inputs % groups == 0
                        : index.type() == DType.I32 && index.elements() == inputs && index.rank() == 1);
        if (!fits) {
            throw new ModelException(name + " is in " + words + ", " + zeros + ", " + scales
                    + (index == null ? "" : " and " + index)
                    + ", which do not fit: expected four-bit numbers of GPTQ or AWQ, eight in each word");
        }
    }

    /** Whether there is a weight {@code x.weight} in this encoding. */
    static boolean has(TensorSource source, String name) {
        return name.endsWith("." + WEIGHT) && source.find(base(name) + "qweight") != null;
    }

    /**
     * The weight {@code x.weight}, which there is.
     *
     * @param gptqZeroOffset what GPTQ's zero points are more than what is stored
     */
    static EncodedTensor of(TensorSource source, String name, int gptqZeroOffset) {
        return new GroupedIntegers(source, base(name), gptqZeroOffset).encoded();
    }

    private static String base(String name) {
        return name.substring(0, name.length() - WEIGHT.length());
    }

    private EncodedTensor encoded() {
        boolean inOrder = inOrder();
        if (scales.type() != DType.F16) {
            return new EncodedTensor(DType.F32, 1, outputs, inputs, this::floats);
        }
        if (!inOrder || inputs % groups != 0 || inputs / groups % BLOCK != 0) {
            return new EncodedTensor(DType.F16, 1, outputs, inputs, this::halves);
        }
        return centred()
                ? new EncodedTensor(DType.Q4_0, 1, outputs, inputs, this::centredBlocks)
                : new EncodedTensor(DType.Q4_1, 1, outputs, inputs, this::shiftedBlocks);
    }

    /** Whether groups are stretches of one size; refuses groups that there are not. */
    private boolean inOrder() {
        boolean inOrder = true;
        for (int i = 0; index != null && i < inputs; i++) {
            int group = index.data().get(WORD, (long) i * Integer.BYTES);
            if (group < 0 || group >= groups) {
                throw new ModelException(
                        name + ": input " + i + " is of group " + group + ", expected 0 to " + (groups - 1));
            }
            inOrder &= group == (long) i * groups / inputs;
        }
        return inOrder;
    }

    private boolean centred() {
        int all = 0x11111111 * (CENTRE - zeroOffset);
        for (long at = 0; at < zeros.data().byteSize(); at += Integer.BYTES) {
            if (zeros.data().get(WORD, at) != all) {
                return false;
            }
        }
        return true;
    }

    private int group(int input) {
        return index == null ? input / (inputs / groups) : index.data().get(WORD, (long) input * Integer.BYTES);
    }

    /** The number of eight in a word that belongs to an output. */
    private int ofOutput(StoredTensor table, long row, long output) {
        int word = table.data().get(WORD, (row * (outputs / PER_WORD) + output / PER_WORD) * Integer.BYTES);
        int place = (int) (output % PER_WORD);
        return word >>> 4 * (awq ? AWQ_PLACE[place] : place) & 15;
    }

    private int code(long output, int input) {
        if (awq) {
            return ofOutput(words, input, output);
        }
        long word = (long) (input / PER_WORD) * outputs + output;
        return words.data().get(WORD, word * Integer.BYTES) >>> 4 * (input % PER_WORD) & 15;
    }

    private int zero(long output, int group) {
        return ofOutput(zeros, group, output) + zeroOffset & 15;
    }

    private short half(long output, int group) {
        return scales.data().get(HALF, ((long) group * outputs + output) * Short.BYTES);
    }

    private float scale(long output, int group) {
        if (scales.type() == DType.F16) {
            return Float.float16ToFloat(half(output, group));
        }
        float[] one = new float[1];
        scales.type().decode(scales.data(), scales.type().bytes((long) group * outputs + output), one, 0, 1);
        return one[0];
    }

    private float weight(long output, int input) {
        int group = group(input);
        return (code(output, input) - zero(output, group)) * scale(output, group);
    }

    private void floats(long row, MemorySegment to, long at) {
        for (int i = 0; i < inputs; i++) {
            to.set(FLOAT, at + (long) i * Float.BYTES, weight(row, i));
        }
    }

    private void halves(long row, MemorySegment to, long at) {
        for (int i = 0; i < inputs; i++) {
            to.set(HALF, at + (long) i * Short.BYTES, Float.floatToFloat16(weight(row, i)));
        }
    }

    private void centredBlocks(long row, MemorySegment to, long at) {
        for (int i = 0; i < inputs; i += BLOCK) {
            long block = at + DType.Q4_0.bytes(i);
            to.set(HALF, block, half(row, group(i)));
            codes(row, i, to, block + Short.BYTES);
        }
    }

    private void shiftedBlocks(long row, MemorySegment to, long at) {
        for (int i = 0; i < inputs; i += BLOCK) {
            long block = at + DType.Q4_1.bytes(i);
            int group = group(i);
            to.set(HALF, block, half(row, group));
            to.set(HALF, block + Short.BYTES, Float.floatToFloat16(-zero(row, group) * scale(row, group)));
            codes(row, i, to, block + 2 * Short.BYTES);
        }
    }

    private void codes(long row, int from, MemorySegment to, long at) {
        for (int j = 0; j < BLOCK / 2; j++) {
            int both = code(row, from + j) | code(row, from + j + BLOCK / 2) << 4;
            to.set(ValueLayout.JAVA_BYTE, at + j, (byte) both);
        }
    }
}
