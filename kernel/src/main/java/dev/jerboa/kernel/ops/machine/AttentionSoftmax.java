package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.LESS;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link AttentionKernel} that makes weights of scores:
 *
 * <pre>
 * all rows together, a row a lane   largest ← max(largest, scores of the tile);  fade = 2^(largest before − largest)
 * row by row                        weights = 2^(score − largest);  total ← total · fade + Σ weights
 * </pre>
 *
 * <p>No lane meets another one: what becomes of a row does not depend on the others.
 */
final class AttentionSoftmax {
    private static final int LANES = 8;

    private final Assembler a;
    private final Target target;
    private final AttentionKernel kernel;
    private final @Nullable ByteAttention bytes;
    private final boolean wide;
    private final int vectorBytes;
    /** Vectors of a row of scores. */
    private final int count;

    AttentionSoftmax(Assembler a, Target target, AttentionKernel kernel, @Nullable ByteAttention bytes) {
        this.a = a;
        this.target = target;
        this.kernel = kernel;
        this.bytes = bytes;
        this.wide = target.isa().wide();
        this.vectorBytes = target.isa().vectorBytes();
        this.count = kernel.tile() / target.lanes();
    }

    /** Scores of {@code rows} rows, at RBX, become weights. Changes RSI, RDX and RAX. */
    void emit(int rows) {
        largest(rows);
        weights(rows);
    }

    private Mem score(int row, int vector) {
        return Mem.at(RBX, row * kernel.tile() * Float.BYTES + vector * vectorBytes);
    }

    private void largest(int rows) {
        for (int i = 0; i < rows; i++) {
            a.op(VMOVUPS, target.vec(i), score(i, 0));
            for (int j = 1; j < count; j++) {
                a.op(VMAXPS, target.vec(i), target.vec(i), score(i, j));
            }
        }
        new RowMaxima(a, target).emit(rows);
        Vec fade = ymm(1);
        Vec largest = ymm(2);
        a.op(VMOVUPS, fade, Mem.at(R10));
        a.op(VMAXPS, largest, fade, ymm(0));
        a.op(VMOVUPS_STORE, Mem.at(RBX, AttentionKernel.REFERENCES), largest);
        a.op(VSUBPS, fade, fade, largest);
        new PowerOfTwo(a, target, target.vec(7)).emit(fade, ymm(3), ymm(4), ymm(5), ymm(6));
        a.op(VMOVUPS_STORE, Mem.at(RBX, AttentionKernel.FADES), fade);
        a.op(VBLENDPS, largest, largest, Mem.at(R10), (1 << LANES) - (1 << rows)); // others stay
        a.op(VMOVUPS_STORE, Mem.at(R10), largest);
    }

    /** RSI, RDX and RAX go through the rows. */
    private void weights(int rows) {
        Vec total = target.vec(12);
        Vec fade = target.vec(13);
        Vec largest = target.vec(14);
        boolean rounded = bytes != null || kernel.values() == CacheFormat.BF16_PAIRS;
        RoundedPowerOfTwo fast = rounded ? new RoundedPowerOfTwo(a, target, 16) : null;
        PowerOfTwo exact = rounded ? null : new PowerOfTwo(a, target, target.vec(15));
        a.mov(RSI, RBX);
        a.mov(RAX, R11);
        a.xor(RDX, RDX);
        Label nextRow = a.here();
        a.op(VBROADCASTSS, largest, Mem.at(RBX, RDX, 1, AttentionKernel.REFERENCES));
        a.op(VBROADCASTSS, fade, Mem.at(RBX, RDX, 1, AttentionKernel.FADES));
        a.op(VMULPS, total, fade, Mem.at(RAX));
        for (int j = 0; j < count; j++) {
            Vec x = target.vec(j);
            a.op(VMOVUPS, x, Mem.at(RSI, j * vectorBytes));
            a.op(VSUBPS, x, x, largest);
            if (fast != null) {
                fast.emit(x, target.vec(8), target.vec(9));
            } else if (exact != null) {
                exact.emit(x, target.vec(8), target.vec(9), target.vec(10), target.vec(11));
            }
            a.op(VADDPS, total, total, x);
            if (bytes == null) {
                store(j, x);
            }
        }
        a.op(VMOVUPS_STORE, Mem.at(RAX), total);
        if (bytes != null) {
            bytes.weights(count);
        }
        a.add(RSI, kernel.tile() * Float.BYTES);
        a.add(RAX, vectorBytes);
        a.add(RDX, Float.BYTES);
        a.cmp(RDX, rows * Float.BYTES);
        a.jump(LESS, nextRow);
    }

    private void store(int vector, Vec x) {
        if (kernel.values() == CacheFormat.BF16_PAIRS) {
            a.op(VCVTNEPS2BF16, x, x);
            a.op(VMOVUPS_STORE, Mem.at(RSI, vector * target.lanes() * Short.BYTES), x.y());
        } else {
            a.op(VMOVUPS_STORE, Mem.at(RSI, vector * vectorBytes), x);
        }
    }
}
