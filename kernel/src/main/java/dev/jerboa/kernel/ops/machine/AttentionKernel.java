package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER_OR_EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.LESS;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.NOT_EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;

/**
 * Emits attention of query rows over tiles of positions, with a running softmax (Milakov and Gimelshein 2018, Dao et al.
 * 2022).
 *
 * <pre>
 * for each tile:  for each {@value #ROWS} rows:
 *   scores   rows × all positions of the tile, in registers: Σ over dimensions of query (broadcast) × key (positions in lanes)
 *   softmax  new maximum; weights 2^(score − maximum); totals and {@code fade} of what came before
 *   values   rows × dimensions, in registers: sums · fade + Σ over positions of weight (broadcast) × value (dimensions in lanes)
 * </pre>
 *
 * <p>Queries come multiplied by the scale and by log2 e, so that weights are powers of two. Every sum has one order, that of
 * dimensions and that of positions, whatever rows go together: a row's result does not depend on the others. Positions
 * outside [from, to) have weight 0, and their values are not read into a sum.
 *
 * <pre>
 * keys     F32, F16        [dimension][position]            values   [position][dimension]
 *          pairs of BF16   [dimension / 2][position][2]              [position / 2][dimension][2]
 * queries  [row][dimension], float32 or pairs of BF16       sums     [row][dimension], float32
 * </pre>
 *
 * @param keys how keys and queries are written
 * @param values how values are written: as keys are, or F16 with keys in F32
 * @param headDim dimensions of a query and key; even for pairs
 * @param valueDim dimensions of a value
 * @param tile positions of a tile: 16, 32 or 64
 */
record AttentionKernel(CacheFormat keys, CacheFormat values, int headDim, int valueDim, int tile) {
    /** Rows that share what is in the registers. */
    static final int ROWS = 6;

    /** Argument: the address of {@link #TILE_COUNT} pairs of addresses, of a tile's keys and of its values. */
    static final int TILES = 0;

    static final int TILE_COUNT = 1;
    /** Argument: how many query rows. */
    static final int ROW_COUNT = 2;
    /** Argument: the address of the queries. */
    static final int QUERIES = 3;
    /** Argument: the address of the sums, that fade and grow. */
    static final int SUMS = 4;
    /** Argument: the address of each row's largest score, a float. */
    static final int LARGEST = 5;
    /** Argument: the address of each row's sums of weights, a vector. */
    static final int TOTALS = 6;
    /** Argument: the address of {@link #scratchBytes} bytes. */
    static final int SCRATCH = 7;
    /** Argument: the first visible position of every tile. */
    static final int FROM = 8;
    /** Argument: one past the last visible position of every tile. */
    static final int TO = 9;
    /** Argument: bytes from one row of values (one position, or one pair of them) to the next. */
    static final int VALUE_STRIDE = 10;
    /** Argument: 1 where all positions are visible. */
    static final int WHOLE = 11;

    /** What {@link #LARGEST} starts at: finite, so that weights of scores of −∞ are 0, not NaN. */
    static final float LOWEST = -Float.MAX_VALUE;

    /** Bytes of scratch: scores of {@value #ROWS} rows, and their fades. */
    static int scratchBytes() {
        return ROWS * 64 * Float.BYTES + 64;
    }

    MachineCode emit(Target target) {
        return new Emission(this, target).whole();
    }

    /** Which of a pair takes part. */
    private enum Half {
        BOTH,
        LOW,
        HIGH
    }

    /** One emission. RDI keeps the arguments; see {@link #whole} for the others. */
    private static final class Emission {
        private static final int UPPER = 0xffff0000;

        private final AttentionKernel kernel;
        private final int tile;
        private final Target target;
        private final Assembler a;
        private final boolean wide;
        private final int lanes;
        private final int registers;
        private final int mostSums;

