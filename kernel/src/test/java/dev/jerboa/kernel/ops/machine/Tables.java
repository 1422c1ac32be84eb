package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Float tables between guard pages, and how two of them compare. */
final class Tables {
    /** Values that formulas meet rarely. */
    static final float[] EXTREMES = {
        0f,
        -0f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -1e-40f,
        3e38f,
        -3e38f,
        88f,
        -88f,
        -87.5f,
        -104f,
        1f,
        -1f
    };

    /** The only worker there is. */
    static final Worker ALONE = Worker.alone();

    /** One of several workers, whom nobody waits for. */
    record OneOf(int id, int count) implements Worker {
        @Override
        public void barrier() {}

        @Override
        public void checkOthers() {}
    }

    private Tables() {}

    static FloatRows random(GuardedMemory memory, Edge edge, int rows, int cols, Random random) {
        FloatRows table = new FloatRows(memory.buffer(4L * rows * cols, edge), rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                table.set(r, c, (float) random.nextGaussian());
            }
        }
        return table;
    }

    /** Of {@link #EXTREMES}, one in two floats. */
    static FloatRows extreme(GuardedMemory memory, Edge edge, int rows, int cols, Random random) {
        FloatRows table = random(memory, edge, rows, cols, random);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                if (random.nextBoolean()) {
                    table.set(r, c, EXTREMES[random.nextInt(EXTREMES.length)]);
                }
            }
        }
        return table;
    }

    static FloatRows copy(GuardedMemory memory, Edge edge, FloatRows table) {
        MemorySegment buffer = memory.buffer(4L * table.rows() * table.cols(), edge);
        buffer.copyFrom(table.data().asSlice(0, buffer.byteSize()));
        return new FloatRows(buffer, table.rows(), table.cols());
    }

    static long address(FloatRows table, int row, int col) {
        return table.data().address() + table.offset(row) + 4L * col;
    }

    /** Bit by bit, but for what NaN is made of. */
    static void same(FloatRows found, FloatRows expected, String what) {
        assertThat(bits(found)).as(what).isEqualTo(bits(expected));
    }

    private static int[] bits(FloatRows table) {
        int[] bits = table.data().asSlice(0, 4L * table.rows() * table.cols()).toArray(ValueLayout.JAVA_INT_UNALIGNED);
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToIntBits(Float.intBitsToFloat(bits[i]));
        }
        return bits;
    }

    /** NaN and infinities alike; finite values within {@code relative} of the expected, or {@code absolute}. */
    static void close(FloatRows found, FloatRows expected, double relative, double absolute, String what) {
        for (int r = 0; r < expected.rows(); r++) {
            for (int c = 0; c < expected.cols(); c++) {
                float e = expected.get(r, c);
                float f = found.get(r, c);
                boolean close = e == f
                        || Float.isNaN(e) && Float.isNaN(f)
                        || Float.isFinite(e) && Math.abs((double) e - f) <= relative * Math.abs(e) + absolute;
                assertThat(close)
                        .as("%s, row %d, column %d of %d: found %s, expected %s", what, r, c, expected.cols(), f, e)
                        .isTrue();
            }
        }
    }
}
