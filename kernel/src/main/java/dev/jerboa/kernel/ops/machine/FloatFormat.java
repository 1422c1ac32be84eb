package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.Optional;

/**
 * How a row group stores weights that are numbers by themselves: element by element, the rows of the group side by side. An
 * element is one input, or two that are multiplied together.
 */
enum FloatFormat {
    F32(4, 1),
    F16(2, 1),
    BF16(2, 1),
    /**
     * Pairs of bfloat16, multiplied by pairs of activations rounded to bfloat16 ({@link PairRounding}). Products are exact and
     * added in float32; the instruction takes magnitudes below 2^−126 as zero, in weights, activations and sums.
     */
    BF16_PAIRS(4, 2),
    /** FP8 of 4 exponent bits; the NaN code counts as ±480. */
    E4M3(1, 1);

    /** 2^(127 − 7): from an exponent counted as float32 does to one counted as E4M3 does. */
    private static final int E4M3_UNIT = (127 + 120) << 23;

    private static final int E4M3_BITS = 0x87F00000;

    /** Bytes of an element. */
    final int bytes;

    /** Inputs of an element. */
    final int inputs;

    FloatFormat(int bytes, int inputs) {
        this.bytes = bytes;
        this.inputs = inputs;
    }

    /** The format for a matrix, if there is one. */
    static Optional<FloatFormat> of(Target target, Matrix matrix, Precision precision) {
        Matrix.BlockScales scales = matrix.scales();
        if (scales != null && scales.blockRows() % rows(target) != 0) {
            return Optional.empty();
        }
        return switch (matrix.type()) {
            case F32 -> Optional.of(F32);
            case F16 -> Optional.of(F16);
            case BF16 -> {
                boolean pairs = target.isa().bfloat16()
                        && precision == Precision.FAST
                        && scales == null
                        && matrix.cols() % PairRounding.INPUTS == 0;
                yield Optional.of(pairs ? BF16_PAIRS : BF16);
            }
            case F8_E4M3 -> Optional.of(E4M3);
            default -> Optional.empty();
        };
    }

    /** Vectors of a row group: as many as leave registers for six tokens. */
    static int vectors(Target target) {
        return target.isa().wide() ? 4 : 2;
    }

    /** Rows of a row group. */
    static int rows(Target target) {
        return vectors(target) * target.lanes();
    }

    /** Whether tiles of many tokens read it as it is: loads that cost more are done once, into a float32 panel. */
    boolean readByTiles() {
        return this != E4M3;
    }

    /** Emits the products of one vector of weights with an activation that is in every lane, added to {@code sum}. */
    void multiplyAdd(Assembler a, Vec sum, Vec input, Vec weight) {
        a.op(this == BF16_PAIRS ? VDPBF16PS : VFMADD231PS, sum, input, weight);
    }

    /** Emits a load of one vector of weights: as float32, or pairs as they are. */
    void load(Assembler a, Target target, Vec into, Mem from) {
        boolean wide = target.isa().wide();
        switch (this) {
            case F32, BF16_PAIRS -> a.op(VMOVUPS, into, from);
            case F16 -> a.op(VCVTPH2PS, into, from);
            case BF16 -> {
                a.op(VPMOVZXWD, into, from);
                a.op(VPSLLD, into, into, 16);
            }
            case E4M3 -> {
                a.op(VPMOVSXBD, into, from);
                a.op(VPSLLD, into, into, 20);
                if (wide) {
                    a.op(VPANDD, into, into, a.constant(E4M3_BITS, 1).toAll());
                    a.op(VMULPS, into, into, a.constant(E4M3_UNIT, 1).toAll());
                } else {
                    a.op(VPAND, into, into, a.constant(E4M3_BITS, target.lanes()));
                    a.op(VMULPS, into, into, a.constant(E4M3_UNIT, target.lanes()));
                }
            }
        }
    }
}
