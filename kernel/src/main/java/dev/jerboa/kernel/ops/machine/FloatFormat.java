package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.Optional;

/** How a row group stores weights that are numbers by themselves: input by input, the rows of the group side by side. */
enum FloatFormat {
    F32(DType.F32, 4),
    F16(DType.F16, 2),
    BF16(DType.BF16, 2),
    /** FP8 of 4 exponent bits; the NaN code counts as ±480. */
    E4M3(DType.F8_E4M3, 1);

    /** 2^(127 − 7): from an exponent counted as float32 does to one counted as E4M3 does. */
    private static final int E4M3_UNIT = (127 + 120) << 23;

    private static final int E4M3_BITS = 0x87F00000;

    private final DType type;
    final int bytes;

    FloatFormat(DType type, int bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    /** The format of a weight type, if it has one. */
    static Optional<FloatFormat> of(DType type) {
        for (FloatFormat format : values()) {
            if (format.type == type) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** Vectors of a row group: as many as leave registers for six tokens. */
    static int vectors(Target target) {
        return target.isa().wide() ? 4 : 2;
    }

    /** Rows of a row group. */
    static int rows(Target target) {
        return vectors(target) * target.lanes();
    }

    /** Emits a load of one vector of weights as float32. */
    void load(Assembler a, Target target, Vec into, Mem from) {
        boolean wide = target.isa().wide();
        switch (this) {
            case F32 -> a.op(VMOVUPS, into, from);
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
