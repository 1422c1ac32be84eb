package dev.jerboa.kernel.encode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.dtype.GroupSearch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RowEncoderTest {
    /** Whatever the processor and the tier, the fast search finds what the plain one finds, to the bit. */
    @ParameterizedTest
    @CsvSource({"16, 1", "16, 127", "16, 128", "16, 300", "32, 1", "32, 63", "32, 64", "32, 200"})
    void findsThePlainScales(int size, int groups) {
        GroupSearch fused = new FusedSearch(Arena.ofAuto());
        for (int kind = 0; kind < 6; kind++) {
            float[] values = values(5 + size * groups, kind);
            float[] importances = new float[values.length];
            Random random = new Random(kind);
            for (int i = 0; i < values.length; i++) {
                importances[i] = random.nextInt(5) == 0 ? 0 : random.nextFloat() * 3;
            }
            for (float[] importance : new float[][] {null, importances}) {
                for (int last : new int[] {3, 15, 31}) {
                    float[] expected = new float[groups];
                    float[] found = new float[groups];
                    float[] expectedMinimums = new float[groups];
                    float[] minimums = new float[groups];
                    GroupSearch.PLAIN.affine(values, importance, 5, groups, size, last, expected, expectedMinimums);
                    fused.affine(values, importance, 5, groups, size, last, found, minimums);
                    assertThat(found).as("scales of kind %d", kind).isEqualTo(expected);
                    assertThat(minimums).as("minimums of kind %d", kind).isEqualTo(expectedMinimums);
                }
                for (int centre : new int[] {4, 8, 16, 32}) {
                    float[] expected = new float[groups];
                    float[] found = new float[groups];
                    GroupSearch.PLAIN.symmetric(values, importance, 5, groups, size, centre, expected);
                    fused.symmetric(values, importance, 5, groups, size, centre, found);
                    assertThat(found).as("kind %d, centre %d", kind, centre).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesTheBytesOfTheType(DType type) {
        if (!type.encodable()) {
            return;
        }
        RowEncoder encoder = new RowEncoder(Arena.ofAuto());
        float[] values = values(256 * 67, 1);
        float[] importances = values(values.length, 2);
        for (int i = 0; i < importances.length; i++) {
            importances[i] = Math.abs(importances[i]);
        }
        for (float[] importance : new float[][] {null, importances}) {
            byte[] expected = new byte[(int) type.bytes(values.length)];
            byte[] found = new byte[expected.length];
            type.encode(values, importance, 0, values.length, MemorySegment.ofArray(expected), 0, GroupSearch.PLAIN);
            encoder.encode(type, values, importance, 0, values.length, MemorySegment.ofArray(found), 0);
            assertThat(found).isEqualTo(expected);
        }
    }

    /** Weighted errors get smaller where importances say what counts. */
    @ParameterizedTest
    @EnumSource(names = {"Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "IQ4_NL", "MXFP4"})
    void importancesLessenTheWeightedError(DType type) {
        float[] values = values(256 * 64, 0);
        float[] importances = new float[values.length];
        Random random = new Random(3);
        for (int i = 0; i < importances.length; i++) {
            importances[i] = (float) Math.exp(2 * random.nextGaussian());
        }
        double plain = error(type, values, null, importances);
        double weighted = error(type, values, importances, importances);
        assertThat(weighted).isLessThan((type == DType.MXFP4 ? 1 : 0.95) * plain);
    }

    private static double error(DType type, float[] values, float @Nullable [] given, float[] importances) {
        byte[] bytes = new byte[(int) type.bytes(values.length)];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        type.encode(values, given, 0, values.length, segment, 0, GroupSearch.PLAIN);
        float[] near = new float[values.length];
        type.decode(segment, 0, near, 0, near.length);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            double difference = near[i] - values[i];
            sum += importances[i] * difference * difference;
        }
        return sum;
    }

    /** Normal, heavy-tailed, sparse, shifted, constant and tiny values. */
    private static float[] values(int count, int kind) {
        Random random = new Random(11 + kind);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            double x = random.nextGaussian();
            values[i] = (float)
                    switch (kind) {
                        case 0 -> 0.03 * x;
                        case 1 -> 0.02 * x * Math.exp(0.8 * random.nextGaussian());
                        case 2 -> i % 40 < 33 ? 0 : x;
                        case 3 -> 0.1 * x + (i / 64 % 3 - 1);
                        case 4 -> i / 50 % 4 - 1.5;
                        default -> 1e-20 * x;
                    };
        }
        return values;
    }
}
