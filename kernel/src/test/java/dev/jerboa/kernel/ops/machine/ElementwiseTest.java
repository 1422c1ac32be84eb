package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.Tables.address;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The same bits as the scalar tier, which rounds every product and sum to float32 too. */
class ElementwiseTest {
    private static final ScalarOps SCALAR = new ScalarOps();

    @Property(tries = 150)
    void sums(
            @ForAll @IntRange(min = 1, max = 4) int rows,
            @ForAll @IntRange(min = 1, max = 80) int cols,
            @ForAll boolean bias,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows x = Tables.extreme(memory, edge, rows, cols, random);
                FloatRows y = Tables.extreme(memory, edge, bias ? 1 : rows, cols, random);
                FloatRows expected = Tables.copy(memory, edge, x);
                if (bias) {
                    SCALAR.addBias(Tables.ALONE, expected, rows, y);
                } else {
                    SCALAR.add(Tables.ALONE, expected, y, rows);
                }
                new Elementwise(routines)
                        .add(
                                new Arguments(arena),
                                address(x, 0, 0),
                                4L * cols,
                                address(y, 0, 0),
                                bias ? 0 : 4L * cols,
                                rows,
                                cols);
                Tables.same(x, expected, routines.target().toString());
            }
        }
    }

    /** More terms than one call of the routine takes, and none at all. */
    @Property(tries = 150)
    void weightedSums(
            @ForAll @IntRange(min = 0, max = 60) int terms,
            @ForAll @IntRange(min = 1, max = 80) int cols,
            @ForAll boolean accumulate,
            @ForAll boolean extremes,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        int[] places = random.ints(2L * terms, 0, 7).toArray();
        float[] scales = new float[2 * terms];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = extremes && random.nextInt(8) == 0
                    ? Tables.EXTREMES[random.nextInt(Tables.EXTREMES.length)]
                    : random.nextFloat();
        }
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows x = Tables.random(memory, edge, 2, cols, random);
                FloatRows y = Tables.random(memory, edge, 7, cols, random);
                FloatRows expected = Tables.copy(memory, edge, x);
                if (accumulate || terms == 0) {
                    SCALAR.addWeighted(Tables.ALONE, expected, 2, y, places, scales, terms);
                } else {
                    SCALAR.weightedSums(Tables.ALONE, expected, 0, 2, y, places, scales, terms);
                }
                for (int t = 0; t < 2; t++) {
                    new Elementwise(routines)
                            .addWeighted(
                                    new Arguments(arena),
                                    accumulate,
                                    address(x, t, 0),
                                    cols,
                                    address(y, 0, 0),
                                    4L * cols,
                                    places,
                                    scales,
                                    t * terms,
                                    terms);
                }
                Tables.same(x, expected, routines.target().toString());
            }
        }
    }

    @Property(tries = 150)
    void copies(
            @ForAll @IntRange(min = 1, max = 3) int rows,
            @ForAll @IntRange(min = 1, max = 4) int segments,
            @ForAll @IntRange(min = 1, max = 80) int size,
            @ForAll @IntRange(min = 0, max = 5) int gap,
            @ForAll @IntRange(min = 0, max = 3) int col,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        int fromStride = size + gap;
        int toStride = size + 2 * gap;
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows from = Tables.extreme(memory, edge, rows, (segments - 1) * fromStride + size, random);
                FloatRows to = Tables.random(memory, edge, rows, col + (segments - 1) * toStride + size, random);
                FloatRows expected = Tables.copy(memory, edge, to);
                SCALAR.copy(Tables.ALONE, from, 0, fromStride, expected, col, toStride, segments, size, rows);
                new Elementwise(routines)
                        .copy(
                                new Arguments(arena),
                                address(from, 0, 0),
                                4L * from.cols(),
                                4L * fromStride,
                                address(to, 0, col),
                                4L * to.cols(),
                                4L * toStride,
                                rows,
                                segments,
                                size);
                Tables.same(to, expected, routines.target().toString());
            }
        }
    }
}
