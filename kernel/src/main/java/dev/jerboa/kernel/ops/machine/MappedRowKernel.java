package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Products of published blocks with few tokens: what {@link PackKernel} and then {@link RowKernel} do, but a row group is never
 * stored. Whole row groups, on 512-bit vectors, whose 32 registers this takes.
 *
 * <pre>
 * blocks of R rows → transposed in registers: 4 bytes of every row, a row a lane → codes → dot products with each token
 *   one token, codes of few bits: {@link RowMajorDots}
 * </pre>
 *
 * <p>Whole numbers are exact in any order and the floats are those of {@link ByteDots}, so that the bits are those of packed
 * row groups.
 *
 * <p>Reads nothing past the rows' blocks, but asks for the cache lines of the next R rows, which lie in order: the rows
 * themselves are too many streams for the processor to foresee.
 *
 * @param tokens 1 to {@link RowSums#maxTokens}
 * @param accumulate whether products are added to what the outputs hold
 */
record MappedRowKernel(GroupFormat format, int tokens, boolean accumulate) {
    /**
     * Arguments: the first row's blocks, bytes from row to row, units of a row, scratch memory, bytes of a token's outputs (those
     * of all rows).
     */
    static final int SOURCE = 0;

    static final int ROW_BYTES = 1;
    static final int UNITS = 2;
    static final int SCRATCH = 3;
    static final int OUT_BYTES = 4;
    /** Each token's first record, then each token's outputs. */
    static final int TOKENS = 5;

    /** Vectors of scratch memory: the columns of a unit and then its scales. */
    static final int SCRATCH_VECTORS = BlockColumns.VECTORS + 4;

    private static final int SIX_BITS = 0x3F3F3F3F;
    private static final int HIGH_PAIRS = 0x30303030;
    private static final int LINE = 64;

    /** Each row's lines are asked for this many bytes ahead, from the second-level cache to the first. */
    private static final int NEAR = 128;

    /** How far ahead of the next rows' lines a page is touched, so that its translation is there when they are asked for. */
    private static final int PAGE = 4096;

    private static final Gpr[] RECORDS = {Gpr.RBX, Gpr.RSI, Gpr.R13, Gpr.R14};

    /** Receives the low nibbles of a column as half 0, the high ones as half 1. */
    private interface Nibbles {
        void half(int half, Vec codes);
    }

    /** Whether there is such a kernel. */
    static boolean suits(Target target, GroupFormat format) {
        return target.isa().wide() && PackKernel.packsScales(format);
    }

    MachineCode emit(Target target) {
        return new Emitter(target).emit();
    }

    private final class Emitter {
        private final Target target;
        private final Assembler a;
        private final RowTranspose rows;
        private final BlockColumns columns;
        private final ByteDots dots;
        private final int lanes;
        private final int bytes;
        private final int blockBytes = format.type().blockBytes();
        private final int halves = format.scales.perBlock;

        Emitter(Target target) {
            this.target = target;
            this.a = target.assembler("mapped rows " + format + " × " + tokens + (accumulate ? " added" : ""));
            this.rows = new RowTranspose(target, a);
            this.columns = new BlockColumns(target, a, format, rows, Gpr.RAX);
            this.dots = new ByteDots(target, a, format);
            this.lanes = target.lanes();
            this.bytes = target.isa().vectorBytes();
        }

        // Registers 0 to 15 are free while no columns are in them.

        private Vec v(int number) {
            return target.vec(number);
        }

        private Vec sum(int token) {
            return v(16 + token);
        }

        /** A super-block's scale, or the levels of a table. */
        private Vec d() {
            return v(28);
        }

        private Vec dmin() {
            return v(29);
        }

        private Vec scale() {
            return v(30);
        }

        private Vec minimum() {
            return v(31);
        }

        /** Dot products of one of the up to two blocks at hand, in registers 20 to 27. */
        private final class Block implements RowSums.Rows {
            private final int number;
            private final int slot;

            Block(int number, int slot) {
                this.number = number;
                this.slot = slot;
            }

            RowSums sums() {
                return new RowSums.Dots(target, a, format, this, dots);
            }

            @Override
            public int tokens() {
                return tokens;
            }

            @Override
            public Vec whole(int token, int half) {
                return v(20 + (slot * tokens + token) * halves + half);
            }

            @Override
            public Vec pending(int token, int half) {
                return v(12);
            }

            @Override
            public Vec spare() {
                return v(12);
            }

            @Override
            public Vec second() {
                return v(13);
            }

            @Override
            public Vec third() {
                return v(14);
            }

            @Override
            public Mem record(int token, int offset) {
                return Mem.at(RECORDS[token], number * ActivationRecord.BYTES + offset);
            }

            @Override
            public Mem rest(int token) {
                return record(token, ActivationRecord.INPUTS);
            }
        }

        MachineCode emit() {
            target.convention().enter(a);
            rows.begin(Mem.at(Gpr.RDI, 8 * SOURCE), Mem.at(Gpr.RDI, 8 * ROW_BYTES));
            a.mov(Gpr.RAX, Mem.at(Gpr.RDI, 8 * SCRATCH));
            a.xor(Gpr.R15, Gpr.R15);
            if (format.table) {
                byte[] levels = new byte[bytes];
                for (int i = 0; i < bytes; i++) {
                    levels[i] = format.levels()[i % 16];
                }
                a.op(VMOVUPS, d(), a.constant(levels));
            }
            first();
            Label group = a.here();
            following();
            for (int t = 0; t < tokens; t++) {
                a.mov(RECORDS[t], Mem.at(Gpr.RDI, 8 * (TOKENS + t)));
                a.op(VPXORD, sum(t), sum(t), sum(t));
            }
            a.mov(Gpr.RBP, Mem.at(Gpr.RDI, 8 * UNITS));
            a.align(32);
            Label unit = a.here();
            unit();
            rows.move(blockBytes);
            a.add(Gpr.R12, lanes * blockBytes);
            for (int t = 0; t < tokens; t++) {
                a.add(RECORDS[t], format.scales.blocks * ActivationRecord.BYTES);
            }
            a.sub(Gpr.RBP, 1);
            a.jump(Condition.NOT_EQUAL, unit);
            store();
            rows.next();
            a.add(Gpr.R15, bytes);
            a.cmp(Gpr.R15, Mem.at(Gpr.RDI, 8 * OUT_BYTES));
            a.jump(Condition.NOT_EQUAL, group);
            target.convention().leave(a);
            return a.finish();
        }

        /** Asks for the lines of the first rows. */
        private void first() {
            a.lea(Gpr.RBX, rows.row(lanes - 1, 0));
            a.add(Gpr.RBX, Gpr.RDX);
            a.mov(Gpr.R12, Gpr.R8);
            Label line = a.here();
            a.prefetcht1(Mem.at(Gpr.R12));
            a.add(Gpr.R12, LINE);
            a.cmp(Gpr.R12, Gpr.RBX);
            a.jump(Condition.LESS, line);
        }

        /** Points R12 at the rows after these, to be asked for; at these, which are there, where they are the last. */
        private void following() {
            Label more = a.label();
            a.lea(Gpr.R12, rows.row(lanes - 1, 0));
            a.add(Gpr.R12, Gpr.RDX);
            a.lea(Gpr.RBX, Mem.at(Gpr.R15, bytes));
            a.cmp(Gpr.RBX, Mem.at(Gpr.RDI, 8 * OUT_BYTES));
            a.jump(Condition.LESS, more);
            a.mov(Gpr.R12, Gpr.R8);
            a.place(more);
        }

        private void unit() {
            unitScales();
            if (tokens == 1 && RowMajorDots.suits(format)) {
                rowMajor();
                return;
            }
            switch (format) {
                case Q8_0 -> wholeCodes();
                case Q4_0, Q4_1, IQ4_NL -> nibbles();
                case Q4_K -> nibblesOfPairs();
                default -> codesByParts();
            }
        }

        private void rowMajor() {
            RowMajorDots rowMajor = new RowMajorDots(target, a, format, rows, columns, dots);
            int blocks = rowMajor.blocks();
            for (int first = 0; first < format.scales.blocks; first += blocks) {
                rowMajor.sums(first, RECORDS[0]);
                for (int i = 0; i < blocks; i++) {
                    finish(new Block(first + i, i));
                }
            }
        }

        private void wholeCodes() {
            Block block = new Block(0, 0);
            RowSums sums = block.sums();
            sums.begin();
            rows.eight(columns.stretch(0), (c, column) -> {
                a.op(VPXORD, column, column, columns.all(0x80808080));
                sums.part(c, column);
            });
            finish(block);
        }

        /** The second half of a block lies in the high nibbles. */
        private void nibbles() {
            Block block = new Block(0, 0);
            RowSums sums = block.sums();
            sums.begin();
            rows.four(columns.stretch(0));
            for (int c = 0; c < 4; c++) {
                int column = c;
                halves(v(c), v(4 + 2 * c), v(5 + 2 * c), (half, codes) -> {
                    if (format.table) {
                        a.op(VPSHUFB, codes, d(), codes);
                    }
                    sums.part(column + 4 * half, codes);
                });
            }
            finish(block);
        }

        /** 32 bytes hold two blocks, the second one in the high nibbles. */
        private void nibblesOfPairs() {
            for (int pair = 0; pair < format.scales.blocks / 2; pair++) {
                Block[] blocks = {new Block(2 * pair, 0), new Block(2 * pair + 1, 1)};
                RowSums[] sums = {blocks[0].sums(), blocks[1].sums()};
                sums[0].begin();
                sums[1].begin();
                rows.eight(
                        columns.stretch(pair),
                        (c, column) -> halves(column, v(10), v(11), (half, codes) -> sums[half].part(c, codes)));
                finish(blocks[0]);
                finish(blocks[1]);
            }
        }

        /** Hands on the low nibbles of {@code column} as half 0, the high ones as half 1. */
        private void halves(Vec column, Vec low, Vec high, Nibbles nibbles) {
            columns.and(low, column, BlockColumns.LOW_NIBBLES);
            nibbles.half(0, low);
            a.op(VPSRLD, high, column, 4);
            columns.and(high, BlockColumns.LOW_NIBBLES);
            nibbles.half(1, high);
        }

        private void codesByParts() {
            columns.transpose();
            for (int number = 0; number < format.scales.blocks; number++) {
                Block block = new Block(number, number % 2);
                RowSums sums = block.sums();
                sums.begin();
                for (int g = 0; g < GroupFormat.PARTS; g++) {
                    columns.part(number, g, v(g % 4), v(4 + g % 4));
                    sums.part(g, v(g % 4));
                }
                finish(block);
            }
        }

        /** Asks for a block's share of the next rows, and for what comes soon in these. */
        private void ahead(int block) {
            int all = lanes * blockBytes;
            int end = (block + 1) * all / format.scales.blocks;
            for (int line = (block * all / format.scales.blocks + LINE - 1) & -LINE; line < end; line += LINE) {
                a.prefetcht1(Mem.at(Gpr.R12, line));
            }
            if (block == 0) {
                a.prefetcht1(Mem.at(Gpr.R12, PAGE));
            }
            int share = blockBytes / format.scales.blocks;
            int next = block + 1 == format.scales.blocks ? blockBytes : (block + 1) * share;
            for (int line = (block * share + LINE - 1) & -LINE; line < next; line += LINE) {
                for (int r = 0; r < lanes; r++) {
                    a.prefetcht0(rows.row(r, line + NEAR));
                }
            }
        }

        /** Adds the dot products of a block, times its scales, to the sums. */
        private void finish(Block block) {
            ahead(block.number);
            Vec d = v(13);
            for (int half = 0; half < halves; half++) {
                scale(block.number, half);
                for (int t = 0; t < tokens; t++) {
                    Mem rest = block.record(t, ActivationRecord.INPUTS);
                    dots.factor(d, rest);
                    dots.scaled(sum(t), block.whole(t, half), scale(), d, v(12));
                    if (format.scales.minimum) {
                        dots.minimumFactor(block.whole(t, half), rest, half, d);
                        a.op(VFMADD231PS, sum(t), block.whole(t, half), minimum());
                    }
                }
            }
        }

        private void store() {
            for (int t = 0; t < tokens; t++) {
                a.mov(Gpr.RBX, Mem.at(Gpr.RDI, 8 * (TOKENS + tokens + t)));
                Mem out = Mem.at(Gpr.RBX, Gpr.R15, 1, 0);
                if (accumulate) {
                    a.op(VADDPS, sum(t), sum(t), out);
                }
                a.op(VMOVUPS_STORE, out, sum(t));
            }
        }

        // Scales, as GroupReader has them

        /** A super-block's scales, and those of its blocks to scratch memory: a byte each, four of a row in a lane. */
        private void unitScales() {
            switch (format.scales) {
                case SUPER_BYTE_AND_MIN -> {
                    halfFloats(d(), 0);
                    halfFloats(dmin(), 2);
                    times(dmin(), GroupReader.MINIMUM_UNIT);
                    rows.four(4);
                    // Columns: scales 0-3 and, above 6 bits, the tops of 4-7; minimums likewise; the low nibbles of
                    // 4-7.
                    columns.and(v(4), v(2), BlockColumns.LOW_NIBBLES);
                    a.op(VPSRLD, v(5), v(2), 4);
                    columns.and(v(5), BlockColumns.LOW_NIBBLES);
                    for (int i = 0; i < 2; i++) {
                        a.op(VPSRLD, v(6), v(i), 2);
                        columns.and(v(6), HIGH_PAIRS);
                        columns.or(v(4 + i), v(6));
                        columns.and(v(i), SIX_BITS);
                        a.op(VMOVUPS_STORE, packedScales(2 * i), v(i));
                        a.op(VMOVUPS_STORE, packedScales(2 * i + 1), v(4 + i));
                    }
                }
                case SUPER_SIGNED_16 -> {
                    halfFloats(d(), 208);
                    sixteen(192);
                }
                case SUPER_NIBBLES_16 -> {
                    halfFloats(d(), 80);
                    halfFloats(dmin(), 82);
                    times(dmin(), GroupReader.MINIMUM_UNIT);
                    sixteen(0);
                }
                default -> {}
            }
        }

        private void sixteen(int offset) {
            rows.four(offset);
            for (int c = 0; c < 4; c++) {
                a.op(VMOVUPS_STORE, packedScales(c), v(c));
            }
        }

        private Mem packedScales(int vector) {
            return Mem.at(Gpr.RAX, (BlockColumns.VECTORS + vector) * bytes);
        }

        /** The scale and the minimum of half {@code half} of block {@code block}. */
        private void scale(int block, int half) {
            int g = block * halves + half;
            switch (format.scales) {
                case HALF -> halfFloats(scale(), 0);
                case HALF_AND_MIN -> {
                    halfFloats(scale(), 0);
                    halfFloats(minimum(), 2);
                    times(minimum(), -GroupReader.MINIMUM_UNIT);
                }
                case SUPER_BYTE_AND_MIN -> {
                    field(scale(), packedScales(g / 4), 8 * (g % 4), 255, d());
                    field(minimum(), packedScales(2 + g / 4), 8 * (g % 4), 255, dmin());
                }
                case SUPER_SIGNED_16 -> {
                    a.op(VMOVUPS, scale(), packedScales(g / 4));
                    if (g % 4 < 3) {
                        a.op(VPSLLD, scale(), scale(), 24 - 8 * (g % 4));
                    }
                    a.op(VPSRAD, scale(), scale(), 24);
                    a.op(VCVTDQ2PS, scale(), scale());
                    a.op(VMULPS, scale(), scale(), d());
                }
                case SUPER_NIBBLES_16 -> {
                    field(scale(), packedScales(g / 4), 8 * (g % 4), 15, d());
                    field(minimum(), packedScales(g / 4), 8 * (g % 4) + 4, 15, dmin());
                }
                default -> throw new IllegalStateException(format + " has scales that no kernel reads as they are");
            }
        }

        /** {@code into = float(from >>> shift & mask) · factor}, in 32-bit lanes. */
        private void field(Vec into, Mem from, int shift, int mask, Vec factor) {
            a.op(VMOVUPS, into, from);
            if (shift > 0) {
                a.op(VPSRLD, into, into, shift);
            }
            columns.and(into, mask);
            a.op(VCVTDQ2PS, into, into);
            a.op(VMULPS, into, into, factor);
        }

        private void times(Vec value, float factor) {
            a.op(VMULPS, value, value, columns.all(Float.floatToRawIntBits(factor)));
        }

        /** A float16 of every row as float32; overwrites registers 14 and 15. */
        private void halfFloats(Vec into, int offset) {
            for (int eight = 0; eight < 2; eight++) {
                Vec x = v(14 + eight).x();
                a.op(VPXOR, x, x, x);
                for (int i = 0; i < 8; i++) {
                    a.op(VPINSRW, x, x, rows.row(8 * eight + i, offset), i);
                }
            }
            a.op(VINSERTI128, v(14).y(), v(14).y(), v(15).x(), 1);
            a.op(VCVTPH2PS, into, v(14).y());
        }
    }
}
