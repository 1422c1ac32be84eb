package dev.jerboa.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** GPTQ's and AWQ's weights are {@code (number − zero) · scale}; words are written here as the formats' own packing does. */
class GroupedIntegersTest {
    private static final int IN = 128;
    private static final int OUT = 16;
    private static final int[] AWQ_ORDER = {0, 2, 4, 6, 1, 3, 5, 7};

    private static int number(int out, int in) {
        return (11 * out + 7 * in + in / 9) % 16;
    }

    private static float scale(int out, int group) {
        return (1 + out + 5 * group) / 16f;
    }

    private record Tensors(Map<String, StoredTensor> all) implements TensorSource {
        Tensors() {
            this(new LinkedHashMap<>());
        }

        Tensors add(String name, DType type, MemorySegment values, long... shape) {
            MemorySegment data = Arena.ofAuto().allocate(values.byteSize(), 8).copyFrom(values);
            all.put(name, new StoredTensor("test", name, type, shape, data));
            return this;
        }

        Tensors words(String name, int[] words, long... shape) {
            return add(name, DType.I32, MemorySegment.ofArray(words), shape);
        }

        @Override
        public String source() {
            return "test";
        }

        @Override
        public Collection<StoredTensor> tensors() {
            return all.values();
        }

        @Override
        public @Nullable StoredTensor find(String name) {
            return all.get(name);
        }
    }

