package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Emits what kernels on 8-bit activations share: what follows the last part of a block or half. In this order, everywhere, so
 * that all of them give the same bits:
 *
 * <pre>
 * whole = Σ (code − zero) · q      exact, by {@link RowSums} or {@link TileSums}
 * sum = fma(float(whole), scale · d, sum)
 * sum = fma(minimum / −128, float(c) · d, sum)      where there is a minimum
 * </pre>
 *
 * <p>A {@code rest} is the place in a record of what follows its q.
 */
final class ByteDots {
    private final Target target;
    private final Assembler a;
    private final GroupFormat format;

    ByteDots(Target target, Assembler a, GroupFormat format) {
        this.target = target;
        this.a = a;
        this.format = format;
    }

    /** Sets {@code into} to −zero · Σ q of half {@code half} (the whole block where it has one scale); zero a power of two. */
    void zeroPoint(Vec into, int zero, Mem rest, int half) {
        a.op(VPBROADCASTD, into, sum(rest, half));
        int shift = 7 - Integer.numberOfTrailingZeros(zero);
        if (shift > 0) {
            a.op(VPSRAD, into, into, shift);
        }
    }

    /** Sets {@code into} to d. */
    void factor(Vec into, Mem rest) {
        a.op(VBROADCASTSS, into, rest.plus(ActivationRecord.SCALE - ActivationRecord.INPUTS));
    }

    /** {@code sum += float(whole) · scale · d}; overwrites {@code whole} and {@code spare}. */
    void scaled(Vec sum, Vec whole, Vec scale, Vec d, Vec spare) {
        a.op(VCVTDQ2PS, whole, whole);
        a.op(VMULPS, spare, scale, d);
        a.op(VFMADD231PS, sum, whole, spare);
    }

    /** {@code into = float(c) · d}, which minimums multiply. */
    void minimumFactor(Vec into, Mem rest, int half, Vec d) {
        if (target.isa().wide()) {
            a.op(VCVTDQ2PS, into, sum(rest, half).toAll());
        } else {
            a.op(VPBROADCASTD, into, sum(rest, half));
            a.op(VCVTDQ2PS, into, into);
        }
        a.op(VMULPS, into, into, d);
    }

    private Mem sum(Mem rest, int half) {
        int sum = format.scales.perBlock == 1
                ? ActivationRecord.SUM
                : half == 0 ? ActivationRecord.SUM_LOW : ActivationRecord.SUM_HIGH;
        return rest.plus(sum - ActivationRecord.INPUTS);
    }
}
