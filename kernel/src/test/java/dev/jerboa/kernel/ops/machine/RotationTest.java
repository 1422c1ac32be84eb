package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.Tables.address;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RotationTest {
    private static final ScalarOps SCALAR = new ScalarOps();

    /** The same bits: the scalar tier rounds every product and sum to float32 too. */
    @Property(tries = 200)
    void headsTurnAsInTheScalarTier(
            @ForAll Layout layout,
            @ForAll @IntRange(min = 1, max = 4) int heads,
            @ForAll @IntRange(min = 1, max = 40) int half,
            @ForAll @IntRange(min = 0, max = 5) int gap,
            @ForAll @IntRange(min = 0, max = 3) int col,
            @ForAll boolean extremes,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        int dims = 2 * half;
        int stride = dims + gap;
        int cols = col + (heads - 1) * stride + dims;
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows x = extremes
                        ? Tables.extreme(memory, edge, 1, cols, random)
                        : Tables.random(memory, edge, 1, cols, random);
                RotaryTable table = new RotaryTable(Tables.random(memory, edge, 1, dims, random), dims, layout);
                FloatRows expected = Tables.copy(memory, edge, x);
                StepTokens token = new StepTokens(1, new int[] {0}, new int[][] {{0}});
                SCALAR.rotate(Tables.ALONE, expected, token, col, heads, stride, table);
                new Rotation(routines)
                        .heads(
                                new Arguments(arena),
                                layout,
                                address(x, 0, col),
                                4L * stride,
                                heads,
                                dims,
                                address(table.values(), 0, 0));
                Tables.same(x, expected, routines.target() + " " + layout);
            }
        }
    }
}
