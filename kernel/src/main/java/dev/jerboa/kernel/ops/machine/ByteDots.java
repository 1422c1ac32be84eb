package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Emits what kernels on 8-bit activations share: the product of a part, and what follows the last part of a block or half.
 * In this order, everywhere, so that all of them give the same bits:
 *
 * <pre>
 * whole = Σ (code − zero) · q      exact
 * sum = fma(float(whole), scale · d, sum)
 * sum = fma(minimum / −128, float(c) · d, sum)      where there is a minimum
 * </pre>
 */
final class ByteDots {
    private final Target target;
    private final Assembler a;
    private final GroupFormat format;
    private final Vec spare;
    private final Vec second;
    private final boolean signed;

    /** {@code spare} and {@code second} are overwritten where an instruction set needs them. */
    ByteDots(Target target, Assembler a, GroupFormat format, Vec spare, Vec second) {
        this.target = target;
        this.a = a;
        this.format = format;
        this.spare = spare;
        this.second = second;
        this.signed = !target.isa().vnni() && format.zero == 128;
    }

    /** Sets {@code whole} to −zero · Σ q of half {@code half} (the whole block where it has one scale). */
    void begin(Vec whole, Mem record, int half) {
        if (format.zero == 0 || signed) {
            a.op(target.isa().wide() ? VPXORD : VPXOR, whole, whole, whole);
            return;
        }
        a.op(VPBROADCASTD, whole, sum(record, half));
        int shift = 7 - Integer.numberOfTrailingZeros(format.zero);
        if (shift > 0) {
            a.op(VPSRAD, whole, whole, shift);
        }
    }

    /** {@code whole += codes · q}, for the four inputs at {@code inputs}. */
    void add(Vec whole, Vec codes, Mem inputs) {
        if (target.isa().wide()) {
            a.op(VPDPBUSD, whole, codes, inputs.toAll());
            return;
        }
        a.op(VPBROADCASTD, spare, inputs);
        if (target.isa().vnni()) {
            a.op(VPDPBUSD, whole, codes, spare);
            return;
        }
        if (signed) {
            // Pairs of products of bytes saturate at 16 bits unless one side is small: |w| · (q with w's sign) does
            // not.
            a.op(VPXOR, second, codes, a.constant(0x80808080, target.lanes()));
            a.op(VPSIGNB, spare, spare, second);
            a.op(VPABSB, second, second);
            a.op(VPMADDUBSW, spare, second, spare);
        } else {
            a.op(VPMADDUBSW, spare, codes, spare);
        }
        a.op(VPMADDWD, spare, spare, a.constant(0x00010001, target.lanes()));
        a.op(VPADDD, whole, whole, spare);
    }

    /** {@code sum += float(whole) · scale · d}; overwrites {@code whole}. */
    void scaled(Vec sum, Vec whole, Vec scale, Mem record) {
        a.op(VCVTDQ2PS, whole, whole);
        timesScale(spare, scale, record);
        a.op(VFMADD231PS, sum, whole, spare);
    }

    /** {@code into = float(c) · d}, which minimums multiply. */
    void minimumFactor(Vec into, Mem record, int half) {
        if (target.isa().wide()) {
            a.op(VCVTDQ2PS, into, sum(record, half).toAll());
        } else {
            a.op(VPBROADCASTD, into, sum(record, half));
            a.op(VCVTDQ2PS, into, into);
        }
        timesScale(into, into, record);
    }

    private void timesScale(Vec into, Vec value, Mem record) {
        Mem scale = record.plus(ActivationRecord.SCALE);
        if (target.isa().wide()) {
            a.op(VMULPS, into, value, scale.toAll());
        } else if (into.equals(value)) {
            a.op(VBROADCASTSS, spare, scale);
            a.op(VMULPS, into, value, spare);
        } else {
            a.op(VBROADCASTSS, into, scale);
            a.op(VMULPS, into, into, value);
        }
    }

    private Mem sum(Mem record, int half) {
        return record.plus(
                format.scales.perBlock == 1
                        ? ActivationRecord.SUM
                        : half == 0 ? ActivationRecord.SUM_LOW : ActivationRecord.SUM_HIGH);
    }
}
