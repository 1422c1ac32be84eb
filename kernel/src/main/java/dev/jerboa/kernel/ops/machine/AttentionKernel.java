package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER_OR_EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.LESS;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.LESS_OR_EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.NOT_EQUAL;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Emits attention of query rows over tiles of positions, with a running softmax (Milakov and Gimelshein 2018, Dao et al.
 * 2022).
 *
 * <pre>
 * for each key head:  queries together, scaled; sums cleared
 *   for each tile:  for up to {@value #ROWS} rows that see the same of it:
 *     scores   rows × positions, in registers: Σ over dimensions of query (broadcast) × key (positions in lanes)
 *     softmax  new maximum; weights 2^(score − maximum); totals and {@code fade} of what came before
 *     values   rows × dimensions, in registers: sums · fade + Σ over positions of weight (broadcast) × value (dimensions in lanes)
 *   sums / totals → results
 * </pre>
 *
 * <p>Queries come multiplied by the scale and by log2 e, so that weights are powers of two. Every sum has one order, that of
 * dimensions and that of positions, whatever rows go together: a row's result does not depend on the others. Positions that
 * a row does not see have weight 0, and their values are not read into a sum.
 *
 * <pre>
 * keys     F32, F16        [group of 16][dimension][position]            values   [position][dimension]
 *          pairs of BF16   [group of 16][dimension / 2][position][2]              [position / 2][dimension][2]
 * queries  [row][dimension], float32 or pairs of BF16                    sums     [row][dimension], float32
 * </pre>
 *
 * <p>A tile that all rows see whole takes all its positions at once through the registers; another one takes group by group,
 * those that are seen, and asks for the values beforehand.
 *
 * @param keys how keys and queries are written
 * @param values how values are written: as keys are, or F16 with keys in F32
 * @param headDim dimensions of a query and key; even for pairs
 * @param valueDim dimensions of a value
 * @param tile positions of a tile: 16, 32 or 64
 * @param keyGroup bytes from a group of {@value CacheLayout#GROUP} positions' keys to the next
 * @param valueRow bytes from one row of values (one position, or one pair of them) to the next
 * @param softCap what scores are bounded by, {@code softCap · tanh(score / softCap)}; 0 for none
 */
record AttentionKernel(
        CacheFormat keys,
        CacheFormat values,
        int headDim,
        int valueDim,
        int tile,
        int keyGroup,
        int valueRow,
        float softCap) {
    /** Rows that share what is in the registers. */
    static final int ROWS = RowMaxima.ROWS;

    /** Argument: the address of {@link #TILE_COUNT} entries of {@value #TILE_LONGS} longs, and of the keys that come after. */
    static final int TILES = 0;

    static final int TILE_COUNT = 1;
    /** Argument: how many rows a key head has here, tokens × query heads. */
    static final int ROW_COUNT = 2;
    /** Argument: the address of room for the rows' queries. */
    static final int QUERIES = 3;
    /** Argument: the address of room for the rows' sums, and a vector more. */
    static final int SUMS = 4;
    /** Argument: the address of each row's largest score, a float, and a vector more. */
    static final int LARGEST = 5;
    /** Argument: the address of each row's sums of weights, a vector. */
    static final int TOTALS = 6;
    /** Argument: the address of {@link #scratchBytes} bytes. */
    static final int SCRATCH = 7;
    /** Argument: the address of two ints a row: the first position it sees, and one past the last. */
    static final int LIMITS = 8;
    /** Argument: how many key heads, one after the other, with the same tiles and limits. */
    static final int HEADS = 9;
    /** Argument: 1 where rows start here. */
    static final int BEGIN = 10;
    /** Argument: 1 where rows end here. */
    static final int END = 11;
    /** Argument: the address of the first token's first query; the {@link #TOGETHER} ones of a token lie side by side. */
    static final int FROM = 12;
    /** Argument: bytes from a token's queries to the next one's. */
    static final int FROM_STRIDE = 13;
    /** Argument: bytes from a key head's queries to those of the next head that is computed here. */
    static final int FROM_STEP = 14;
    /** Argument: the same of results. */
    static final int TO = 15;

    static final int TO_STRIDE = 16;
    static final int TO_STEP = 17;
    static final int TOKENS = 18;
    /** Argument: query heads of a token. */
    static final int TOGETHER = 19;
    /** Argument: what queries are multiplied by, a float. */
    static final int SCALE = 20;
    /** Argument: bytes from a key head's keys to those of the next head that is computed here. */
    static final int KEY_STEP = 21;
    /** Argument: the same of values. */
    static final int VALUE_STEP = 22;
    /** Argument, and then the place of head at hand: 0. */
    static final int KEY_OFFSET = 23;
    /** Argument, and then the place of head at hand: 0. */
    static final int VALUE_OFFSET = 24;

    /** Longs of an entry of a tile: addresses of keys and values. */
    static final int TILE_LONGS = 5;

    /** In an entry: the negated position that the tile starts at. */
    static final int TILE_START = 2;
    /** In an entry: 1 where all rows see all of it. */
    static final int TILE_WHOLE = 3;
    /** In an entry: for how many positions of the next tile keys are worth asking for beforehand. */
    static final int TILE_AHEAD = 4;

    /** What {@link #LARGEST} starts at: finite, so that weights of scores of −∞ are 0, not NaN. */
    static final float LOWEST = -Float.MAX_VALUE;

    // Places behind the arguments, for the tile and rows at hand.
    private static final int TILES_LEFT = 30;
    private static final int VALUES = 31;
    private static final int VISIBLE_FROM = 32;
    private static final int VISIBLE_TO = 33;
    private static final int AHEAD = 34;
    private static final int KEPT = 35;

    static final int LINE = 64;

    /** In scratch, behind the scores: what each row's sums so far are multiplied by. */
    static final int FADES = ROWS * CacheLayout.LARGEST_TILE * Float.BYTES;
    /** In scratch: what 8-bit sums of each row are multiplied by. */
    static final int FACTORS = FADES + 32;
    /** In scratch: each row's largest score. */
    static final int REFERENCES = FADES + 64;
    /** In scratch: scales of the tile's values, 0 for those that are not visible. */
    static final int SCALES = FADES + 128;

    /** Bytes of scratch. */
    static int scratchBytes() {
        return SCALES + CacheLayout.LARGEST_TILE * Float.BYTES;
    }

    MachineCode emit(Target target) {
        return new Emission(this, target).whole();
    }

    /** One emission. RDI keeps the arguments; see {@link #tiles} for the others. */
    private static final class Emission {
        private final AttentionKernel kernel;
        private final int tile;
        private final Target target;
        private final Assembler a;
        private final boolean wide;
        private final int lanes;
        private final AttentionSums sums;
        private final @Nullable ByteAttention bytes;

        Emission(AttentionKernel kernel, Target target) {
            this.kernel = kernel;
            this.tile = kernel.tile;
            this.target = target;
            this.a = target.assembler("attention " + kernel.keys + "/" + kernel.values + " " + kernel.headDim + "/"
                    + kernel.valueDim + " in " + kernel.tile
                    + (kernel.softCap == 0 ? "" : " capped at " + kernel.softCap));
            this.wide = target.isa().wide();
            this.lanes = target.lanes();
            AttentionSums.Places places = new AttentionSums.Places(
                    argument(VALUES), argument(VISIBLE_FROM), argument(VISIBLE_TO), argument(KEPT));
            this.bytes = kernel.keys == CacheFormat.BYTES ? new ByteAttention(a, kernel, places) : null;
            this.sums = bytes != null ? bytes : new FloatAttention(a, target, kernel, places);
        }

        private static Mem argument(int index) {
            return Mem.at(RDI, index * Long.BYTES);
        }

        private static Mem entry(int index) {
            return Mem.at(R12, index * Long.BYTES);
        }

        MachineCode whole() {
            target.convention().enter(a);
            a.mov(RBX, argument(SCRATCH));
            Label done = a.label();
            Label nextHead = a.here();
            when(BEGIN, this::begin);
            tiles();
            when(END, this::end);
            a.mov(RAX, argument(HEADS));
            a.sub(RAX, 1);
            a.jump(LESS_OR_EQUAL, done);
            a.mov(argument(HEADS), RAX);
            advance(FROM, FROM_STEP);
            advance(TO, TO_STEP);
            advance(KEY_OFFSET, KEY_STEP);
            advance(VALUE_OFFSET, VALUE_STEP);
            a.jump(nextHead);
            a.place(done);
            target.convention().leave(a);
            return a.finish();
        }

        private void when(int argument, Runnable emit) {
            Label not = a.label();
            a.mov(RAX, argument(argument));
            a.cmp(RAX, 1);
            a.jump(NOT_EQUAL, not);
            emit.run();
            a.place(not);
        }

        private void advance(int argument, int step) {
            a.mov(RAX, argument(argument));
            a.add(RAX, argument(step));
            a.mov(argument(argument), RAX);
        }

        /** Queries brought together; sums, totals and largest scores as they start. */
        private void begin() {
            AttentionEnds.Queries queries = new AttentionEnds.Queries(kernel.keys, kernel.headDim);
            ByteRows byteRows = new ByteRows(a);
            if (bytes != null) {
                byteRows.factor(argument(SCALE));
            } else {
                a.op(VBROADCASTSS, AttentionEnds.factor(target), argument(SCALE));
            }
            a.mov(RDX, argument(QUERIES));
            eachRow(FROM, FROM_STRIDE, kernel.headDim * Float.BYTES, () -> {
                if (bytes != null) {
                    byteRows.query(RAX, RDX, kernel.headDim);
                } else {
                    queries.row(a, target, RAX, RDX);
                }
                a.add(RDX, kernel.keys.queryBytes(kernel.headDim));
            });
            Vec zero = target.vec(0);
            a.op(wide ? VPXORD : VXORPS, zero, zero, zero);
            a.mov(RSI, argument(SUMS));
            a.mov(RCX, argument(ROW_COUNT));
            a.imul(RCX, RCX, kernel.valueDim * Float.BYTES);
            clear(zero);
            a.mov(RSI, argument(TOTALS));
            a.mov(RCX, argument(ROW_COUNT));
            a.imul(RCX, RCX, target.isa().vectorBytes());
            clear(zero);
            a.op(VMOVUPS, zero, a.constant(Float.floatToRawIntBits(LOWEST), lanes));
            a.mov(RSI, argument(LARGEST));
            a.mov(RCX, argument(ROW_COUNT));
            a.shl(RCX, 2);
            clear(zero);
        }

        /** {@code filler} to RSI on, until RCX bytes are written, and up to a vector more. */
        private void clear(Vec filler) {
            Label loop = a.here();
            a.op(VMOVUPS_STORE, Mem.at(RSI), filler);
            a.add(RSI, target.isa().vectorBytes());
            a.sub(RCX, target.isa().vectorBytes());
            a.jump(GREATER, loop);
        }

        /** Results handed out. */
        private void end() {
            AttentionEnds.Results results = new AttentionEnds.Results(kernel.valueDim);
            a.mov(RDX, argument(SUMS));
            a.mov(R9, argument(TOTALS));
            eachRow(TO, TO_STRIDE, kernel.valueDim * Float.BYTES, () -> {
                results.row(a, target, RDX, R9, RAX);
                a.add(RDX, kernel.valueDim * Float.BYTES);
                a.add(R9, target.isa().vectorBytes());
            });
        }

        /** {@code body} for each row, whose place outside is in RAX; RSI, RCX and R8 count. */
        private void eachRow(int start, int stride, int headBytes, Runnable body) {
            a.mov(RSI, argument(start));
            a.mov(R8, argument(TOKENS));
            Label token = a.here();
            a.mov(RAX, RSI);
            a.mov(RCX, argument(TOGETHER));
            Label head = a.here();
            body.run();
            a.add(RAX, headBytes);
            a.sub(RCX, 1);
            a.jump(GREATER, head);
            a.add(RSI, argument(stride));
            a.sub(R8, 1);
            a.jump(GREATER, token);
        }

        /**
         * R8 queries, R9 sums, R10 largest, R11 totals, R14 limits of the rows at hand; RBP rows left; RBX scratch; R12
         * tiles; R15 keys; R13 what is asked for beforehand; RAX, RCX, RDX, RSI for anything.
         */
        private void tiles() {
            a.mov(R12, argument(TILES));
            a.mov(RAX, argument(TILE_COUNT));
            Label nextTile = a.here();
            a.mov(argument(TILES_LEFT), RAX);
            a.mov(R15, entry(0));
            a.add(R15, argument(KEY_OFFSET));
            a.mov(RAX, entry(1));
            a.add(RAX, argument(VALUE_OFFSET));
            a.mov(argument(VALUES), RAX);
            a.mov(RAX, entry(TILE_AHEAD));
            a.mov(argument(AHEAD), RAX);
            a.mov(RAX, 0);
            a.mov(argument(VISIBLE_FROM), RAX);
            a.mov(RAX, tile);
            a.mov(argument(VISIBLE_TO), RAX);
            a.mov(R8, argument(QUERIES));
            a.mov(R9, argument(SUMS));
            a.mov(R10, argument(LARGEST));
            a.mov(R11, argument(TOTALS));
            a.mov(R14, argument(LIMITS));
            a.mov(RBP, argument(ROW_COUNT));
            if (bytes != null) {
                bytes.scales(null); // where a tile is not whole, again for what rows see of it
            }
            Label tileDone = a.label();
            Label nextRows = a.here();
            rowsAtOnce(nextRows, tileDone);
            a.place(tileDone);
            a.add(R12, TILE_LONGS * Long.BYTES);
            a.mov(RAX, argument(TILES_LEFT));
            a.sub(RAX, 1);
            a.jump(GREATER, nextTile);
        }

        private void rowsAtOnce(Label nextRows, Label tileDone) {
            Label[] bodies = new Label[ROWS];
            for (int rows = 1; rows <= ROWS; rows++) {
                bodies[rows - 1] = a.label();
            }
            Label partly = a.label();
            a.mov(RAX, entry(TILE_WHOLE));
            a.cmp(RAX, 1);
            a.jump(NOT_EQUAL, partly);
            for (int rows = ROWS; rows > 1; rows--) {
                a.cmp(RBP, rows);
                a.jump(GREATER_OR_EQUAL, bodies[rows - 1]);
            }
            a.jump(bodies[0]);
            a.place(partly);
            alike(nextRows, tileDone);
            for (int rows = ROWS; rows > 1; rows--) {
                a.cmp(RAX, rows);
                a.jump(EQUAL, bodies[rows - 1]);
            }
            for (int rows = 1; rows <= ROWS; rows++) {
                a.align(16);
                a.place(bodies[rows - 1]);
                rows(rows);
                a.mov(RAX, 0);
                a.mov(argument(AHEAD), RAX);
                next(rows, nextRows);
                if (rows < ROWS) {
                    a.jump(tileDone);
                }
            }
        }

        /** Goes on by {@code rows} rows, if there are more. */
        private void next(int rows, Label nextRows) {
            a.add(R8, rows * kernel.keys.queryBytes(kernel.headDim));
            a.add(R9, rows * kernel.valueDim * Float.BYTES);
            a.add(R10, rows * Float.BYTES);
            a.add(R11, rows * target.isa().vectorBytes());
            a.add(R14, rows * 2 * Integer.BYTES);
            a.sub(RBP, rows);
            a.jump(GREATER, nextRows);
        }

        /** Sets what the first row at hand sees of the tile, and RAX to how many rows, from it on, see the same. */
        private void alike(Label nextRows, Label tileDone) {
            Label sees = a.label();
            Label found = a.label();
            visible(R14);
            a.cmp(RCX, RDX);
            a.jump(LESS, sees);
            next(1, nextRows);
            a.jump(tileDone);
            a.place(sees);
            a.mov(argument(VISIBLE_FROM), RCX);
            a.mov(argument(VISIBLE_TO), RDX);
            a.mov(RAX, 1);
            a.mov(RSI, R14);
            Label more = a.here();
            a.cmp(RAX, RBP);
            a.jump(GREATER_OR_EQUAL, found);
            a.cmp(RAX, ROWS);
            a.jump(GREATER_OR_EQUAL, found);
            a.add(RSI, 2 * Integer.BYTES);
            visible(RSI);
            a.cmp(RCX, argument(VISIBLE_FROM));
            a.jump(NOT_EQUAL, found);
            a.cmp(RDX, argument(VISIBLE_TO));
            a.jump(NOT_EQUAL, found);
            a.add(RAX, 1);
            a.jump(more);
            a.place(found);
        }

        /** RCX and RDX: the first position of the tile that the row with these limits sees, and one past the last. */
        private void visible(Gpr limits) {
            Label notBefore = a.label();
            Label notAfter = a.label();
            a.movsxd(RCX, Mem.at(limits));
            a.add(RCX, entry(TILE_START));
            a.jump(GREATER_OR_EQUAL, notBefore);
            a.xor(RCX, RCX);
            a.place(notBefore);
            a.movsxd(RDX, Mem.at(limits, Integer.BYTES));
            a.add(RDX, entry(TILE_START));
            a.cmp(RDX, tile);
            a.jump(LESS_OR_EQUAL, notAfter);
            a.mov(RDX, tile);
            a.place(notAfter);
        }

        /** All of a tile for {@code rows} rows. */
        private void rows(int rows) {
            Label byGroups = a.label();
            Label scored = a.label();
            a.mov(RAX, entry(TILE_WHOLE));
            a.cmp(RAX, 1);
            a.jump(NOT_EQUAL, byGroups);
            scores(rows);
            cap(rows);
            a.jump(scored);
            a.place(byGroups);
            scoresByGroups(rows);
            cap(rows); // those of positions that nobody sees too: they are masked after
            mask(rows);
            a.place(scored);
            new AttentionSoftmax(a, target, kernel, bytes).emit(rows);
            values(rows);
        }

        private Mem score(int row, int byteOffset) {
            return Mem.at(RBX, row * tile * Float.BYTES + byteOffset);
        }

        /** Scores of all positions. */
        private void scores(int rows) {
            for (List<Piece> pieces : Pieces.groups(Pieces.of(tile, lanes), sums.most(rows))) {
                a.mov(RSI, R15);
                a.xor(RAX, RAX);
                sums.scores(rows, pieces, 0);
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < pieces.size(); j++) {
                        Piece piece = pieces.get(j);
                        a.op(VMOVUPS_STORE, score(i, piece.from() * Float.BYTES), AttentionSums.sum(i, j, pieces));
                    }
                }
            }
        }

        /** Scores of the groups of positions that hold visible ones; asks for their values. */
        private void scoresByGroups(int rows) {
            int group = CacheLayout.GROUP;
            List<Piece> pieces = Pieces.of(group, lanes);
            a.mov(RAX, argument(VISIBLE_FROM));
            a.and(RAX, -group);
            a.mov(RSI, RAX);
            a.imul(RSI, RSI, kernel.keyGroup / group);
            a.add(RSI, R15);
            a.mov(R13, RAX);
            a.imul(R13, R13, kernel.valueRow / kernel.values.together());
            a.add(R13, argument(VALUES));
            Label nextGroup = a.here();
            sums.scores(rows, pieces, valueLines());
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < pieces.size(); j++) {
                    int at = (i * tile + pieces.get(j).from()) * Float.BYTES;
                    a.op(VMOVUPS_STORE, Mem.at(RBX, RAX, Float.BYTES, at), AttentionSums.sum(i, j, pieces));
                }
            }
            int read = kernel.headDim * CacheLayout.GROUP * kernel.keys.elementBytes();
            if (kernel.keyGroup != read) {
                a.add(RSI, kernel.keyGroup - read);
            }
            a.add(RAX, group);
            a.cmp(RAX, argument(VISIBLE_TO));
            a.jump(LESS, nextGroup);
        }

        /** Lines of values to ask for at each word of a key, so that all of a group are; 0 where heads lie between. */
        private int valueLines() {
            int steps = kernel.headDim / kernel.keys.together();
            int rowBytes = kernel.valueDim * kernel.values.columnBytes();
            if (kernel.valueRow != rowBytes) {
                return 0;
            }
            int size = CacheLayout.GROUP / kernel.values.together() * rowBytes;
            return (size / LINE + steps - 1) / steps;
        }

        /**
         * Bounds scores x, in units of log2 e: c · tanh(x / c) as {@code ±c · (1 − t) / (1 + t)} with {@code t = 2^(−|x| · 2 / softCap)}
         * and {@code c = softCap · log2 e}.
         */
        private void cap(int rows) {
            if (kernel.softCap == 0) {
                return;
            }
            Vec x = target.vec(0);
            Vec t = target.vec(1);
            Vec one = target.vec(6);
            Vec slope = target.vec(7);
            Vec bound = target.vec(8);
            Vec sign = target.vec(9);
            a.op(VMOVUPS, one, floats(1));
            a.op(VMOVUPS, slope, floats(2 / kernel.softCap));
            a.op(VMOVUPS, bound, floats((float) (kernel.softCap / Math.log(2))));
            a.op(VMOVUPS, sign, a.constant(Integer.MIN_VALUE, lanes));
            PowerOfTwo power = new PowerOfTwo(a, target, target.vec(10));
            a.xor(RSI, RSI);
            Label next = a.here();
            Mem score = Mem.at(RBX, RSI, 1, 0);
            a.op(VMOVUPS, x, score);
            a.op(wide ? VPXORD : VXORPS, t, x, sign);
            a.op(VMINPS, t, t, x);
            a.op(VMULPS, t, t, slope);
            power.emit(t, target.vec(2), target.vec(3), target.vec(4), target.vec(5));
            a.op(wide ? VPANDD : VPAND, x, x, sign);
            a.op(VSUBPS, target.vec(2), one, t);
            a.op(VADDPS, t, one, t);
            a.op(VDIVPS, t, target.vec(2), t);
            a.op(VMULPS, t, t, bound);
            a.op(wide ? VPXORD : VXORPS, x, x, t);
            a.op(VMOVUPS_STORE, score, x);
            a.add(RSI, target.isa().vectorBytes());
            a.cmp(RSI, rows * tile * Float.BYTES);
            a.jump(LESS, next);
        }

        private Mem floats(float value) {
            return a.constant(Float.floatToRawIntBits(value), lanes);
        }

        /** Puts −∞ in the place of scores of positions that are not visible. */
        private void mask(int rows) {
            int[] table = new int[3 * tile];
            for (int i = tile; i < 2 * tile; i++) {
                table[i] = -1;
            }
            a.lea(RSI, a.constant(table));
            a.mov(RCX, argument(VISIBLE_FROM));
            a.shl(RCX, 2);
            a.mov(RDX, RSI);
            a.sub(RSI, RCX);
            a.mov(RCX, argument(VISIBLE_TO));
            a.shl(RCX, 2);
            a.sub(RDX, RCX);
            if (bytes != null) {
                bytes.scales(at -> {
                    Vec visible = target.vec(1);
                    a.op(VMOVUPS, visible, Mem.at(RSI, tile * Float.BYTES + at));
                    a.op(VPANDD, visible, visible, Mem.at(RDX, 2 * tile * Float.BYTES + at));
                    return visible;
                });
            }
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
        }

        private void values(int rows) {
            boolean first = true;
            for (List<Piece> pieces : Pieces.groups(Pieces.of(kernel.valueDim, lanes), sums.mostValues(rows))) {
                sums.values(rows, pieces, first ? this::ahead : null);
                first = false;
            }
        }

        /**
         * Asks for the next tile's keys, as many as {@code positions} positions have, while RCX is below {@link #AHEAD};
         * for 0 positions, sets R13 to where these keys lie.
         */
        private void ahead(int positions) {
            if (positions == 0) {
                a.mov(R13, entry(TILE_LONGS));
                a.add(R13, argument(KEY_OFFSET));
                return;
            }
            Label enough = a.label();
            a.cmp(RCX, argument(AHEAD));
            a.jump(GREATER_OR_EQUAL, enough);
            int lines = Math.max(1, positions * kernel.headDim * kernel.keys.elementBytes() / LINE);
            for (int line = 0; line < lines; line++) {
                a.prefetcht0(Mem.at(R13, line * LINE));
            }
            a.add(R13, lines * LINE);
            a.place(enough);
        }
    }
}
