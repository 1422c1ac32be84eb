package dev.jerboa.kernel.ops.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.RandomWeights;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products on a grid: codes and scales are the stored weights, and 8-bit activations cost no more than their rounding. */
class GridRowTest {
    static List<DType> types() {
        return Stream.of(DType.values()).filter(GridRow::has).toList();
    }

    @ParameterizedTest
    @MethodSource("types")
    void codesScalesAndOffsetsAreTheWeights(DType type) {
        try (Arena arena = Arena.ofConfined()) {
            int cols = 1_024;
            Matrix matrix = RandomWeights.matrix(arena, type, 20, cols, new Random(1));
            float[] expected = new float[cols];
            GridRow row = new GridRow();
            for (int r = 0; r < 20; r++) {
                type.decode(matrix.data(), r * matrix.rowBytes(), expected, 0, cols);
                row.read(matrix, r);
                for (int i = 0; i < cols; i++) {
                    int g = i / row.groupSize();
                    assertThat(row.scale(g) * row.code(i) + row.offset(g))
                            .as("%s row %d value %d", type, r, i)
                            .isEqualTo(expected[i] + 0f);
                }
            }
        }
    }

    /** Activations that are whole multiples of their block's scale lose nothing: the result is exact but for one rounding. */
    @ParameterizedTest
    @MethodSource("types")
    void wholeActivationsGiveExactProducts(DType type) {
        Random random = new Random(2);
        check(type, random, true);
        check(type, random, false);
    }

    private static void check(DType type, Random random, boolean whole) {
        Ops ops = new ScalarOps();
        int cols = 512;
        int tokens = 3;
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            Matrix matrix = RandomWeights.matrix(arena, type, 33, cols, random);
            Weights weights = ops.weights(matrix, Ops.Precision.FAST, arena);
            Panel panel = ops.panel(arena, tokens, cols, List.of(weights));
            for (int t = 0; t < tokens; t++) {
                for (int c = 0; c < cols; c++) {
                    float value = whole ? random.nextInt(-127, 128) * 0.25f : (float) random.nextGaussian();
                    panel.rows().set(t, c, whole && c % 32 == 5 ? 127 * 0.25f : value);
                }
            }
            FloatRows out = FloatRows.allocate(arena, tokens, 33);
            team.run(w -> {
                ops.prepare(w, panel, tokens);
                w.barrier();
                ops.product(w, weights, panel, tokens, out);
            });
            float[] row = new float[cols];
            for (int r = 0; r < 33; r++) {
                type.decode(matrix.data(), r * matrix.rowBytes(), row, 0, cols);
                for (int t = 0; t < tokens; t++) {
                    double sum = 0;
                    double magnitude = 0;
                    double rounding = 0;
                    for (int c = 0; c < cols; c++) {
                        sum += (double) row[c] * panel.rows().get(t, c);
                        magnitude += Math.abs((double) row[c] * panel.rows().get(t, c));
                        rounding += Math.abs(row[c]) * largest(panel.rows(), t, c & -32) / 254;
                    }
                    double tolerance = 1e-6 * magnitude + (whole ? 0 : 1.001 * rounding);
                    assertThat((double) out.get(t, r)).isCloseTo(sum, within(tolerance + Float.MIN_VALUE));
                }
            }
        }
    }

    private static float largest(FloatRows x, int row, int from) {
        float largest = 0;
        for (int c = from; c < from + 32; c++) {
            largest = Math.max(largest, Math.abs(x.get(row, c)));
        }
        return largest;
    }

    /** Through a row of ones on a grid, the sum of a block shows what rounding did to it. */
    private static float sumOf(float[] block) {
        try (Arena arena = Arena.ofConfined()) {
            FloatRows x = FloatRows.copyOf(arena, block, block.length);
            ByteRows bytes = new ByteRows(1, block.length);
            bytes.fill(x, 0, 0, block.length);
            var data = arena.allocate(DType.Q8_0.bytes(block.length));
            float[] ones = new float[block.length];
            java.util.Arrays.fill(ones, 1);
            DType.Q8_0.encode(ones, 0, ones.length, data, 0);
            GridRow row = new GridRow();
            row.read(new Matrix(DType.Q8_0, 1, block.length, data), 0);
            return bytes.dot(0, row);
        }
    }

    @Property(tries = 300)
    void aBlockIsOffByHalfAStepAtMost(
            @ForAll @Size(32) List<@FloatRange(min = -1e6f, max = 1e6f) Float> values,
            @ForAll @IntRange(min = -60, max = 60) int exponent) {
        float[] block = new float[32];
        double sum = 0;
        double largest = 0;
        for (int i = 0; i < 32; i++) {
            block[i] = Math.scalb(values.get(i), exponent);
            sum += block[i];
            largest = Math.max(largest, Math.abs(block[i]));
        }
        // The ones of Q8_0 are 127 × (1/127 rounded to half precision).
        assertThat((double) sumOf(block)).isCloseTo(sum, within(32 * largest * (1 / 254.0 + 1e-3) + 1e-36));
    }

    @Test
    void zerosAndWhatIsNoNumber() {
        float[] block = new float[32];
        assertThat(sumOf(block)).isEqualTo(0f);
        block[3] = 1e-42f;
        assertThat(sumOf(block)).isEqualTo(0f);
        block[3] = Float.NaN;
        assertThat(sumOf(block)).isNaN();
        block[3] = Float.NEGATIVE_INFINITY;
        assertThat(sumOf(block)).isNaN();
        block[3] = -Float.MAX_VALUE;
        assertThat(sumOf(block)).isLessThan(-3.3e38f);
    }
}
