package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VBLENDVPS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMASKMOVPS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMASKMOVPS_STORE;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS_STORE;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Emits the loops that kernels over float32 rows share: over rows, and within a row over whole vectors of 8 floats with a
 * remainder under a mask. What a float is computed from does not depend on which of these it falls into.
 *
 * <p>RDI holds the arguments throughout. {@link #floats} uses RAX, RBX, RBP and the vector register 13.
 */
final class Loops {
    static final int LANES = 8;

    private static final int VECTOR_BYTES = 4 * LANES;
    private static final Gpr OFFSET = Gpr.RAX;
    private static final Gpr LIMIT = Gpr.RBX;
    private static final Gpr MASK_AT = Gpr.RBP;
    private static final Vec MASK = Vec.ymm(13);
    private static final int[] MASKS = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

    private Loops() {}

    /** Argument {@code index} of the routine. */
    static Mem argument(int index) {
        return Mem.at(Gpr.RDI, 8 * index);
    }

    /**
     * A register that goes from row to row.
     *
     * @param start the register that holds the first row's address, or null: argument {@code first} does
     * @param stride the argument that holds the bytes from a row to the next
     */
    record Pointer(Gpr register, @Nullable Gpr start, int first, int stride) {
        /** Starts at argument {@code first}. */
        Pointer(Gpr register, int first, int stride) {
            this(register, null, first, stride);
        }

        /** Starts where {@code start} points. */
        Pointer(Gpr register, Gpr start, int stride) {
            this(register, start, 0, stride);
        }
    }

    /** A loop whose number of rounds, at least 1, is argument {@code count}; the body leaves the registers as they are. */
    static void rows(Assembler a, Gpr counter, int count, List<Pointer> pointers, Runnable body) {
        for (Pointer pointer : pointers) {
            if (pointer.start == null) {
                a.mov(pointer.register, argument(pointer.first));
            } else {
                a.mov(pointer.register, pointer.start);
            }
        }
        a.mov(counter, argument(count));
        Label row = a.here();
        body.run();
        for (Pointer pointer : pointers) {
            a.add(pointer.register, argument(pointer.stride));
        }
        a.sub(counter, 1);
        a.jump(Condition.NOT_EQUAL, row);
    }

    /** Up to 8 consecutive floats of each row at hand, as the body of {@link #floats} sees them. */
    static final class Step {
        private final Assembler a;
        private final int lane;
        private final boolean masked;

        private Step(Assembler a, int lane, boolean masked) {
            this.a = a;
            this.lane = lane;
            this.masked = masked;
        }

        /** Which copy of the body this is, 0 to unroll − 1: sums take one register each. Always 0 at a row's end. */
        int lane() {
            return lane;
        }

        /** Loads from the row at {@code base}; zeros beyond the row's end. */
        void load(Vec into, Gpr base) {
            if (masked) {
                a.op(VMASKMOVPS, into, MASK, place(base));
            } else {
                a.op(VMOVUPS, into, place(base));
            }
        }

        /** Puts the lanes of {@code filler} where the row has ended. */
        void fill(Vec values, Vec filler) {
            if (masked) {
                a.op(VBLENDVPS, values, filler, values, MASK);
            }
        }

        /** Stores to the row at {@code base}, nothing beyond its end. */
        void store(Gpr base, Vec values) {
            if (masked) {
                a.op(VMASKMOVPS_STORE, place(base), MASK, values);
            } else {
                a.op(VMOVUPS_STORE, place(base), values);
            }
        }

        private Mem place(Gpr base) {
            return Mem.at(base, OFFSET, 1, VECTOR_BYTES * lane);
        }
    }

    /** A loop over the floats of a row; argument {@code count} says how many. */
    static void floats(Assembler a, int count, int unroll, Consumer<Step> body) {
        a.xor(OFFSET, OFFSET);
        if (unroll > 1) {
            vectors(a, count, unroll, body);
        }
        vectors(a, count, 1, body);
        Label done = a.label();
        a.mov(LIMIT, argument(count));
        a.and(LIMIT, LANES - 1);
        a.jump(Condition.EQUAL, done);
        mask(a, LIMIT, MASK);
        body.accept(new Step(a, 0, true));
        a.place(done);
    }

    /** A loop over the floats of a row in blocks of {@code block} vectors; argument {@code count} is a multiple of those. */
    static void blocks(Assembler a, int count, int block, Consumer<List<Step>> body) {
        a.xor(OFFSET, OFFSET);
        a.mov(LIMIT, argument(count));
        a.shl(LIMIT, 2);
        a.align(32);
        Label again = a.here();
        body.accept(IntStream.range(0, block)
                .mapToObj(lane -> new Step(a, lane, false))
                .toList());
        a.add(OFFSET, VECTOR_BYTES * block);
        a.cmp(OFFSET, LIMIT);
        a.jump(Condition.LESS, again);
    }

    private static void vectors(Assembler a, int count, int unroll, Consumer<Step> body) {
        Label again = a.label();
        Label done = a.label();
        a.mov(LIMIT, argument(count));
        a.and(LIMIT, -LANES * unroll);
        a.shl(LIMIT, 2);
        a.cmp(OFFSET, LIMIT);
        a.jump(Condition.GREATER_OR_EQUAL, done);
        a.align(32);
        a.place(again);
        for (int lane = 0; lane < unroll; lane++) {
            body.accept(new Step(a, lane, false));
        }
        a.add(OFFSET, VECTOR_BYTES * unroll);
        a.cmp(OFFSET, LIMIT);
        a.jump(Condition.LESS, again);
        a.place(done);
    }

    /** A mask of as many lanes as {@code count} says, 0 to 8; changes RBP and scales {@code count} by 4 and back. */
    static void mask(Assembler a, Gpr count, Vec mask) {
        a.lea(MASK_AT, a.constant(MASKS).plus(VECTOR_BYTES));
        a.shl(count, 2);
        a.sub(MASK_AT, count);
        a.shr(count, 2);
        a.op(VMOVUPS, mask, Mem.at(MASK_AT));
    }
}
