package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import dev.jerboa.kernel.ops.machine.asm.VectorOp;

/**
 * Emits the reading of a row group: codes into registers, part by part, and scales as float32. Used by the kernels that
 * multiply at once and by the one that fills a panel, so that both have the same numbers.
 *
 * <p>Codes come as unsigned bytes whose zero is {@link GroupFormat#zero} (biased by 128 for table formats and Q8_0).
 */
final class GroupReader {
    /** Receives part {@code part} of a block in {@code codes}, which may be overwritten. */
    interface Parts {
        void part(int part, Vec codes);
    }

    /** Registers of a reader. */
    record Registers(Vec raw, Vec low, Vec high, Vec pairs0, Vec pairs1, Vec bits, Vec d, Vec dmin, Vec levels) {}

    static final float MINIMUM_UNIT = 1f / 128;

    private final Assembler a;
    private final GroupFormat format;
    private final Registers r;
    private final Gpr unit;
    private final int unitBytes;
    private final int scaleBytes;
    private final int bytes;
    private final int lanes;
    private final boolean wide;

    /** Reads from the unit that {@code unit} points to, which the caller moves on. */
    GroupReader(Target target, Assembler a, GroupFormat format, Registers registers, Gpr unit) {
        this.a = a;
        this.format = format;
        this.r = registers;
        this.unit = unit;
        this.bytes = target.isa().vectorBytes();
        this.lanes = target.lanes();
        this.wide = target.isa().wide();
        this.unitBytes = format.unitBytes(lanes);
        this.scaleBytes = format.scaleBytes(lanes);
    }

    /** From a unit to the next. */
    int unitBytes() {
        return unitBytes;
    }

    /** Before the first unit. */
    void begin() {
        if (format.table) {
            byte[] levels = new byte[bytes];
            for (int i = 0; i < bytes; i++) {
                levels[i] = format.levels()[i % 16];
            }
            a.op(VMOVUPS, r.levels, a.constant(levels));
        }
    }

    /** At the start of a unit: the super-block's scales. */
    void unit() {
        switch (format.scales) {
            case SUPER_BYTE_AND_MIN, SUPER_NIBBLES_16 -> {
                a.op(VCVTPH2PS, r.d, Mem.at(unit));
                a.op(VCVTPH2PS, r.dmin, Mem.at(unit, 2 * lanes));
                times(r.dmin, MINIMUM_UNIT);
            }
            case SUPER_SIGNED_16, SUPER_SIGNED_32 -> a.op(VCVTPH2PS, r.d, Mem.at(unit));
            default -> {}
        }
    }

    /** The scale of half {@code half} (0 where a block has one scale) of block {@code block} of the unit. */
    void scale(int block, int half, Vec into) {
        int g = block * format.scales.perBlock + half;
        switch (format.scales) {
            case HALF, HALF_AND_MIN -> a.op(VCVTPH2PS, into, Mem.at(unit));
            case BFLOAT -> {
                a.op(VPMOVZXWD, into, Mem.at(unit));
                a.op(VPSLLD, into, into, 16);
            }
            case SUPER_BYTE_AND_MIN -> byteScale(VPMOVZXBD, 4 * lanes + 2 * g * lanes, into, r.d);
            case SUPER_SIGNED_16, SUPER_SIGNED_32 -> byteScale(VPMOVSXBD, 2 * lanes + g * lanes, into, r.d);
            case SUPER_NIBBLES_16 -> {
                a.op(VPMOVZXBD, into, Mem.at(unit, 4 * lanes + g * lanes));
                and(into, into, 15);
                a.op(VCVTDQ2PS, into, into);
                a.op(VMULPS, into, into, r.d);
            }
        }
    }

    /** The minimum beside {@link #scale}, over −128: it multiplies the record's negative sum. */
    void minimum(int block, int half, Vec into) {
        int g = block * format.scales.perBlock + half;
        switch (format.scales) {
            case HALF_AND_MIN -> {
                a.op(VCVTPH2PS, into, Mem.at(unit, 2 * lanes));
                times(into, -MINIMUM_UNIT);
            }
            case SUPER_BYTE_AND_MIN -> byteScale(VPMOVZXBD, 4 * lanes + (2 * g + 1) * lanes, into, r.dmin);
            case SUPER_NIBBLES_16 -> {
                a.op(VPMOVZXBD, into, Mem.at(unit, 4 * lanes + g * lanes));
                a.op(VPSRLD, into, into, 4);
                a.op(VCVTDQ2PS, into, into);
                a.op(VMULPS, into, into, r.dmin);
            }
            default -> throw new IllegalStateException(format + " has no minimum");
        }
    }

