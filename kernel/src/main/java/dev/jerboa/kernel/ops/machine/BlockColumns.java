package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Emits the reading of codes from published blocks, R rows at a time: {@link #transpose} brings the columns of a block into
 * scratch memory, {@link #part} makes one part's codes of them. What reads columns right from registers uses {@link #stretch}.
 */
final class BlockColumns {
    /** Vectors of scratch memory that the columns of a block take at most. */
    static final int VECTORS = 48;

    static final int LOW_NIBBLES = 0x0F0F0F0F;
    static final int PAIRS = 0x03030303;
    static final int BITS = 0x01010101;
    /** Times four bits: bit i goes to bit 8·i, among others. */
    private static final int SPREAD = 0x00204081;

    /** Bytes of a published block that hold codes: a stretch becomes bytes / 4 columns. */
    private record Stretch(int offset, int bytes) {}

    private final Target target;
    private final Assembler a;
    private final GroupFormat format;
    private final RowTranspose rows;
    private final Gpr scratch;
    private final boolean wide;
    private final List<Stretch> stretches;

    /** Reads the blocks that {@code rows} points to; {@code scratch} points to {@link #VECTORS} vectors. */
    BlockColumns(Target target, Assembler a, GroupFormat format, RowTranspose rows, Gpr scratch) {
        this.target = target;
        this.a = a;
        this.format = format;
        this.rows = rows;
        this.scratch = scratch;
        this.wide = target.isa().wide();
        this.stretches = stretches(format);
    }

    /** The stretches of a block that hold codes: of 16 or 32 bytes, or of 4. */
    private static List<Stretch> stretches(GroupFormat format) {
        return switch (format) {
            case Q8_0 -> List.of(new Stretch(2, 32));
            case Q4_0, IQ4_NL -> List.of(new Stretch(2, 16));
            case MXFP4 -> List.of(new Stretch(1, 16));
            case Q4_1 -> List.of(new Stretch(4, 16));
            case Q5_0 -> List.of(new Stretch(6, 16), new Stretch(2, 4));
            case Q5_1 -> List.of(new Stretch(8, 16), new Stretch(4, 4));
            case Q4_K -> run(16, 4);
            case Q5_K -> run(16, 5);
            case Q6_K -> run(0, 6);
            case Q3_K -> run(0, 3);
            case Q2_K -> run(16, 2);
            case IQ4_XS -> run(8, 4);
        };
    }

    private static List<Stretch> run(int offset, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Stretch(offset + 32 * i, 32))
                .toList();
    }

    /** Where stretch {@code number} begins in a block. */
    int stretch(int number) {
        return stretches.get(number).offset;
    }

    /** Where column {@code column} of stretch {@code number} lies. */
    private Mem column(int number, int column) {
        int vectors = column;
        for (int i = 0; i < number; i++) {
            vectors += stretches.get(i).bytes / 4;
        }
        return Mem.at(scratch, vectors * target.isa().vectorBytes());
    }

    /** Writes the columns of the blocks to scratch memory; overwrites registers 0 to 15. */
    void transpose() {
        for (int i = 0; i < stretches.size(); i++) {
            int number = i;
            int offset = stretches.get(i).offset;
            switch (stretches.get(i).bytes) {
                case 4 -> {
                    rows.dwords(target.vec(0), offset);
                    a.op(VMOVUPS_STORE, column(number, 0), target.vec(0));
                }
                case 16 -> {
                    rows.four(offset);
                    for (int c = 0; c < 4; c++) {
                        a.op(VMOVUPS_STORE, column(number, c), target.vec(c));
                    }
                }
                default -> rows.eight(offset, (c, column) -> a.op(VMOVUPS_STORE, column(number, c), column));
            }
        }
    }

    /** The codes of part {@code g} of block {@code block} of a transposed unit, a byte each; overwrites {@code spare}. */
    void part(int block, int g, Vec into, Vec spare) {
        switch (format) {
            case Q5_0, Q5_1 -> {
                field(into, column(0, g & 3), 4 * (g >> 2), LOW_NIBBLES);
                field(spare, column(1, 0), 4 * g, 15);
                a.op(VPMULLD, spare, spare, all(SPREAD));
                and(spare, BITS);
                orShifted(into, spare, 4);
            }
            case IQ4_XS -> field(into, column(block >> 1, (block & 1) * 4 + (g & 3)), 4 * (g >> 2), LOW_NIBBLES);
            case Q5_K -> {
                field(into, column(1 + (block >> 1), g), 4 * (block & 1), LOW_NIBBLES);
                field(spare, column(0, g), block, BITS);
                orShifted(into, spare, 4);
            }
            case Q6_K -> {
                int part = block & 3;
                field(into, column(2 * (block >> 2) + (part & 1), g), 4 * (part >> 1), LOW_NIBBLES);
                field(spare, column(4 + (block >> 2), g), 2 * part, PAIRS);
                orShifted(into, spare, 4);
            }
            case Q3_K -> {
                field(into, column(1 + (block >> 2), g), 2 * (block & 3), PAIRS);
                field(spare, column(0, g), block, BITS);
                orShifted(into, spare, 2);
            }
            case Q2_K -> field(into, column(block >> 2, g), 2 * (block & 3), PAIRS);
            default -> throw new IllegalStateException(format + " is read by columns");
        }
    }

    /** {@code into = (from >>> shift) & mask}, in 32-bit lanes. */
    private void field(Vec into, Mem from, int shift, int mask) {
        a.op(VMOVUPS, into, from);
        if (shift > 0) {
            a.op(VPSRLD, into, into, shift);
        }
        and(into, mask);
    }

    /** {@code into |= bits << left}; shifts {@code bits}. */
    void orShifted(Vec into, Vec bits, int left) {
        a.op(VPSLLD, bits, bits, left);
        or(into, bits);
    }

    void or(Vec into, Vec other) {
        a.op(wide ? VPORD : VPOR, into, into, other);
    }

    void and(Vec into, int mask) {
        and(into, into, mask);
    }

    void and(Vec into, Vec from, int mask) {
        a.op(wide ? VPANDD : VPAND, into, from, all(mask));
    }

    /** The place of {@code value} in all 32-bit lanes. */
    Mem all(int value) {
        return wide ? a.constant(value, 1).toAll() : a.constant(value, target.lanes());
    }
}
