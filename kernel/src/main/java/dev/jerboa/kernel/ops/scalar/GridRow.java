package dev.jerboa.kernel.ops.scalar;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.dtype.SmallFloats;
import dev.jerboa.kernel.memory.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One stored row as whole numbers: {@code weight = scale · code + offset}, one scale and offset for each {@link #groupSize}
 * codes. Only types that store weights so have this form ({@link #has}). Layouts: ggml-common.h of the GGUF reference
 * implementation; {@link DType#decode} is the same in float32.
 */
final class GridRow {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final byte[] NON_LINEAR = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    private static final byte[] E2M1_TWICE = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private byte[] codes = {};
    private float[] scales = {};
    private float[] offsets = {};
    private int groupSize;

    /** Where the block being read starts. */
    private MemorySegment src = MemorySegment.NULL;

    private long at;

    /** Whether weights of a type can be read so. */
    static boolean has(DType type) {
        return switch (type) {
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4 -> true;
            default -> false;
        };
    }

    int groupSize() {
        return groupSize;
    }

    int code(int i) {
        return codes[i];
    }

    float scale(int group) {
        return scales[group];
    }

    float offset(int group) {
        return offsets[group];
    }

    /** Reads a row of a matrix whose type {@link #has} a grid. */
    void read(Matrix matrix, int row) {
        DType type = matrix.type();
        groupSize = type == DType.Q2_K || type == DType.Q3_K || type == DType.Q6_K ? 16 : 32;
        if (codes.length < matrix.cols()) {
            codes = new byte[matrix.cols()];
            scales = new float[matrix.cols() / 16];
            offsets = new float[matrix.cols() / 16];
        }
        src = matrix.data();
        at = row * matrix.rowBytes();
        for (int from = 0; from < matrix.cols(); from += type.blockSize(), at += type.blockBytes()) {
            block(type, from);
        }
    }

    private void block(DType type, int from) {
        switch (type) {
            case Q8_0 -> {
                for (int j = 0; j < 32; j++) {
                    codes[from + j] = (byte) i8(2 + j);
                }
                group(from, half(0), 0);
            }
            case Q4_0 -> small(from, 2, -8, half(0), 0);
            case Q4_1 -> small(from, 4, 0, half(0), half(2));
            case Q5_0 -> {
                small(from, 6, -16, half(0), 0);
                fifthBits(from, i32(2));
            }
            case Q5_1 -> {
                small(from, 8, 0, half(0), half(2));
                fifthBits(from, i32(4));
            }
            case IQ4_NL -> {
                nibbles(from, 2, 16, 0);
                look(from, NON_LINEAR);
                group(from, half(0), 0);
            }
            case MXFP4 -> {
                nibbles(from, 1, 16, 0);
                look(from, E2M1_TWICE);
                group(from, SmallFloats.e8m0((byte) i8(0)) / 2, 0);
            }
            case IQ4_XS -> iq4Xs(from);
            case Q2_K -> q2k(from);
            case Q3_K -> q3k(from);
            case Q4_K -> q45k(from, 16);
            case Q5_K -> q45k(from, 48);
            case Q6_K -> q6k(from);
            default -> throw new IllegalArgumentException("weights of type " + type + " lie on no grid");
        }
    }

    private void group(int from, float scale, float offset) {
        scales[from / groupSize] = scale;
        offsets[from / groupSize] = offset;
    }

    /** {@code half} bytes of nibbles: the low ones first. */
    private void nibbles(int from, int offset, int half, int plus) {
        for (int j = 0; j < half; j++) {
            codes[from + j] = (byte) ((u8(offset + j) & 15) + plus);
            codes[from + half + j] = (byte) ((u8(offset + j) >> 4) + plus);
        }
    }

    private void small(int from, int offset, int plus, float scale, float minimum) {
        nibbles(from, offset, 16, plus);
        group(from, scale, minimum);
    }

    private void fifthBits(int from, int bits) {
        for (int j = 0; j < 32; j++) {
            codes[from + j] = (byte) (codes[from + j] + (bits >>> j & 1) * 16);
        }
    }

    private void look(int from, byte[] levels) {
        for (int j = 0; j < 32; j++) {
            codes[from + j] = levels[codes[from + j]];
        }
    }

    private void iq4Xs(int from) {
        int high = u8(2) | u8(3) << 8;
        for (int g = 0; g < 8; g++) {
            int scale = u8(4 + g / 2) >> 4 * (g % 2) & 15 | (high >> 2 * g & 3) << 4;
            nibbles(from + 32 * g, 8 + 16 * g, 16, 0);
            look(from + 32 * g, NON_LINEAR);
            group(from + 32 * g, half(0) * (scale - 32), 0);
        }
    }

    private void q2k(int from) {
        for (int g = 0; g < 16; g++) {
            for (int j = 0; j < 16; j++) {
                codes[from + 16 * g + j] = (byte) twoBits(16, g, j);
            }
            group(from + 16 * g, half(80) * (u8(g) & 15), -(half(82) * (u8(g) >> 4)));
        }
    }

    private int twoBits(int offset, int g, int j) {
        return u8(offset + 32 * (g / 8) + 16 * (g % 2) + j) >> 2 * (g % 8 / 2) & 3;
    }

    private void q3k(int from) {
        for (int g = 0; g < 16; g++) {
            for (int j = 0; j < 16; j++) {
                int third = u8(16 * (g % 2) + j) >> g / 2 & 1;
                codes[from + 16 * g + j] = (byte) (twoBits(32, g, j) + 4 * third - 4);
            }
            int low = u8(96 + g % 8) >> 4 * (g / 8) & 15;
            int high = u8(104 + g % 4) >> 2 * (g / 4) & 3;
            group(from + 16 * g, half(108) * ((low | high << 4) - 32), 0);
        }
    }

    /** Q4_K and, with codes from byte 48 and their fifth bits before, Q5_K. */
    private void q45k(int from, int codesAt) {
        for (int g = 0; g < 8; g++) {
            if (g % 2 == 0) {
                nibbles(from + 32 * g, codesAt + 16 * g, 32, 0);
            }
            for (int j = 0; j < 32 && codesAt == 48; j++) {
                codes[from + 32 * g + j] = (byte) (codes[from + 32 * g + j] + (u8(16 + j) >> g & 1) * 16);
            }
            int scale = g < 4 ? u8(4 + g) & 63 : u8(8 + g) & 15 | u8(g) >> 6 << 4;
            int minimum = g < 4 ? u8(8 + g) & 63 : u8(8 + g) >> 4 | u8(4 + g) >> 6 << 4;
            group(from + 32 * g, half(0) * scale, -(half(2) * minimum));
        }
    }

    private void q6k(int from) {
        for (int g = 0; g < 16; g++) {
            int part = g / 2 % 4;
            for (int j = 0; j < 16; j++) {
                int low = u8(64 * (g / 8) + 32 * (part % 2) + 16 * (g % 2) + j) >> 4 * (part / 2) & 15;
                int high = u8(128 + 32 * (g / 8) + 16 * (g % 2) + j) >> 2 * part & 3;
                codes[from + 16 * g + j] = (byte) ((low | high << 4) - 32);
            }
            group(from + 16 * g, half(208) * i8(192 + g), 0);
        }
    }

    private int i8(int offset) {
        return src.get(ValueLayout.JAVA_BYTE, at + offset);
    }

    private int u8(int offset) {
        return i8(offset) & 0xff;
    }

    private int i32(int offset) {
        return src.get(INT, at + offset);
    }

    private float half(int offset) {
        return Float.float16ToFloat(src.get(SHORT, at + offset));
    }
}
