package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Gpr.RAX;
import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Operand;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Emits the rounding of a block of floats to whole numbers of −127 to 127 and a scale, for caches of 8 bits and the queries
 * that meet them:
 *
 * <pre>
 * largest magnitude, at least 10^−30 → scale = largest / 127 → code = nearest whole number to x / scale
 * </pre>
 *
 * <p>Scales in bfloat16 are rounded up, so that codes stay in their range. Where an element is no number the scale is none,
 * and so it is in bfloat16 where an element is infinite.
 */
final class ByteRows {
    /** Floats of a query's block that has {@code n} dimensions: codes of a whole block, a scale, −128 · Σ codes. */
    static final int QUERY_BYTES = CacheType.BLOCK + 2 * Integer.BYTES;

    static final int QUERY_SCALE = CacheType.BLOCK;
    static final int QUERY_START = QUERY_SCALE + Float.BYTES;

    private static final int LANES = 8;
    private static final int UNORDERED = 3;
    private static final float SMALLEST = 1e-30f;
    private static final int NO_NUMBER = 0x7fc00000;
    private static final Vec LARGEST = ymm(0);
    private static final Vec X = ymm(1);
    private static final Vec INVERSE = ymm(2);
    private static final Vec SPARE = ymm(3);
    private static final Vec SCALE = ymm(4);
    private static final Vec SUM = ymm(5);
    private static final Vec HALF = ymm(6);
    private static final Vec FACTOR = ymm(7);

    private final Assembler a;

    ByteRows(Assembler a) {
        this.a = a;
    }

    /** Blocks of a head of {@code dims} dimensions. */
    static int blocks(int dims) {
        return (dims + CacheType.BLOCK - 1) / CacheType.BLOCK;
    }

    /** Dimensions of block {@code block}. */
    static int size(int dims, int block) {
        return Math.min(CacheType.BLOCK, dims - block * CacheType.BLOCK);
    }

    /** Sets what {@link #query} multiplies by. */
    void factor(Mem factor) {
        a.op(VBROADCASTSS, FACTOR, factor);
    }

    /** A query of {@code dims} dimensions at {@code from}, into blocks of {@link #QUERY_BYTES} at {@code to}. */
    void query(Gpr from, Gpr to, int dims) {
        for (int block = 0; block < blocks(dims); block++) {
            int size = size(dims, block);
            Mem source = Mem.at(from, block * CacheType.BLOCK * Float.BYTES);
            Mem place = Mem.at(to, block * QUERY_BYTES);
            largest(source, size, true);
            a.op(VDIVPS, INVERSE, all(1f, INVERSE), SCALE);
            a.op(VXORPS, SUM, SUM, SUM);
            codes(source, size, place, true, false);
            a.op(VMOVSS_STORE, place.plus(QUERY_SCALE), SCALE.x());
            Pieces.acrossLanes(a, VPADDD, SUM, SPARE);
            a.op(VPSLLD, SUM, SUM, 7);
            a.op(VXORPS, SPARE, SPARE, SPARE);
            a.op(VPSUBD, SPARE, SPARE, SUM);
            a.op(VMOVD_STORE, place.plus(QUERY_START), SPARE.x());
        }
    }

    /** {@code size} floats at {@code from} into codes at {@code to}, 128 added where {@code biased}; RAX gets the scale. */
    void block(Mem from, int size, Mem to, boolean biased) {
        largest(from, size, false);
        a.op(VSUBPS, SPARE, SCALE, SCALE);
        a.op(VCMPPS, SPARE, SPARE, SPARE, UNORDERED);
        a.op(VPADDD, SCALE, SCALE, a.constant(0xffff, LANES));
        a.op(VANDPS, SCALE, SCALE, a.constant(0xffff0000, LANES));
        a.op(VMOVUPS, X, a.constant(NO_NUMBER, LANES));
        a.op(VBLENDVPS, SCALE, SCALE, X, SPARE);
        a.op(VDIVPS, INVERSE, all(1f, INVERSE), SCALE);
        codes(from, size, to, false, biased);
        a.op(VPSRLD, SCALE, SCALE, 16);
        a.vmovd(RAX, SCALE.x());
    }

    private Vec all(float value, Vec in) {
        a.op(VMOVUPS, in, a.constant(Float.floatToRawIntBits(value), LANES));
        return in;
    }

    private Vec load(Mem from, Piece piece, boolean multiplied) {
        Vec x = piece.in(X.number());
        a.op(piece.single() ? VMOVSS : VMOVUPS, x, from.plus(piece.from() * Float.BYTES));
        if (multiplied) {
            a.op(VMULPS, x, x, new Vec(FACTOR.number(), x.bytes()));
        }
        return x;
    }

    /** Sets the scale from the largest magnitude, compared as whole numbers, so that what is no number is the largest. */
    private void largest(Mem from, int size, boolean multiplied) {
        a.op(VXORPS, LARGEST, LARGEST, LARGEST);
        for (Piece piece : Pieces.of(size, LANES)) {
            Vec x = load(from, piece, multiplied);
            a.op(VANDPS, x, x, a.constant(Integer.MAX_VALUE, LANES));
            a.op(VPMAXSD, LARGEST, LARGEST, X);
        }
        Pieces.acrossLanes(a, VPMAXSD, LARGEST, X);
        a.op(VMAXPS, SCALE, all(SMALLEST, SPARE), LARGEST); // the second operand where one is no number
        a.op(VMULPS, SCALE, SCALE, a.constant(Float.floatToRawIntBits(1f / 127), LANES));
    }

    private void codes(Mem from, int size, Mem to, boolean query, boolean biased) {
        for (Piece piece : Pieces.of(size, LANES)) {
            Vec x = load(from, piece, query);
            a.op(VMULPS, x, x, new Vec(INVERSE.number(), x.bytes()));
            a.op(VCVTPS2DQ, x, x);
            if (query) {
                a.op(VPADDD, SUM, SUM, X);
            }
            a.op(VPSHUFB, x, x, a.constant(0x0c080400, LANES)); // the lowest byte of each word
            if (biased) {
                a.op(VPXOR, x, x, a.constant(0x80808080, LANES));
            }
            Mem place = to.plus(piece.from());
            if (piece.single()) {
                a.vmovd(RAX, X.x());
                a.mov8(place, RAX);
            } else {
                a.op(VMOVD_STORE, place, X.x());
                if (piece.count() == LANES) {
                    a.op(VEXTRACTI128, (Operand) HALF.x(), X, 1);
                    a.op(VMOVD_STORE, place.plus(Integer.BYTES), HALF.x());
                }
            }
        }
    }
}
