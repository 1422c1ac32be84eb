package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Operand;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * The form in which a tile reads an {@link ActivationRecord}, and the kernel that makes it of plain records.
 *
 * <pre>
 * PLAIN    the record
 * starts   the record, then int16 start[2] for each half or for the block, 64 bytes
 * WORDS    int16 q[0, 2, 4, 6 …], int16 q[1, 3, 5, 7 …], then what follows q in the record
 * </pre>
 *
 * <p>A part's two starts are −offset times the sums of the q that 16-bit sums take in: those with i mod 4 in {0, 1}, and the
 * others.
 *
 * @param bytes from record to record
 * @param shift how much later in it comes what follows q in the plain record
 * @param offset what starts are made of, 0 without starts
 * @param halves starts of a record
 */
record TileRecord(int bytes, int shift, int offset, int halves) {
    static final TileRecord PLAIN = new TileRecord(ActivationRecord.BYTES, 0, 0, 0);
    static final TileRecord WORDS = new TileRecord(ActivationRecord.BYTES + 32, 32, 0, 0);

    /** Where the starts lie. */
    static final int START = ActivationRecord.BYTES;

    /** Arguments of the kernel: the first plain record, where the first one goes, records. */
    static final int FROM = 0;

    static final int TO = 1;
    static final int COUNT = 2;

    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    static TileRecord starts(int offset, int halves) {
        return new TileRecord(64, 0, offset, halves);
    }

    /** Where the two words lie in WORDS that meet vector {@code vector} of a panel block of words. */
    static int words(int vector) {
        return 32 * (vector & 1) + 4 * (vector >> 1);
    }

    /** The kernel; not for PLAIN. */
    MachineCode emit(Target target) {
        Assembler a = target.assembler("tile records, starts " + offset + " × " + halves);
        Vec codes = Vec.ymm(0);
        Vec rest = Vec.xmm(1);
        target.convention().enter(a);
        a.mov(Gpr.RSI, Mem.at(Gpr.RDI, 8 * FROM));
        a.mov(Gpr.RDX, Mem.at(Gpr.RDI, 8 * TO));
        a.mov(Gpr.RCX, Mem.at(Gpr.RDI, 8 * COUNT));
        Label record = a.here();
        a.op(VMOVUPS, codes, Mem.at(Gpr.RSI));
        a.op(VMOVUPS, rest, Mem.at(Gpr.RSI, ActivationRecord.SCALE));
        a.op(VMOVUPS_STORE, Mem.at(Gpr.RDX, ActivationRecord.SCALE + shift), rest);
        if (offset == 0) {
            words(a, codes, Vec.ymm(2));
        } else {
            starts(a, codes, Vec.ymm(2), Vec.ymm(3));
        }
        a.add(Gpr.RSI, ActivationRecord.BYTES);
        a.add(Gpr.RDX, bytes);
        a.sub(Gpr.RCX, 1);
        a.jump(Condition.NOT_EQUAL, record);
        target.convention().leave(a);
        return a.finish();
    }

    private static void words(Assembler a, Vec codes, Vec half) {
        a.op(VPSLLW, half, codes, 8);
        a.op(VPSRAW, half, half, 8);
        a.op(VMOVUPS_STORE, Mem.at(Gpr.RDX), half);
        a.op(VPSRAW, half, codes, 8);
        a.op(VMOVUPS_STORE, Mem.at(Gpr.RDX, 32), half);
    }

    private void starts(Assembler a, Vec codes, Vec sums, Vec other) {
        a.op(VMOVUPS_STORE, Mem.at(Gpr.RDX), codes);
        a.op(VMOVUPS, sums, a.constant(0x01010101, 8));
        a.op(VPMADDUBSW, sums, sums, codes);
        a.op(VPSHUFD, other, (Operand) sums, SWAP_HALVES);
        a.op(VPADDW, sums, sums, other);
        a.op(VPSHUFD, other, (Operand) sums, SWAP_NEIGHBOURS);
        a.op(VPADDW, sums, sums, other);
        int factor = -offset & 0xffff;
        a.op(VPMULLW, sums, sums, a.constant(factor << 16 | factor, 8));
        a.op(VEXTRACTI128, (Operand) other.x(), sums, 1);
        if (halves == 1) {
            a.op(VPADDW, sums.x(), sums.x(), other.x());
        } else {
            a.op(VMOVD_STORE, Mem.at(Gpr.RDX, START + 4), other.x());
        }
        a.op(VMOVD_STORE, Mem.at(Gpr.RDX, START), sums.x());
    }
}