    private void byteScale(VectorOp widen, int offset, Vec into, Vec factor) {
        a.op(widen, into, Mem.at(unit, offset));
        a.op(VCVTDQ2PS, into, into);
        a.op(VMULPS, into, into, factor);
    }

    /** The codes of block {@code block} of the unit, each part once, in the order in which they come cheapest. */
    void codes(int block, Parts parts) {
        int at = scaleBytes + block * format.vectors() * bytes;
        if (format.wholeBits == 8) {
            for (int g = 0; g < 8; g++) {
                a.op(VMOVUPS, r.raw, Mem.at(unit, at + g * bytes));
                parts.part(g, r.raw);
            }
            return;
        }
        int next = at + format.wholeBits * bytes;
        if (format.two) {
            a.op(VMOVUPS, r.pairs0, Mem.at(unit, next));
            a.op(VMOVUPS, r.pairs1, Mem.at(unit, next + bytes));
            next += 2 * bytes;
        }
        if (format.one) {
            a.op(VMOVUPS, r.bits, Mem.at(unit, next));
        }
        if (format.wholeBits == 4) {
            for (int v = 0; v < 4; v++) {
                a.op(VMOVUPS, r.raw, Mem.at(unit, at + v * bytes));
                and(r.low, r.raw, 0x0F0F0F0F);
                finish(v, r.low, parts);
                a.op(VPSRLW, r.low, r.raw, 4);
                and(r.low, r.low, 0x0F0F0F0F);
                finish(v + 4, r.low, parts);
            }
        } else {
            for (int g = 0; g < 8; g++) {
                shift(r.low, g % 2 == 0 ? r.pairs0 : r.pairs1, -2 * (g / 2));
                and(r.low, r.low, 0x03030303);
                finish(g, r.low, parts);
            }
        }
    }

    /** Adds the higher bits of a part's codes, looks them up where there is a table, and hands them on. */
    private void finish(int g, Vec into, Parts parts) {
        int height = format.wholeBits == 4 ? 4 : 0;
        if (height == 4 && format.two) {
            addBits(into, g % 2 == 0 ? r.pairs0 : r.pairs1, height - 2 * (g / 2), 0x30303030);
        }
        if (format.one) {
            int place = height == 4 ? 4 : 2;
            addBits(into, r.bits, place - g, 0x01010101 << place);
        }
        if (format.table) {
            a.op(VPSHUFB, into, r.levels, into);
        }
        parts.part(g, into);
    }

    /** {@code into |= (bits shifted left) & mask}. */
    private void addBits(Vec into, Vec bits, int left, int mask) {
        shift(r.high, bits, left);
        if (wide) {
            a.op(VPTERNLOGD, into, r.high, a.constant(mask, 1).toAll(), 0xF8);
        } else {
            a.op(VPAND, r.high, r.high, a.constant(mask, lanes));
            a.op(VPOR, into, into, r.high);
        }
    }

    /** A copy shifted by whole bits inside 16-bit lanes: what crosses bytes is masked off after. */
    private void shift(Vec into, Vec from, int left) {
        if (left > 0) {
            a.op(VPSLLW, into, from, left);
        } else if (left < 0) {
            a.op(VPSRLW, into, from, -left);
        } else {
            a.op(VMOVAPS, into, from);
        }
    }

    private void and(Vec into, Vec from, int mask) {
        if (wide) {
            a.op(VPANDD, into, from, a.constant(mask, 1).toAll());
        } else {
            a.op(VPAND, into, from, a.constant(mask, lanes));
        }
    }

    private void times(Vec value, float factor) {
        int bits = Float.floatToRawIntBits(factor);
        a.op(VMULPS, value, value, wide ? a.constant(bits, 1).toAll() : a.constant(bits, lanes));
    }
}
