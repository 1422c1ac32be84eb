package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import dev.jerboa.kernel.ops.machine.asm.VectorOp;

/**
 * Repacks the published blocks of whole row groups, R rows each: what {@link Packer} does row by row.
 *
 * <pre>
 * stretches of 16 or 32 bytes, R rows → transposed: vector c holds bytes 4c … 4c+3 of every row → codes of each part → planes
 * </pre>
 *
 * <p>Reads nothing past the rows' blocks, but asks for the cache lines of the R rows after them, which lie in order: the rows
 * themselves are too many streams for the processor to foresee.
 */
record PackKernel(GroupFormat format) {
    /**
     * Arguments: the first row's blocks, bytes from row to row, units, the first row group, scratch memory, row groups, bytes
     * from group to group.
     */
    static final int SOURCE = 0;

    static final int ROW_BYTES = 1;
    static final int UNITS = 2;
    static final int GROUP = 3;
    static final int SCRATCH = 4;
    static final int GROUPS = 5;
    static final int GROUP_BYTES = 6;

    /** Vectors of scratch memory: the columns of one unit. */
    static final int SCRATCH_VECTORS = BlockColumns.VECTORS;

    private static final int SIX_BITS = 0x3F3F3F3F;
    private static final int HIGH_PAIRS = 0x30303030;

    /** Whether scales are packed too; otherwise {@link Packer#packScales} does. */
    static boolean packsScales(GroupFormat format) {
        return switch (format.scales) {
            case HALF, HALF_AND_MIN, SUPER_BYTE_AND_MIN, SUPER_NIBBLES_16 -> true;
            case SUPER_SIGNED_16 -> format == GroupFormat.Q6_K;
            case BFLOAT, SUPER_SIGNED_32 -> false;
        };
    }

    MachineCode emit(Target target) {
        return new Emitter(target).emit();
    }

    private final class Emitter {
        private final Target target;
        private final Assembler a;
        private final boolean wide;
        private final int bytes;
        private final int lanes;
        private final RowTranspose rows;
        private final BlockColumns columns;

        Emitter(Target target) {
            this.target = target;
            this.a = target.assembler("pack " + format);
            this.wide = target.isa().wide();
            this.bytes = target.isa().vectorBytes();
            this.lanes = target.lanes();
            this.rows = new RowTranspose(target, a);
            this.columns = new BlockColumns(target, a, format, rows, Gpr.RAX);
        }

        private Vec v(int number) {
            return target.vec(number);
        }

        MachineCode emit() {
            target.convention().enter(a);
            rows.begin(Mem.at(Gpr.RDI, 8 * SOURCE), Mem.at(Gpr.RDI, 8 * ROW_BYTES));
            a.mov(Gpr.RAX, Mem.at(Gpr.RDI, 8 * SCRATCH));
            a.mov(Gpr.R13, Mem.at(Gpr.RDI, 8 * GROUPS));
            a.mov(Gpr.R14, Mem.at(Gpr.RDI, 8 * GROUP));
            a.lea(Gpr.R12, rows.row(lanes - 1, 0));
            a.add(Gpr.R12, Gpr.RDX);
            Label group = a.here();
            a.mov(Gpr.RBP, Mem.at(Gpr.RDI, 8 * UNITS));
            a.mov(Gpr.RBX, Gpr.R14);
            Label unit = a.here();
            switch (format) {
                case Q8_0 -> wholeCodes();
                case Q4_0, Q4_1, IQ4_NL, MXFP4 -> nibbles();
                case Q4_K -> nibblesOfPairs();
                default -> codesByParts();
            }
            a.add(Gpr.R12, lanes * format.type().blockBytes());
            if (packsScales(format)) {
                scales();
            }
            rows.move(format.type().blockBytes());
            a.add(Gpr.RBX, format.unitBytes(lanes));
            a.sub(Gpr.RBP, 1);
            a.jump(Condition.NOT_EQUAL, unit);
            rows.next();
            a.add(Gpr.R14, Mem.at(Gpr.RDI, 8 * GROUP_BYTES));
            a.sub(Gpr.R13, 1);
            a.jump(Condition.NOT_EQUAL, group);
            target.convention().leave(a);
            return a.finish();
        }