    private static Tensors scaled(int groups, DType type) {
        float[] scales = new float[groups * OUT];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = scale(i % OUT, i / OUT);
        }
        MemorySegment data = Arena.ofAuto().allocate(type.bytes(scales.length));
        type.encode(scales, 0, scales.length, data, 0);
        return new Tensors().add("x.scales", type, data, groups, OUT);
    }

    /** @param zero what is stored for a zero point */
    private static Tensors gptq(int groups, int zero, int zeroStep) {
        int[] words = new int[IN / 8 * OUT];
        int[] zeros = new int[groups * OUT / 8];
        for (int i = 0; i < IN * OUT; i++) {
            int in = i / OUT;
            words[in / 8 * OUT + i % OUT] |= number(i % OUT, in) << 4 * (in % 8);
        }
        for (int i = 0; i < groups * OUT; i++) {
            zeros[i / 8] |= (zero + zeroStep * (i % 3)) << 4 * (i % 8);
        }
        return scaled(groups, DType.F16)
                .words("x.qweight", words, IN / 8, OUT)
                .words("x.qzeros", zeros, groups, OUT / 8);
    }

    private static Tensors awq(int groups) {
        int[] words = new int[IN * OUT / 8];
        int[] zeros = new int[groups * OUT / 8];
        for (int i = 0; i < words.length; i++) {
            for (int n = 0; n < 8; n++) {
                words[i] |= number(i % (OUT / 8) * 8 + AWQ_ORDER[n], i / (OUT / 8)) << 4 * n;
            }
        }
        for (int i = 0; i < zeros.length; i++) {
            for (int n = 0; n < 8; n++) {
                zeros[i] |= awqZero(i % (OUT / 8) * 8 + AWQ_ORDER[n], i / (OUT / 8)) << 4 * n;
            }
        }
        return scaled(groups, DType.F16)
                .words("x.qweight", words, IN, OUT / 8)
                .words("x.qzeros", zeros, groups, OUT / 8);
    }

    private static int awqZero(int out, int group) {
        return (5 * out + 3 * group + 2) % 16;
    }

    private interface Of {
        float at(int out, int in);
    }

    private static void check(Tensors tensors, String config, DType type, float near, Of expected) {
        EncodedTensor encoded = Objects.requireNonNull(quantization(config).encoded(tensors, "x.weight"));
        assertThat(encoded.type()).isEqualTo(type);
        assertThat(encoded.rows()).isEqualTo(OUT);
        assertThat(encoded.cols()).isEqualTo(IN);
        float[] found = new float[IN * OUT];
        type.decode(encoded.all(Arena.ofAuto()).data(), 0, found, 0, found.length);
        for (int i = 0; i < found.length; i++) {
            float weight = expected.at(i / IN, i % IN);
            assertThat(found[i])
                    .as("output %d, input %d", i / IN, i % IN)
                    .isEqualTo(weight, within(near * Math.max(1, Math.abs(weight))));
        }
    }

    private static Quantization quantization(String section) {
        return Quantization.of(
                Json.asObject(Json.parse("{\"quantization_config\": " + section + "}", "config.json"), "config.json"),
                "config.json");
    }

    private static final String GPTQ = "{\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 32}";
    private static final String GPTQ_2 =
            "{\"quant_method\": \"gptq\", \"bits\": 4, \"checkpoint_format\": \"gptq_v2\"}";
    private static final String AWQ = "{\"quant_method\": \"awq\", \"bits\": 4, \"version\": \"gemm\"}";

    @Test
    void symmetricGroupsAreTheSameNumbers() {
        for (int groups : new int[] {1, 2, 4}) {
            Of expected = (out, in) -> (number(out, in) - 8) * scale(out, in * groups / IN);
            check(gptq(groups, 7, 0), GPTQ, DType.Q4_0, 0, expected);
            check(gptq(groups, 8, 0), GPTQ_2, DType.Q4_0, 0, expected);
        }
    }

    @Test
    void zeroPointsShift() {
        Of expected = (out, in) -> (number(out, in) - 3 - (in / 32 * OUT + out) % 3 * 5) * scale(out, in / 32);
        check(gptq(4, 2, 5), GPTQ, DType.Q4_1, 2e-3f, expected);
        check(gptq(4, 3, 5), GPTQ_2, DType.Q4_1, 2e-3f, expected);
        check(
                awq(4),
                AWQ,
                DType.Q4_1,
                2e-3f,
                (out, in) -> (number(out, in) - awqZero(out, in / 32)) * scale(out, in / 32));
    }

    @Test
    void groupsThatAreOutOfOrderAreFollowed() {
        int[] index = new int[IN];
        for (int i = 0; i < IN; i++) {
            index[i] = 5 * i % 4;
        }
        check(
                gptq(4, 7, 0).words("x.g_idx", index, IN),
                GPTQ,
                DType.F16,
                0,
                (out, in) -> (number(out, in) - 8) * scale(out, 5 * in % 4));
        int[] inOrder = new int[IN];
        for (int i = 0; i < IN; i++) {
            inOrder[i] = i / 32;
        }
        check(
                gptq(4, 7, 0).words("x.g_idx", inOrder, IN),
                GPTQ,
                DType.Q4_0,
                0,
                (out, in) -> (number(out, in) - 8) * scale(out, in / 32));
    }

    @Test
    void smallGroupsAndOtherScalesAreNoBlocks() {
        Of expected = (out, in) -> (number(out, in) - 8) * scale(out, in / 16);
        check(gptq(8, 7, 0), GPTQ, DType.F16, 0, expected);
        Tensors wide = gptq(8, 7, 0);
        wide.all().put("x.scales", scaled(8, DType.F32).tensor("x.scales"));
        check(wide, GPTQ, DType.F32, 0, expected);
    }

    /** AWQ's order written out: the numbers 0 to 7 of eight outputs in one word. */
    @Test
    void aWordOfAwqByHand() {
        int[] words = new int[32];
        words[0] = 0x75316420;
        float[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
        MemorySegment scales = Arena.ofAuto().allocate(16);
        DType.F16.encode(ones, 0, 8, scales, 0);
        Tensors tensors = new Tensors()
                .words("x.qweight", words, 32, 1)
                .words("x.qzeros", new int[1], 1, 1)
                .add("x.scales", DType.F16, scales, 1, 8);
        EncodedTensor encoded = Objects.requireNonNull(quantization(AWQ).encoded(tensors, "x.weight"));
        for (int out = 0; out < 8; out++) {
            float[] row = new float[32];
            encoded.type().decode(encoded.rows(0, out, 1, 1, Arena.ofAuto()).data(), 0, row, 0, 32);
            assertThat(row[0]).isEqualTo(out);
            assertThat(row[1]).isZero();
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        int[] index = new int[IN];
        index[77] = 4;
        assertThatThrownBy(() -> quantization(GPTQ).encoded(gptq(4, 7, 0).words("x.g_idx", index, IN), "x.weight"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("x.weight", "input 77", "group 4");
        Tensors eightBits = gptq(4, 7, 0);
        eightBits.words("x.qzeros", new int[4 * OUT / 4], 4, OUT / 4);
        assertThatThrownBy(() -> quantization(GPTQ).encoded(eightBits, "x.weight"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("eight in each word");
    }
}