        Emission(AttentionKernel kernel, Target target) {
            this.kernel = kernel;
            this.tile = kernel.tile;
            this.target = target;
            this.a = target.assembler("attention " + kernel.keys + "/" + kernel.values + " " + kernel.headDim + "/"
                    + kernel.valueDim + " in " + kernel.tile);
            this.wide = target.isa().wide();
            this.lanes = target.lanes();
            this.registers = wide ? 32 : 16;
            this.mostSums = wide ? 24 : 12;
        }

        private static Mem argument(int index) {
            return Mem.at(RDI, index * Long.BYTES);
        }

        /**
         * R8 queries, R9 sums, R10 largest, R11 totals of the rows at hand; RBP rows left; RBX scratch; R12 tiles, R13 tiles
         * left; R14 value stride; R15 keys; RAX, RCX, RDX, RSI for anything.
         */
        MachineCode whole() {
            target.convention().enter(a);
            a.mov(RBX, argument(SCRATCH));
            a.mov(R12, argument(TILES));
            a.mov(R13, argument(TILE_COUNT));
            a.mov(R14, argument(VALUE_STRIDE));
            Label nextTile = a.here();
            a.mov(R15, Mem.at(R12));
            a.mov(R8, argument(QUERIES));
            a.mov(R9, argument(SUMS));
            a.mov(R10, argument(LARGEST));
            a.mov(R11, argument(TOTALS));
            a.mov(RBP, argument(ROW_COUNT));
            Label tileDone = a.label();
            Label[] bodies = new Label[ROWS];
            Label nextRows = a.here();
            for (int rows = ROWS; rows > 1; rows--) {
                bodies[rows - 1] = a.label();
                a.cmp(RBP, rows);
                a.jump(GREATER_OR_EQUAL, bodies[rows - 1]);
            }
            rows(1);
            a.jump(tileDone);
            for (int rows = 2; rows <= ROWS; rows++) {
                a.align(16);
                a.place(bodies[rows - 1]);
                rows(rows);
                if (rows < ROWS) {
                    a.jump(tileDone);
                }
            }
            a.add(R8, ROWS * kernel.keys.queryBytes(kernel.headDim));
            a.add(R9, ROWS * kernel.valueDim * Float.BYTES);
            a.add(R10, ROWS * Float.BYTES);
            a.add(R11, ROWS * target.isa().vectorBytes());
            a.sub(RBP, ROWS);
            a.jump(GREATER, nextRows);
            a.place(tileDone);
            a.add(R12, 2 * Long.BYTES);
            a.sub(R13, 1);
            a.jump(GREATER, nextTile);
            target.convention().leave(a);
            return a.finish();
        }

        /** All of a tile for {@code rows} rows. */
        private void rows(int rows) {
            scores(rows);
            mask(rows);
            softmax(rows);
            values(rows);
        }

        /** How many vectors beside each other {@code rows} rows can have sums for. */
        private int most(int rows) {
            int most = Math.min(8, mostSums / rows);
            while (rows * most + Math.min(rows, most) + 1 > registers) {
                most--;
            }
            return most;
        }

        private Mem score(int row, int byteOffset) {
            return Mem.at(RBX, row * tile * Float.BYTES + byteOffset);
        }