        /** Columns are vectors of the plane, but for their zero. */
        private void wholeCodes() {
            rows.eight(columns.stretch(0), (c, column) -> {
                a.op(wide ? VPXORD : VPXOR, column, column, columns.all(0x80808080));
                a.op(VMOVUPS_STORE, codes(c * bytes), column);
            });
            ahead(0);
        }

        /** Columns are vectors of the plane: the second half of a block lies above the first one in both. */
        private void nibbles() {
            rows.four(columns.stretch(0));
            for (int c = 0; c < 4; c++) {
                a.op(VMOVUPS_STORE, codes(c * bytes), v(c));
            }
            ahead(0);
        }

        /** 32 bytes hold two blocks, one above the other: the planes have the columns' halves c and c + 4 in their place. */
        private void nibblesOfPairs() {
            for (int pair = 0; pair < format.scales.blocks / 2; pair++) {
                int first = 2 * pair * format.vectors() * bytes;
                int second = first + format.vectors() * bytes;
                rows.eight(columns.stretch(pair), (number, column) -> {
                    if (number < 4) {
                        return; // stays in its register
                    }
                    Vec low = v(8);
                    int at = (number - 4) * bytes;
                    a.op(VPSLLD, v(10), column, 4);
                    merge(low, v(10));
                    a.op(VMOVUPS_STORE, codes(first + at), v(10));
                    a.op(VPSRLD, v(10), low, 4);
                    merge(v(10), column);
                    a.op(VMOVUPS_STORE, codes(second + at), column);
                });
                ahead(2 * pair);
                ahead(2 * pair + 1);
            }
        }

        /** {@code high = low's low nibbles | high's high nibbles}; overwrites register 11. */
        private void merge(Vec low, Vec high) {
            a.op(wide ? VPANDD : VPAND, v(11), low, columns.all(BlockColumns.LOW_NIBBLES));
            columns.and(high, ~BlockColumns.LOW_NIBBLES);
            columns.or(high, v(11));
        }

        private void codesByParts() {
            columns.transpose();
            for (int block = 0; block < format.scales.blocks; block++) {
                for (int g = 0; g < GroupFormat.PARTS; g++) {
                    columns.part(block, g, v(g), v(8));
                }
                planes(block);
                ahead(block);
            }
        }

        /** A block's share of the rows after these. */
        private void ahead(int block) {
            int bytes = lanes * format.type().blockBytes();
            int end = (block + 1) * bytes / format.scales.blocks;
            for (int line = (block * bytes / format.scales.blocks + 63) & -64; line < end; line += 64) {
                a.prefetcht1(Mem.at(Gpr.R12, line));
            }
        }

        /** Byte {@code at} of the unit's codes. */
        private Mem codes(int at) {
            return Mem.at(Gpr.RBX, format.scaleBytes(lanes) + at);
        }

        /** Stores the parts in registers 0 to 7 as planes. */
        private void planes(int block) {
            int at = block * format.vectors() * bytes;
            int high = format.wholeBits;
            if (high == 4) {
                for (int p = 0; p < 4; p++) {
                    gather(p, 4, 0, 4, BlockColumns.LOW_NIBBLES);
                    a.op(VMOVUPS_STORE, codes(at), v(8));
                    at += bytes;
                }
            }
            if (format.two) {
                for (int p = 0; p < 2; p++) {
                    gather(p, 2, high, 2, BlockColumns.PAIRS);
                    a.op(VMOVUPS_STORE, codes(at), v(8));
                    at += bytes;
                }
                high += 2;
            }
            if (format.one) {
                gather(0, 1, high, 1, BlockColumns.BITS);
                a.op(VMOVUPS_STORE, codes(at), v(8));
            }
        }

        /** Register 8 = the fields of parts first, first + step, …, each {@code width} bits further left. */
        private void gather(int first, int step, int shift, int width, int mask) {
            int left = 0;
            for (int g = first; g < 8; g += step, left += width) {
                Vec field = v(left == 0 ? 8 : 9);
                if (shift > 0) {
                    a.op(VPSRLD, field, v(g), shift);
                } else {
                    a.op(VMOVAPS, field, v(g));
                }
                columns.and(field, mask);
                if (left > 0) {
                    columns.orShifted(v(8), v(9), left);
                }
            }
        }

