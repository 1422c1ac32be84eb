package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.Tables.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Activation;
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

class GatedUnitTest {
    private static final ScalarOps SCALAR = new ScalarOps();

    @Property(tries = 200)
    void rowsAgreeWithTheScalarTier(
            @ForAll Activation activation,
            @ForAll @IntRange(min = 1, max = 3) int rows,
            @ForAll @IntRange(min = 1, max = 70) int cols,
            @ForAll boolean extremes,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                FloatRows gate = extremes
                        ? Tables.extreme(memory, edge, rows, cols, random)
                        : Tables.random(memory, edge, rows, cols, random);
                FloatRows up = Tables.random(memory, edge, rows, cols, random);
                FloatRows found = Tables.random(memory, edge, rows, cols, random);
                Panel expected = SCALAR.panel(arena, rows, cols, List.of());
                SCALAR.gatedUnit(Tables.ALONE, activation, gate, up, 0, rows, expected);
                new GatedUnit(routines)
                        .rows(
                                new Arguments(arena),
                                activation,
                                address(gate, 0, 0),
                                4L * cols,
                                address(up, 0, 0),
                                4L * cols,
                                address(found, 0, 0),
                                4L * cols,
                                rows,
                                cols);
                assertClose(activation, gate, found, expected.rows(), routines.target() + " " + activation);
            }
        }
    }

    /** GELU's argument has four roundings, and the power turns an error of it into a relative error as large. */
    private static void assertClose(
            Activation activation, FloatRows gate, FloatRows found, FloatRows expected, String what) {
        for (int r = 0; r < expected.rows(); r++) {
            for (int c = 0; c < expected.cols(); c++) {
                double g = gate.get(r, c);
                double argument = Math.min(90, Math.abs(2 * Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g)));
                double relative = activation == Activation.GELU_TANH ? 5e-7 + 4 * 0x1p-24 * argument : 5e-7;
                float e = expected.get(r, c);
                float f = found.get(r, c);
                boolean close = e == f
                        || Float.isNaN(e) && Float.isNaN(f)
                        || Float.isFinite(e) && Math.abs((double) e - f) <= relative * Math.abs(e) + 1e-36;
                assertThat(close)
                        .as("%s of %s, column %d of %d: found %s, expected %s", what, g, c, expected.cols(), f, e)
                        .isTrue();
            }
        }
    }

    /** A share of columns with records gives what the plain form and the quantiser give. */
    @Property(tries = 60)
    void formsAgree(
            @ForAll Activation activation,
            @ForAll @IntRange(min = 1, max = 3) int rows,
            @ForAll @IntRange(min = 1, max = 6) int blocks,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        int cols = 32 * blocks;
        int col = 32 * random.nextInt(blocks);
        long recordBytes = ActivationRecord.rowBytes(cols);
        long stride = 4L * cols;
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                Arguments arguments = new Arguments(arena);
                GatedUnit unit = new GatedUnit(routines);
                FloatRows gate = Tables.random(memory, edge, rows, cols, random);
                FloatRows up = Tables.random(memory, edge, rows, cols, random);
                FloatRows out = Tables.random(memory, edge, rows, cols, random);
                MemorySegment records = memory.buffer(rows * recordBytes, edge);
                for (int share = 0; share < 2; share++) {
                    int from = share == 0 ? 0 : col;
                    int width = share == 0 ? col : cols - col;
                    unit.rowsAndRecords(
                            arguments,
                            activation,
                            address(gate, 0, from),
                            stride,
                            address(up, 0, from),
                            stride,
                            address(out, 0, from),
                            stride,
                            records.address() + ActivationRecord.rowBytes(from),
                            recordBytes,
                            rows,
                            width);
                }
                long at = address(gate, 0, 0);
                unit.rows(arguments, activation, at, stride, address(up, 0, 0), stride, at, stride, rows, cols);
                Tables.same(out, gate, "in place of the gate, and with records");
                MemorySegment expected = memory.buffer(rows * recordBytes, edge);
                new Quantiser(routines).run(arguments, at, stride, expected.address(), recordBytes, rows, cols);
                assertThat(records.mismatch(expected)).as("records").isEqualTo(-1);
            }
        }
    }

    /** Gates a hundredth apart from −87 to 88: the range in which results are normal floats. */
    @Test
    void siluIsAccurateThroughoutItsRange() {
        int cols = 1 << 14;
        for (Routines routines : Targets.here()) {
            try (Arena arena = Arena.ofConfined()) {
                FloatRows gate = FloatRows.allocate(arena, 1, cols);
                FloatRows up = FloatRows.allocate(arena, 1, cols);
                FloatRows out = FloatRows.allocate(arena, 1, cols);
                for (int c = 0; c < cols; c++) {
                    gate.set(0, c, -87 + 175f * c / cols);
                    up.set(0, c, 1);
                }
                new GatedUnit(routines)
                        .rows(
                                new Arguments(arena),
                                Activation.SILU,
                                address(gate, 0, 0),
                                0,
                                address(up, 0, 0),
                                0,
                                address(out, 0, 0),
                                0,
                                1,
                                cols);
                double worst = 0;
                for (int c = 0; c < cols; c++) {
                    double g = gate.get(0, c);
                    double expected = g / (1 + Math.exp(-g));
                    worst = Math.max(worst, Math.abs(out.get(0, c) - expected) / Math.ulp((float) expected));
                }
                assertThat(worst).as("error in units in the last place").isLessThan(3);
            }
        }
    }

    @Test
    void partsOfBlocksAreRefusedAndEmptyTablesAreFine() {
        for (Routines routines : Targets.here()) {
            try (Arena arena = Arena.ofConfined()) {
                GatedUnit unit = new GatedUnit(routines);
                Arguments arguments = new Arguments(arena);
                assertThatThrownBy(() -> unit.rowsAndRecords(arguments, Activation.SILU, 0, 0, 0, 0, 0, 0, 0, 0, 1, 40))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("40");
                unit.rows(arguments, Activation.SILU, 0, 0, 0, 0, 0, 0, 0, 8);
                unit.rowsAndRecords(arguments, Activation.SILU, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
            }
        }
    }
}