        private void scores(int rows) {
            CacheFormat format = kernel.keys;
            int queryBytes = format.queryBytes(kernel.headDim);
            int steps = format.pairs() ? kernel.headDim / 2 : kernel.headDim;
            int unroll = steps % 4 == 0 ? 4 : steps % 2 == 0 ? 2 : 1;
            int keyStep = tile * format.columnBytes();
            for (List<Piece> pieces : Pieces.groups(Pieces.of(tile, lanes), most(rows))) {
                clear(rows, pieces);
                a.mov(RSI, R15);
                a.mov(RDX, R8);
                a.mov(RCX, steps / unroll);
                a.align(16);
                Label loop = a.here();
                for (int u = 0; u < unroll; u++) {
                    Mem keys = Mem.at(RSI, u * keyStep);
                    Mem query = Mem.at(RDX, u * format.queryStep());
                    step(kernel.keys, rows, pieces, keys, query, queryBytes, Half.BOTH);
                }
                a.add(RSI, unroll * keyStep);
                a.add(RDX, unroll * format.queryStep());
                a.sub(RCX, 1);
                a.jump(NOT_EQUAL, loop);
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < pieces.size(); j++) {
                        Piece piece = pieces.get(j);
                        a.op(VMOVUPS_STORE, score(i, piece.from() * Float.BYTES), sum(i, j, pieces));
                    }
                }
            }
        }

        private static Vec sum(int row, int j, List<Piece> pieces) {
            return pieces.get(j).in(row * pieces.size() + j);
        }

        private void clear(int rows, List<Piece> pieces) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < pieces.size(); j++) {
                    Vec sum = sum(i, j, pieces);
                    a.op(wide ? VPXORD : VXORPS, sum, sum, sum);
                }
            }
        }

        /**
         * Adds to each sum the product of its row's factor and its piece of the vector: one dimension or position, or one
         * pair. A format that widens pairs takes two products after each other.
         */
        private void step(
                CacheFormat format, int rows, List<Piece> pieces, Mem vector, Mem factors, int rowBytes, Half half) {
            if (format == CacheFormat.BF16_WIDENED && half == Half.BOTH) {
                step(format, rows, pieces, vector, factors, rowBytes, Half.LOW);
                step(format, rows, pieces, vector, factors, rowBytes, Half.HIGH);
                return;
            }
            Mem first = format == CacheFormat.BF16_WIDENED && half == Half.HIGH ? factors.plus(Float.BYTES) : factors;
            int columns = pieces.size();
            int free = rows * columns;
            if (columns <= rows) {
                int spare = Math.min(4, registers - free - columns);
                for (int j = 0; j < columns; j++) {
                    load(format, pieces.get(j).in(free + j), pieces.get(j), vector, half);
                }
                for (int i = 0; i < rows; i++) {
                    Vec factor = target.vec(free + columns + i % spare);
                    a.op(VBROADCASTSS, factor, first.plus(i * rowBytes));
                    for (int j = 0; j < columns; j++) {
                        multiply(
                                format, sum(i, j, pieces), factor, pieces.get(j).in(free + j));
                    }
                }
            } else {
                int spare = Math.min(4, registers - free - rows);
                for (int i = 0; i < rows; i++) {
                    a.op(VBROADCASTSS, target.vec(free + i), first.plus(i * rowBytes));
                }
                for (int j = 0; j < columns; j++) {
                    Vec loaded = pieces.get(j).in(free + rows + j % spare);
                    load(format, loaded, pieces.get(j), vector, half);
                    for (int i = 0; i < rows; i++) {
                        multiply(format, sum(i, j, pieces), target.vec(free + i), loaded);
                    }
                }
            }
        }

        private void multiply(CacheFormat format, Vec sum, Vec factor, Vec vector) {
            Vec narrowed = new Vec(factor.number(), sum.bytes());
            a.op(format == CacheFormat.BF16_PAIRS ? VDPBF16PS : VFMADD231PS, sum, narrowed, vector);
        }

        /** Loads a piece of keys or values, widened unless pairs are multiplied as such. */
        private void load(CacheFormat format, Vec to, Piece piece, Mem row, Half half) {
            Mem from = row.plus(piece.from() * format.columnBytes());
            switch (format) {
                case F32 -> a.op(piece.single() ? VMOVSS : VMOVUPS, to, from);
                case F16 -> {
                    if (piece.single()) {
                        a.movzx16(RAX, from);
                        a.vmovd(to, RAX);
                        a.op(VCVTPH2PS, to, to);
                    } else {
                        a.op(VCVTPH2PS, to, from);
                    }
                }
                case BF16_WIDENED -> {
                    a.op(piece.single() ? VMOVSS : VMOVUPS, to, from);
                    if (half == Half.LOW) {
                        a.op(VPSLLD, to, to, 16);
                    } else {
                        keep(to, UPPER);
                    }
                }
                case BF16_PAIRS -> {
                    a.op(piece.single() ? VMOVSS : VMOVUPS, to, from);
                    if (half != Half.BOTH) {
                        keep(to, half == Half.LOW ? ~UPPER : UPPER);
                    }
                }
            }
        }

        private void keep(Vec words, int mask) {
            a.op(wide ? VPANDD : VPAND, words, words, a.constant(mask, lanes));
        }

        /** Puts −∞ in the place of scores outside [from, to), unless all are visible. */
        private void mask(int rows) {
            Label whole = a.label();
            a.mov(RAX, argument(WHOLE));
            a.cmp(RAX, 1);
            a.jump(EQUAL, whole);
            int[] table = new int[3 * tile];
            for (int i = tile; i < 2 * tile; i++) {
                table[i] = -1;
            }
            a.lea(RSI, a.constant(table));
            a.mov(RCX, argument(FROM));
            a.shl(RCX, 2);
            a.mov(RDX, RSI);
            a.sub(RSI, RCX);
            a.mov(RCX, argument(TO));
            a.shl(RCX, 2);
            a.sub(RDX, RCX);
            Vec visible = target.vec(0);
            Vec lowest = target.vec(1);
            Vec x = target.vec(2);
            a.op(VMOVUPS, lowest, a.constant(Float.floatToRawIntBits(Float.NEGATIVE_INFINITY), lanes));
            for (Piece piece : Pieces.of(tile, lanes)) {
                int at = piece.from() * Float.BYTES;
                a.op(VMOVUPS, visible, Mem.at(RSI, tile * Float.BYTES + at));
                a.op(wide ? VPANDD : VPAND, visible, visible, Mem.at(RDX, 2 * tile * Float.BYTES + at));
                for (int i = 0; i < rows; i++) {
                    if (wide) {
                        a.op(VMOVUPS, x, score(i, at));
                        a.op(VPTERNLOGD, x, visible, lowest, 0xE2); // second ? first : third
                    } else {
                        a.op(VBLENDVPS, x, lowest, score(i, at), visible);
                    }
                    a.op(VMOVUPS_STORE, score(i, at), x);
                }
            }
            a.place(whole);
        }

        private Mem fade(int row) {
            return Mem.at(RBX, ROWS * 64 * Float.BYTES + row * Float.BYTES);
        }

        /** Scores become weights; each row's largest, totals and fade follow. */
        private void softmax(int rows) {
            int count = tile / lanes;
            Vec n = target.vec(8);
            Vec r = target.vec(9);
            Vec p = target.vec(10);
            Vec keep = target.vec(11);
            Vec total = target.vec(12);
            Vec before = target.vec(13);
            Vec largest = target.vec(14);
            PowerOfTwo power = new PowerOfTwo(a, target, target.vec(15));
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < count; j++) {
                    a.op(VMOVUPS, target.vec(j), score(i, j * target.isa().vectorBytes()));
                }
                a.op(VBROADCASTSS, before, Mem.at(R10, i * Float.BYTES));
                a.op(VMAXPS, largest, before, target.vec(0));
                for (int j = 1; j < count; j++) {
                    a.op(VMAXPS, largest, largest, target.vec(j));
                }
                Pieces.largest(a, largest, n);
                a.op(VMOVSS_STORE, Mem.at(R10, i * Float.BYTES), largest.x());
                a.op(VSUBPS, before.x(), before.x(), largest.x());
                power.emit(before.x(), n.x(), r.x(), p.x(), keep.x());
                a.op(VMOVSS_STORE, fade(i), before.x());
                a.op(VBROADCASTSS, before, before.x());
                Mem totals = Mem.at(R11, i * target.isa().vectorBytes());
                a.op(VMULPS, total, before, totals);
                for (int j = 0; j < count; j++) {
                    Vec x = target.vec(j);
                    a.op(VSUBPS, x, x, largest);
                    power.emit(x, n, r, p, keep);
                    a.op(VADDPS, total, total, x);
                    if (kernel.values == CacheFormat.BF16_PAIRS) {
                        a.op(VCVTNEPS2BF16, x, x);
                        a.op(VMOVUPS_STORE, score(i, j * lanes * Short.BYTES), x.y());
                    } else {
                        a.op(VMOVUPS_STORE, score(i, j * target.isa().vectorBytes()), x);
                    }
                }
                a.op(VMOVUPS_STORE, totals, total);
            }
        }

        private void values(int rows) {
            for (List<Piece> pieces : Pieces.groups(Pieces.of(kernel.valueDim, lanes), most(rows))) {
                Vec fade = target.vec(rows * pieces.size());
                for (int i = 0; i < rows; i++) {
                    a.op(VBROADCASTSS, fade, fade(i));
                    for (int j = 0; j < pieces.size(); j++) {
                        Vec sum = sum(i, j, pieces);
                        Vec factor = new Vec(fade.number(), sum.bytes());
                        if (pieces.get(j).single()) {
                            a.op(VMOVSS, sum, sums(i, pieces.get(j)));
                            a.op(VMULPS, sum, sum, factor);
                        } else {
                            a.op(VMULPS, sum, factor, sums(i, pieces.get(j)));
                        }
                    }
                }
                if (kernel.values.pairs()) {
                    valuesOfPairs(rows, pieces);
                } else {
                    valuesOfPositions(rows, pieces);
                }
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < pieces.size(); j++) {
                        Piece piece = pieces.get(j);
                        a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, sums(i, piece), sum(i, j, pieces));
                    }
                }
            }
        }

        private Mem sums(int row, Piece piece) {
            return Mem.at(R9, (row * kernel.valueDim + piece.from()) * Float.BYTES);
        }

        /** RSI goes through the values, RCX through the positions. */
        private void valuesOfPositions(int rows, List<Piece> pieces) {
            a.mov(RCX, argument(FROM));
            a.mov(RDX, argument(TO));
            a.mov(RSI, RCX);
            a.imul(RSI, R14);
            a.add(RSI, Mem.at(R12, Long.BYTES));
            a.align(16);
            Label loop = a.here();
            step(
                    kernel.values,
                    rows,
                    pieces,
                    Mem.at(RSI),
                    Mem.at(RBX, RCX, Float.BYTES, 0),
                    tile * Float.BYTES,
                    Half.BOTH);
            a.add(RSI, R14);
            a.add(RCX, 1);
            a.cmp(RCX, RDX);
            a.jump(LESS, loop);
        }

        /** RSI goes through the values, RCX through the pairs; the first and last pair may count by half. */
        private void valuesOfPairs(int rows, List<Piece> pieces) {
            int pairBytes = kernel.values.queryStep();
            Mem weights = Mem.at(RBX, RCX, pairBytes, 0);
            int rowBytes = tile * Float.BYTES;
            Label even = a.label();
            Label last = a.label();
            Label done = a.label();
            a.mov(RCX, argument(FROM));
            a.mov(RSI, RCX);
            a.shr(RSI, 1);
            a.imul(RSI, R14);
            a.add(RSI, Mem.at(R12, Long.BYTES));
            a.mov(RAX, RCX);
            a.shr(RCX, 1);
            a.and(RAX, 1);
            a.jump(EQUAL, even);
            step(kernel.values, rows, pieces, Mem.at(RSI), weights, rowBytes, Half.HIGH);
            a.add(RSI, R14);
            a.add(RCX, 1);
            a.place(even);
            a.mov(RDX, argument(TO));
            a.shr(RDX, 1);
            a.cmp(RCX, RDX);
            a.jump(GREATER_OR_EQUAL, last);
            a.align(16);
            Label loop = a.here();
            step(kernel.values, rows, pieces, Mem.at(RSI), weights, rowBytes, Half.BOTH);
            a.add(RSI, R14);
            a.add(RCX, 1);
            a.cmp(RCX, RDX);
            a.jump(LESS, loop);
            a.place(last);
            a.mov(RAX, argument(TO));
            a.and(RAX, 1);
            a.jump(EQUAL, done);
            step(kernel.values, rows, pieces, Mem.at(RSI), weights, rowBytes, Half.LOW);
            a.place(done);
        }
    }
}