        private void scales() {
            switch (format.scales) {
                case HALF -> halves(0, 0);
                case HALF_AND_MIN -> {
                    halves(0, 0);
                    halves(2, 2 * lanes);
                }
                case SUPER_BYTE_AND_MIN -> {
                    halves(0, 0);
                    halves(2, 2 * lanes);
                    rows.four(4);
                    // Columns: scales 0-3 and, above 6 bits, the tops of 4-7; minimums likewise; the low nibbles of
                    // 4-7.
                    for (int j = 0; j < 4; j++) {
                        byteOf(v(0), j, 4 * lanes + 2 * j * lanes, SIX_BITS);
                        byteOf(v(1), j, 4 * lanes + (2 * j + 1) * lanes, SIX_BITS);
                    }
                    upper(v(2), v(0), 0);
                    upper(v(2), v(1), 4);
                    for (int j = 0; j < 4; j++) {
                        byteOf(v(0), j, 4 * lanes + 2 * (j + 4) * lanes, -1);
                        byteOf(v(1), j, 4 * lanes + (2 * (j + 4) + 1) * lanes, -1);
                    }
                }
                case SUPER_SIGNED_16 -> {
                    halves(208, 0);
                    bytes16(192, 2 * lanes);
                }
                case SUPER_NIBBLES_16 -> {
                    halves(80, 0);
                    halves(82, 2 * lanes);
                    bytes16(0, 4 * lanes);
                }
                default -> throw new IllegalStateException(format + " has its scales packed elsewhere");
            }
        }

        /** {@code high = (low >> shift & 15) | (high's top two bits as bits 4 and 5)}, byte by byte. */
        private void upper(Vec low, Vec high, int shift) {
            a.op(VPSRLD, high, high, 2);
            columns.and(high, HIGH_PAIRS);
            if (shift > 0) {
                a.op(VPSRLD, v(8), low, shift);
            } else {
                a.op(VMOVAPS, v(8), low);
            }
            columns.and(v(8), BlockColumns.LOW_NIBBLES);
            columns.or(high, v(8));
        }

        /** 16 bytes of each row: byte i of all rows to the scales at {@code to + i · R}. */
        private void bytes16(int offset, int to) {
            rows.four(offset);
            for (int i = 0; i < 16; i++) {
                byteOf(v(i / 4), i % 4, to + i * lanes, -1);
            }
        }

        /** Stores byte {@code number} of each lane, under a mask of bytes. Overwrites registers 8 and 9. */
        private void byteOf(Vec from, int number, int to, int mask) {
            Vec value = v(8);
            if (number > 0) {
                a.op(VPSRLD, value, from, 8 * number);
            } else {
                a.op(VMOVAPS, value, from);
            }
            if (mask != -1) {
                columns.and(value, mask);
            }
            if (wide) {
                a.op(VPMOVDB, Mem.at(Gpr.RBX, to), value);
            } else {
                byte[] order = new byte[32];
                for (int i = 0; i < 32; i++) {
                    order[i] = (byte) (i % 16 < 4 ? 4 * (i % 16) : 0x80);
                }
                a.op(VPSHUFB, value, value, a.constant(order));
                a.op(VEXTRACTI128, v(9).x(), value, 1);
                a.op(VPUNPCKLDQ, value.x(), value.x(), v(9).x());
                a.op(VMOVQ_STORE, Mem.at(Gpr.RBX, to), value.x());
            }
        }

        /** 2 bytes of each row, side by side, to the scales at {@code to}. Overwrites registers 8 and 9. */
        private void halves(int offset, int to) {
            for (int eight = 0; eight < lanes / 8; eight++) {
                Vec x = v(8).x();
                a.op(wide ? VPXORD : VPXOR, v(8), v(8), v(8));
                for (int i = 0; i < 8; i++) {
                    a.op(VPINSRW, x, x, rows.row(8 * eight + i, offset), i);
                }
                a.op(VectorOp.VMOVUPS_STORE, Mem.at(Gpr.RBX, to + 16 * eight), x);
            }
        }
    }
}
