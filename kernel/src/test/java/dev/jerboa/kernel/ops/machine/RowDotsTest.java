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

/** The order of summation that {@link RowDots} states, bit for bit, at the edges of memory that may be touched. */
class RowDotsTest {
    @Property(tries = 150)
    void sumsInEightLanes(
            @ForAll @IntRange(min = 1, max = 20) int weightRows,
            @ForAll @IntRange(min = 1, max = 4) int count,
            @ForAll @IntRange(min = 1, max = 80) int cols,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows w = Tables.random(memory, edge, weightRows, cols, random);
                FloatRows x = Tables.random(memory, edge, count, cols, random);
                FloatRows out = Tables.random(memory, edge, count, weightRows, random);
                RowDots.run(
                        routines,
                        new Arguments(arena),
                        address(w, 0, 0),
                        4L * cols,
                        weightRows,
                        address(x, 0, 0),
                        4L * cols,
                        count,
                        cols,
                        address(out, 0, 0),
                        4L * weightRows);
                for (int i = 0; i < count; i++) {
                    for (int r = 0; r < weightRows; r++) {
                        assertThat(out.get(i, r)).isEqualTo(dot(w, r, x, i));
                    }
                }
            }
        }
    }

    private static float dot(FloatRows w, int r, FloatRows x, int i) {
        float[] lanes = new float[8];
        for (int c = 0; c < w.cols(); c++) {
            lanes[c % 8] = Math.fma(w.get(r, c), x.get(i, c), lanes[c % 8]);
        }
        for (int half = 4; half > 0; half /= 2) {
            for (int l = 0; l < half; l++) {
                lanes[l] += lanes[l + half];
            }
        }
        return lanes[0];
    }
}
