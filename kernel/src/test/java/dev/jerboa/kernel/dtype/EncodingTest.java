package dev.jerboa.kernel.dtype;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EncodingTest {
    /** Root mean square errors of a normal distribution, relative to its deviation, that each type must stay below. */
    @ParameterizedTest
    @CsvSource({
        "F16, 0.0003", "BF16, 0.0025", "F8_E4M3, 0.04", "Q8_0, 0.007", "Q6_K, 0.02", "Q5_K, 0.04", "Q5_0, 0.05",
        "Q5_1, 0.045", "Q4_K, 0.08", "Q4_0, 0.1", "Q4_1, 0.09", "IQ4_NL, 0.085", "MXFP4, 0.12", "Q3_K, 0.18",
        "Q2_K, 0.33"
    })
    void errorOfNormalValues(DType type, double bound) {
        Random random = new Random(7);
        float[] values = new float[256 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.02 * random.nextGaussian());
        }
        float[] near = decode(type, encode(type, values), values.length);
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            error += Math.pow((near[i] - values[i]) / 0.02, 2);
        }
        assertThat(Math.sqrt(error / values.length)).isBetween(bound / 3, bound);
    }

    /** The same relative to the values' own root mean square, where a few are large: as weights mostly are. */
    @ParameterizedTest
    @CsvSource({
        "Q8_0, 0.0083",
        "Q6_K, 0.0258",
        "Q5_K, 0.0486",
        "Q5_0, 0.0655",
        "Q5_1, 0.0501",
        "Q4_K, 0.0967",
        "Q4_0, 0.129",
        "Q4_1, 0.1036",
        "IQ4_NL, 0.0989",
        "MXFP4, 0.138",
        "Q3_K, 0.201",
        "Q2_K, 0.3236"
    })
    void errorOfHeavyTails(DType type, double bound) {
        Random random = new Random(6);
        float[] values = new float[256 * 512];
        for (int i = 0; i < values.length; i++) {
            double x = random.nextGaussian();
            values[i] = (float) (0.02 * x * Math.exp(0.7 * random.nextGaussian()));
        }
        float[] near = decode(type, encode(type, values), values.length);
        double error = 0;
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            error += Math.pow(near[i] - values[i], 2);
            squares += (double) values[i] * values[i];
        }
        assertThat(Math.sqrt(error / squares)).isBetween(bound / 1.2, bound);
    }

    /** Every value comes back within a share of the block's largest magnitude. */
    @Property(tries = 150)
    void everyValueStaysNear(@ForAll("encodable") DType type, @ForAll("blocks") float[] values) {
        float[] near = decode(type, encode(type, values), values.length);
        if (type == DType.F8_E4M3) {
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.clamp(values[i], -SmallFloats.E4M3_MAX, SmallFloats.E4M3_MAX);
            }
        }
        float tolerance = tolerance(type);
        for (int block = 0; block < values.length; block += 256) {
            float largest = 0;
            for (int i = block; i < block + 256; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            for (int i = block; i < block + 256; i++) {
                assertThat(Math.abs(near[i] - values[i]))
                        .as("%s value %s", type, values[i])
                        .isLessThanOrEqualTo(tolerance * largest + 1e-6f);
            }
        }
    }

    private static float tolerance(DType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 0x1p-11f;
            case BF16 -> 0x1p-8f;
            case F8_E4M3 -> 0x1p-4f;
            case Q8_0 -> 0.005f;
            case Q6_K -> 0.05f;
            case Q5_0 -> 0.07f;
            case Q5_1, Q5_K -> 0.08f;
            case Q4_0, IQ4_NL -> 0.14f;
            case Q4_1, Q4_K -> 0.16f;
            case MXFP4 -> 0.26f;
            case Q3_K -> 0.35f;
            case Q2_K -> 0.75f;
            default -> throw new AssertionError(type + " has no tolerance");
        };
    }

    @ParameterizedTest
    @EnumSource
    void zerosStayZero(DType type) {
        if (!type.encodable()) {
            assertThatThrownBy(() -> encode(type, new float[256]))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining(type.name());
            return;
        }
        for (float value : decode(type, encode(type, new float[256]), 256)) {
            assertThat(value == 0).isTrue();
        }
    }

    /** What encode made, and decode read, encodes to the same bytes again. */
    @Property(tries = 100)
    void encodingIsStable(@ForAll("exact") DType type, @ForAll("blocks") float[] values) {
        byte[] first = encode(type, values);
        float[] decoded = decode(type, first, values.length);
        float[] again = decode(type, encode(type, decoded), values.length);
        assertThat(again).isEqualTo(decoded);
    }

    /** Every MXFP4 block, however made, survives decoding and encoding. */
    @Property(tries = 200)
    void mxfp4IsLossless(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] block = new byte[17];
        random.nextBytes(block);
        block[0] = (byte) random.nextInt(0, 252);
        float[] values = decode(DType.MXFP4, block, 32);
        assertThat(decode(DType.MXFP4, encode(DType.MXFP4, values), 32))
                .usingElementComparator((a, b) -> Float.compare(a + 0f, b + 0f))
                .containsExactly(values);
    }

    @Test
    void wholeBlocksOnly() {
        assertThatThrownBy(() -> DType.Q8_0.decode(MemorySegment.ofArray(new byte[34]), 0, new float[32], 0, 31))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("31")
                .hasMessageContaining("Q8_0");
        assertThatThrownBy(() -> DType.Q4_K.encode(new float[256], 0, 128, MemorySegment.ofArray(new byte[144]), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DType.Q8_0.decode(MemorySegment.ofArray(new byte[33]), 0, new float[32], 0, 32))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Provide
    Arbitrary<DType> encodable() {
        return Arbitraries.of(DType.class).filter(DType::encodable);
    }

    @Provide
    Arbitrary<DType> exact() {
        return Arbitraries.of(
                DType.F32, DType.F16, DType.BF16, DType.F8_E4M3, DType.Q8_0, DType.Q4_0, DType.Q5_0, DType.MXFP4);
    }

    /** 512 values: normal, with outliers, constant, one-sided, sparse, of many sizes. */
    @Provide
    Arbitrary<float[]> blocks() {
        return Arbitraries.longs().map(seed -> {
            Random random = new Random(seed);
            float size = (float) Math.pow(10, random.nextInt(-2, 3));
            float shift = random.nextInt(3) == 0 ? size * random.nextInt(-4, 5) : 0;
            boolean sparse = random.nextInt(3) == 0;
            float[] values = new float[512];
            for (int i = 0; i < values.length; i++) {
                values[i] = sparse && random.nextInt(8) != 0 ? 0 : (float) random.nextGaussian() * size + shift;
            }
            values[random.nextInt(512)] *= random.nextInt(1, 20);
            return values;
        });
    }

    private static byte[] encode(DType type, float[] values) {
        byte[] bytes = new byte[(int) type.bytes(values.length)];
        type.encode(values, 0, values.length, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    private static float[] decode(DType type, byte[] bytes, int count) {
        float[] values = new float[count];
        type.decode(MemorySegment.ofArray(bytes), 0, values, 0, count);
        return values;
    }
}
