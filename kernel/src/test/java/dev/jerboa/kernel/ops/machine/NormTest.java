package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.Tables.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class NormTest {
    private static final ScalarOps SCALAR = new ScalarOps();
    private static final float EPS = 1e-6f;

    @Property(tries = 150)
    void rowsAgreeWithTheScalarTier(
            @ForAll @IntRange(min = 1, max = 4) int rows,
            @ForAll @IntRange(min = 1, max = 300) int size,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows x = Tables.random(memory, edge, rows, size, random);
                FloatRows weight = Tables.random(memory, edge, 1, size, random);
                FloatRows found = Tables.random(memory, edge, rows, size, random);
                Panel expected = SCALAR.panel(arena, rows, size, List.of());
                SCALAR.rmsNorm(Tables.ALONE, x, rows, weight, EPS, expected);
                new Norm(routines)
                        .rows(
                                new Arguments(arena),
                                address(x, 0, 0),
                                4L * size,
                                address(found, 0, 0),
                                4L * size,
                                rows,
                                size,
                                address(weight, 0, 0),
                                EPS);
                Tables.close(found, expected.rows(), 1e-6, 0, name(routines));
            }
        }
    }

    /** A row's bits are the same alone, among others, in place, and with records beside them. */
    @Property(tries = 60)
    void formsAgree(
            @ForAll @IntRange(min = 1, max = 4) int rows,
            @ForAll @IntRange(min = 1, max = 9) int blocks,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        int size = 32 * blocks;
        long recordBytes = ActivationRecord.rowBytes(size);
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                Arguments arguments = new Arguments(arena);
                Norm norm = new Norm(routines);
                FloatRows x = Tables.random(memory, edge, rows, size, random);
                long weight = address(Tables.random(memory, edge, 1, size, random), 0, 0);
                FloatRows alone = Tables.random(memory, edge, rows, size, random);
                for (int r = 0; r < rows; r++) {
                    norm.rows(arguments, address(x, r, 0), 0, address(alone, r, 0), 0, 1, size, weight, EPS);
                }
                FloatRows fused = Tables.random(memory, edge, rows, size, random);
                MemorySegment records = memory.buffer(rows * recordBytes, edge);
                norm.rowsAndRecords(
                        arguments,
                        address(x, 0, 0),
                        4L * size,
                        address(fused, 0, 0),
                        4L * size,
                        records.address(),
                        recordBytes,
                        rows,
                        size,
                        weight,
                        EPS);
                Tables.same(fused, alone, "with records, " + name(routines));
                MemorySegment expected = memory.buffer(rows * recordBytes, edge);
                new Quantiser(routines)
                        .run(arguments, address(alone, 0, 0), 4L * size, expected.address(), recordBytes, rows, size);
                assertThat(records.mismatch(expected)).as("records").isEqualTo(-1);
                norm.inPlace(arguments, address(x, 0, 0), 4L * size, rows, 1, 0, size, weight, EPS);
                Tables.same(x, alone, "in place, " + name(routines));
            }
        }
    }

    @Property(tries = 100)
    void segmentsAgreeWithTheScalarTier(
            @ForAll @IntRange(min = 1, max = 3) int rows,
            @ForAll @IntRange(min = 1, max = 5) int segments,
            @ForAll @IntRange(min = 1, max = 140) int size,
            @ForAll @IntRange(min = 0, max = 3) int col,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows x = Tables.random(memory, edge, rows, col + segments * size, random);
                FloatRows weight = Tables.random(memory, edge, 1, size, random);
                FloatRows expected = Tables.copy(memory, edge, x);
                SCALAR.rmsNormInPlace(Tables.ALONE, expected, rows, col, segments, size, weight, EPS);
                new Norm(routines)
                        .inPlace(
                                new Arguments(arena),
                                address(x, 0, col),
                                4L * x.cols(),
                                rows,
                                segments,
                                4L * size,
                                size,
                                address(weight, 0, 0),
                                EPS);
                Tables.close(x, expected, 1e-6, 0, name(routines));
            }
        }
    }

    @Test
    void extremes() {
        float huge = 1e25f; // its square passes the largest float
        assertThat(normOf(1, 2, Float.NaN)).containsOnly(Float.NaN);
        assertThat(normOf(1, 2, Float.POSITIVE_INFINITY)).containsExactly(0f, 0f, Float.NaN);
        assertThat(normOf(huge, -1, 1)).containsExactly(0f, -0f, 0f);
        assertThat(normOf(0, 0, -0f)).containsExactly(0f, 0f, -0f);
        assertThat(normOf(1e-40f, 0, 0)[0]).isCloseTo(1e-37f, within(1e-42f));
    }

    private static float[] normOf(float... values) {
        float[] found = values;
        for (Routines routines : Targets.here()) {
            try (Arena arena = Arena.ofConfined()) {
                FloatRows x = FloatRows.copyOf(arena, values, values.length);
                FloatRows weight = FloatRows.allocate(arena, 1, values.length);
                for (int c = 0; c < values.length; c++) {
                    weight.set(0, c, 1);
                }
                long at = address(x, 0, 0);
                new Norm(routines)
                        .rows(new Arguments(arena), at, 0, at, 0, 1, values.length, address(weight, 0, 0), EPS);
                found = x.row(0);
            }
        }
        return found;
    }

    @Test
    void partsOfBlocksAreRefusedAndEmptyTablesAreFine() {
        for (Routines routines : Targets.here()) {
            try (Arena arena = Arena.ofConfined()) {
                Norm norm = new Norm(routines);
                Arguments arguments = new Arguments(arena);
                assertThatThrownBy(() -> norm.rowsAndRecords(arguments, 0, 0, 0, 0, 0, 0, 1, 33, 0, EPS))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("33");
                norm.rows(arguments, 0, 0, 0, 0, 0, 8, 0, EPS);
                norm.rowsAndRecords(arguments, 0, 0, 0, 0, 0, 0, 0, 32, 0, EPS);
                norm.inPlace(arguments, 0, 0, 1, 0, 0, 8, 0, EPS);
            }
        }
    }

    private static String name(Routines routines) {
        return routines.target().isa().key();
    }
}
