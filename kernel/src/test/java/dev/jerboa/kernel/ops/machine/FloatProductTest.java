package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.RandomWeights;
import dev.jerboa.kernel.ops.Selection;
import dev.jerboa.kernel.ops.StoredRow;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with float weights, with weights, activations and outputs beside pages that may not be touched. */
class FloatProductTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int ROWS = 139;
    private static final int TOKENS = 15;

    /** Half a unit in the last place of bfloat16, relative: what rounding an activation may change. */
    private static final double ROUNDING = 0x1p-8;

    static Stream<Arguments> cases() {
        List<Arguments> all = new ArrayList<>();
        for (Routines routines : Targets.here()) {
            for (DType type : new DType[] {DType.F32, DType.F16, DType.BF16, DType.F8_E4M3}) {
                for (Precision precision : Precision.values()) {
                    for (Edge edge : Edge.values()) {
                        all.add(Arguments.of(routines.target().isa(), type, precision, edge, routines));
                    }
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("cases")
    void nothingIsTouchedOutsideAndBitsStay(Isa isa, DType type, Precision precision, Edge edge, Routines routines) {
        Random random = new Random(type.ordinal());
        for (int cols : new int[] {32, 1_100, 1_184}) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofShared()) {
                Matrix matrix = RandomWeights.matrix(arena, type, ROWS, cols, random);
                MachineWeights.Floats packed = (MachineWeights.Floats) Packing.pack(routines, matrix, precision, arena);
                assertThat(packed.format() == FloatFormat.BF16_PAIRS)
                        .isEqualTo(isa == Isa.AVX512_BF16
                                && type == DType.BF16
                                && precision == Precision.FAST
                                && cols % 32 == 0);
                MemorySegment groups = memory.buffer(packed.groups().byteSize(), edge);
                groups.copyFrom(packed.groups());
                MachineWeights guarded =
                        new MachineWeights.Floats(packed.format(), matrix, groups, packed.groupBytes());
                float[] x = new float[TOKENS * cols];
                for (int i = 0; i < x.length; i++) {
                    x[i] = (float) random.nextGaussian();
                }
                MemorySegment inputs = inputs(memory, routines, guarded, x, edge);
                float[][] together = product(memory, routines, guarded, inputs, 0, TOKENS, false, edge);
                if (edge == Edge.FIRST) {
                    check(matrix, packed.format(), x, together);
                }
                for (int from = 0, count = 1; from < TOKENS; from += count, count = count % 8 + 1) {
                    count = Math.min(count, TOKENS - from);
                    float[][] alone = product(memory, routines, guarded, inputs, from, count, false, edge);
                    float[][] added = product(memory, routines, guarded, inputs, from, count, true, edge);
                    for (int t = 0; t < count; t++) {
                        assertThat(alone[t])
                                .as("token %d of %d", from + t, count)
                                .isEqualTo(together[from + t]);
                        for (int r = 0; r < ROWS; r++) {
                            assertThat(added[t][r]).isEqualTo(together[from + t][r] + r);
                        }
                    }
                }
            }
        }
    }

    /** Against sums in doubles: float32 sums, and of pairs activations that were rounded. */
    private static void check(Matrix matrix, FloatFormat format, float[] x, float[][] found) {
        int cols = matrix.cols();
        double relative = 2e-6 + (format == FloatFormat.BF16_PAIRS ? ROUNDING : 0);
        float[] weights = new float[cols];
        for (int r = 0; r < ROWS; r++) {
            StoredRow.decode(matrix, r, weights);
            for (int t = 0; t < found.length; t++) {
                double expected = 0;
                double magnitude = 0;
                for (int c = 0; c < cols; c++) {
                    expected += (double) weights[c] * x[t * cols + c];
                    magnitude += Math.abs((double) weights[c] * x[t * cols + c]);
                }
                assertThat((double) found[t][r])
                        .as("row %d, token %d of %d inputs", r, t, cols)
                        .isCloseTo(expected, Offset.offset(relative * magnitude));
            }
        }
    }

    /** Rounding noise is that of independent roundings, not the worst case: a bias would show. */
    @Test
    void roundedActivationsAddLittleNoise() {
        Random random = new Random(4);
        for (Routines routines : Targets.here()) {
            if (!routines.target().isa().bfloat16()) {
                continue;
            }
            int cols = 2_048;
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofShared()) {
                Matrix matrix = RandomWeights.matrix(arena, DType.BF16, ROWS, cols, random);
                MachineWeights weights = Packing.pack(routines, matrix, Precision.FAST, arena);
                MachineWeights exact = Packing.pack(routines, matrix, Precision.EXACT, arena);
                float[] x = new float[TOKENS * cols];
                for (int i = 0; i < x.length; i++) {
                    x[i] = (float) random.nextGaussian();
                }
                float[][] rounded = product(
                        memory,
                        routines,
                        weights,
                        inputs(memory, routines, weights, x, Edge.LAST),
                        0,
                        TOKENS,
                        false,
                        Edge.LAST);
                float[][] plain = product(
                        memory,
                        routines,
                        exact,
                        inputs(memory, routines, exact, x, Edge.LAST),
                        0,
                        TOKENS,
                        false,
                        Edge.LAST);
                double noise = 0;
                double signal = 0;
                for (int t = 0; t < TOKENS; t++) {
                    for (int r = 0; r < ROWS; r++) {
                        noise += Math.pow((double) rounded[t][r] - plain[t][r], 2);
                        signal += Math.pow(plain[t][r], 2);
                    }
                }
                assertThat(Math.sqrt(noise / signal)).isBetween(1e-4, ROUNDING / 2);
            }
        }
    }

    /** An infinity or a NaN spoils its own row or token, and magnitudes below 2^−126 count as zero. */
    @Test
    void extremesOfPairsStayInTheirRowsAndTokens() {
        for (Routines routines : Targets.here()) {
            if (!routines.target().isa().bfloat16()) {
                continue;
            }
            int cols = 64;
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofShared()) {
                MemorySegment data = arena.allocate(2L * ROWS * cols);
                for (int i = 0; i < ROWS * cols; i++) {
                    data.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) 0x3F80);
                }
                data.setAtIndex(ValueLayout.JAVA_SHORT, 2L * cols + 5, (short) 0x7F80); // +∞
                data.setAtIndex(ValueLayout.JAVA_SHORT, 3L * cols + 5, (short) 0x7FC0); // NaN
                data.asSlice(8L * cols, 2L * cols).fill((byte) 0);
                data.setAtIndex(ValueLayout.JAVA_SHORT, 4L * cols + 5, (short) 0x0001); // a denormal
                Matrix matrix = new Matrix(DType.BF16, ROWS, cols, data);
                MachineWeights weights = Packing.pack(routines, matrix, Precision.FAST, arena);
                float[] x = new float[TOKENS * cols];
                for (int t = 0; t < TOKENS; t++) {
                    x[t * cols + 5] = t == 1 ? Float.NaN : t == 2 ? Float.MIN_VALUE : t == 3 ? 0x1p30f : 1;
                }
                for (int count : new int[] {1, TOKENS}) {
                    for (int from = 0; from + count <= TOKENS; from++) {
                        float[][] found = product(
                                memory,
                                routines,
                                weights,
                                inputs(memory, routines, weights, x, Edge.LAST),
                                from,
                                count,
                                false,
                                Edge.LAST);
                        for (int t = from; t < from + count; t++) {
                            for (int r = 0; r < ROWS; r++) {
                                float value = t == 2 ? 0 : x[t * cols + 5];
                                float weight = r == 2 ? Float.POSITIVE_INFINITY : r == 3 ? Float.NaN : r == 4 ? 0 : 1;
                                assertThat(found[t - from][r])
                                        .as("token %d, row %d", t, r)
                                        .isEqualTo(Float.valueOf(value * weight));
                            }
                        }
                    }
                }
            }
        }
    }

    /** Operations that make a row leave its other forms as {@code prepare} would. */
    @Test
    void rowsComePrepared() {
        Random random = new Random(9);
        for (Routines routines : Targets.here()) {
            MachineOps ops = MachineOps.create(routines.target().isa());
            int cols = 96;
            int count = 5;
            try (Arena arena = Arena.ofShared()) {
                List<Weights> consumers = Stream.of(DType.BF16, DType.Q8_0)
                        .map(type -> ops.weights(
                                RandomWeights.matrix(arena, type, ROWS, cols, random), Precision.FAST, arena))
                        .toList();
                FloatRows gate = rows(arena, count, cols, random);
                FloatRows up = rows(arena, count, cols, random);
                FloatRows weight = rows(arena, 1, cols, random);
                Panel normed = ops.panel(arena, count, cols, consumers);
                Panel gated = ops.panel(arena, count, cols, consumers);
                ops.rmsNorm(Tables.ALONE, gate, count, weight, 1e-6f, normed);
                ops.gatedUnit(Tables.ALONE, Activation.SILU, gate, up, 0, count, gated);
                Panel columns = ops.panel(arena, count, cols, consumers);
                columns.rows().data().copyFrom(gate.data());
                ops.prepareColumns(Tables.ALONE, columns, count);
                for (Panel panel : List.of(normed, gated, columns)) {
                    Panel again = ops.panel(arena, count, cols, consumers);
                    again.rows().data().copyFrom(panel.rows().data());
                    ops.prepare(Tables.ALONE, again, count);
                    for (Weights w : consumers) {
                        FloatRows expected = FloatRows.allocate(arena, count, ROWS);
                        FloatRows found = FloatRows.allocate(arena, count, ROWS);
                        ops.product(Tables.ALONE, w, again, count, expected);
                        ops.product(Tables.ALONE, w, panel, count, found);
                        assertThat(found.data().mismatch(expected.data())).isEqualTo(-1);
                    }
                }
            }
        }
    }

    private static FloatRows rows(Arena arena, int rows, int cols, Random random) {
        FloatRows made = FloatRows.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                made.set(r, c, (float) random.nextGaussian());
            }
        }
        return made;
    }

    /** The activations in the form that the weights read. */
    private static MemorySegment inputs(
            GuardedMemory memory, Routines routines, MachineWeights weights, float[] x, Edge edge) {
        int cols = weights.cols();
        MemorySegment floats = memory.floats(x, edge);
        if (weights.reads() == ActivationForm.FLOATS) {
            return floats;
        }
        assertThat(weights.reads()).isEqualTo(ActivationForm.PAIRS);
        MemorySegment pairs = memory.buffer(TOKENS * ActivationForm.PAIRS.rowBytes(cols), edge);
        try (Arena arena = Arena.ofConfined()) {
            new PairRounding(routines)
                    .run(
                            new dev.jerboa.kernel.ops.machine.Arguments(arena),
                            floats.address(),
                            ActivationForm.FLOATS.rowBytes(cols),
                            pairs.address(),
                            ActivationForm.PAIRS.rowBytes(cols),
                            TOKENS,
                            cols);
        }
        return pairs;
    }

    /** Outputs of {@code count} tokens; before, output r is r where products are added, and anything else otherwise. */
    private static float[][] product(
            GuardedMemory memory,
            Routines routines,
            MachineWeights weights,
            MemorySegment inputs,
            int from,
            int count,
            boolean accumulate,
            Edge edge) {
        MemorySegment out = memory.buffer(4L * count * ROWS, edge);
        for (int i = 0; i < count * ROWS; i++) {
            out.setAtIndex(FLOAT, i, accumulate ? i % ROWS : Float.NaN);
        }
        new Product(
                        routines,
                        new Workspace(),
                        inputs.address(),
                        weights.reads().rowBytes(weights.cols()),
                        Selection.ALL,
                        from,
                        count,
                        out.address(),
                        4L * ROWS,
                        accumulate)
                .run(weights, 0, ROWS);
        float[][] found = new float[count][ROWS];
        for (int t = 0; t < count; t++) {
            MemorySegment.copy(out, FLOAT, 4L * t * ROWS, found[t], 0, ROWS);
        }
        return found;
    }
}
