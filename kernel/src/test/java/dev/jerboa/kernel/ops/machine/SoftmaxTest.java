package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.Tables.address;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SoftmaxTest {
    @Property(tries = 150)
    void rowsBecomeShares(
            @ForAll @IntRange(min = 1, max = 3) int rows,
            @ForAll @IntRange(min = 1, max = 200) int size,
            @ForAll @IntRange(min = 1, max = 60) int spread,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        float scale = spread / 2f;
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows x = Tables.random(memory, edge, rows, size, random);
                FloatRows expected = FloatRows.allocate(arena, rows, size);
                for (int r = 0; r < rows; r++) {
                    for (int c = 0; c < size; c += 1 + random.nextInt(20)) {
                        x.set(r, c, c == 0 ? 0 : Float.NEGATIVE_INFINITY);
                    }
                    reference(x, r, scale, expected);
                }
                new Softmax(routines).rows(new Arguments(arena), address(x, 0, 0), 4L * size, rows, size, scale);
                Tables.close(x, expected, 2e-6, 1e-44, routines.target().toString());
            }
        }
    }

    private static void reference(FloatRows x, int row, float scale, FloatRows out) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int c = 0; c < x.cols(); c++) {
            largest = Math.max(largest, x.get(row, c) * scale);
        }
        double sum = 0;
        for (int c = 0; c < x.cols(); c++) {
            sum += Math.exp(x.get(row, c) * scale - largest);
        }
        for (int c = 0; c < x.cols(); c++) {
            out.set(row, c, (float) (Math.exp(x.get(row, c) * scale - largest) / sum));
        }
    }

    @Test
    void extremes() {
        float low = Float.NEGATIVE_INFINITY;
        assertThat(softmaxOf(3e38f, -3e38f, 0)).containsExactly(1, 0, 0);
        assertThat(softmaxOf(low, 5, low)).containsExactly(0, 1, 0);
        assertThat(softmaxOf(1e-40f, -1e-40f)).containsExactly(0.5f, 0.5f);
        assertThat(softmaxOf(low, low)).containsOnly(Float.NaN);
        assertThat(softmaxOf(1, Float.NaN, 2, 3, 4, 5, 6, 7, 8, 9)).containsOnly(Float.NaN);
        assertThat(softmaxOf(1, Float.POSITIVE_INFINITY)).containsOnly(Float.NaN);
    }

    private static float[] softmaxOf(float... values) {
        float[] found = values;
        for (Routines routines : Targets.here()) {
            try (Arena arena = Arena.ofConfined()) {
                FloatRows x = FloatRows.copyOf(arena, values, values.length);
                new Softmax(routines).rows(new Arguments(arena), address(x, 0, 0), 0, 1, values.length, 1);
                found = x.row(0);
            }
        }
        return found;
    }
}
