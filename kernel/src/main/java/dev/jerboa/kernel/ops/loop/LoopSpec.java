package dev.jerboa.kernel.ops.loop;

import java.util.List;

/**
 * What a fused loop computes. Values are numbered in the order in which they are defined; each belongs to the whole call
 * (constants, scalars), to a row, or to the elements of one {@link Each}.
 *
 * @param name for listings
 * @param pointers rows that it reads and writes, each an address and a stride
 * @param counts lengths of its inner loops
 * @param scalars floats that it is called with
 * @param values how many values it defines
 * @param invariants what is the same for the whole call
 * @param stages what is done for each row, in order
 */
public record LoopSpec(
        String name,
        int pointers,
        int counts,
        int scalars,
        int values,
        List<Step.Define> invariants,
        List<Stage> stages) {
    /** The most pointers: what registers hold. */
    public static final int MAX_POINTERS = 11;

    /** The most counts. */
    public static final int MAX_COUNTS = 3;

    /** The most scalars. */
    public static final int MAX_SCALARS = 8;

    /** Floats that sums are taken by: float i of a whole group of {@code unroll} of these goes to sum i mod (8 · unroll). */
    public static final int LANES = 8;

    public LoopSpec {
        if (pointers > MAX_POINTERS || counts > MAX_COUNTS || scalars > MAX_SCALARS) {
            throw new IllegalArgumentException(name + ": " + pointers + " pointers, " + counts + " counts, " + scalars
                    + " scalars; expected at most " + MAX_POINTERS + ", " + MAX_COUNTS + ", " + MAX_SCALARS);
        }
        invariants = List.copyOf(invariants);
        stages = List.copyOf(stages);
    }

    /** A part of what is done for a row. */
    public sealed interface Stage {
        List<Step> steps();
    }

    /** Steps on single numbers of the row. */
    public record Straight(List<Step> steps) implements Stage {
        public Straight {
            steps = List.copyOf(steps);
        }
    }

    /**
     * Steps on each element of the row.
     *
     * @param count which length it has
     * @param unroll vectors a turn, and of a sum: 1, 2 or 4
     */
    public record Each(int count, int unroll, List<Step> steps) implements Stage {
        public Each {
            if (unroll != 1 && unroll != 2 && unroll != 4) {
                throw new IllegalArgumentException("unrolled by " + unroll + ", expected 1, 2 or 4");
            }
            steps = List.copyOf(steps);
        }
    }

    /** One thing to do. */
    public sealed interface Step {
        /** Gives value {@code value} what {@code node} computes. */
        record Define(int value, Node node) implements Step {}

        /** Stores a value: its element at {@code offset} floats after the pointer's, or the number there. */
        record Store(int pointer, int offset, int value) implements Step {}

        /** Defines a value of the row from all elements of {@code of}, times those of {@code times} where that is not −1. */
        record Reduce(int value, Reduction reduction, int of, int times) implements Step {}
    }

    /** Elements to one number. */
    public enum Reduction {
        SUM,
        MAX
    }

    /** What a value is computed from; numbers name other values. */
    public sealed interface Node {
        /** A number in the description. */
        record Constant(float number) implements Node {}

        /** A number of the call. */
        record Scalar(int index) implements Node {}

        /** The float {@code offset} floats after where a pointer's row begins. */
        record RowLoad(int pointer, int offset) implements Node {}

        /** The element, {@code offset} floats further. */
        record Load(int pointer, int offset) implements Node {}

        /** A function of one value. */
        record Unary(Function function, int a) implements Node {}

        /** A function of two. */
        record Binary(Operator operator, int a, int b) implements Node {}

        /** {@code a · b + c}, or {@code c − a · b}, rounded once. */
        record Fused(boolean negative, int a, int b, int c) implements Node {}
    }

    /** Functions of one value. */
    public enum Function {
        NEGATION,
        SQUARE_ROOT,
        /** e to the power, within 2 units in the last place. */
        EXPONENTIAL
    }

    /** Functions of two values. */
    public enum Operator {
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE,
        /** {@code a > b ? a : b}. */
        MAX,
        /** {@code a < b ? a : b}. */
        MIN
    }
}
