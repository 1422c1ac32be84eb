package dev.jerboa.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
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
import java.util.function.IntBinaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** compressed-tensors' packed whole numbers: {@code (number − 2^(bits−1)) · scale}, numbers from the lowest bits up. */
class PackedIntegersTest {
    private static final int ROWS = 3;
    private static final int COLS = 64;
    private static final Quantization PLAIN = Quantization.of(Map.of(), "config.json");

    @Test
    void nibblesOfGroupsBecomeBlocks() {
        check(4, 32, DType.Q4_0, 0.5f);
        check(4, 64, DType.Q4_0, 0.5f); // one scale a row
    }

    @Test
    void bytesBecomeBlocks() {
        check(8, 32, DType.Q8_0, 0.25f);
    }

    @Test
    void smallGroupsAndScalesOutOfRangeBecomeFloats() {
        check(4, 16, DType.F32, 0.5f);
        check(4, 32, DType.F32, 1e-30f);
        check(8, 8, DType.F32, 0.25f);
    }

    private static void check(int bits, int group, DType type, float unit) {
        IntBinaryOperator code = (r, c) -> (11 * r + 7 * c + c / 9) % (1 << bits);
        int perWord = 32 / bits;
        int[] words = new int[ROWS * COLS / perWord];
        for (int i = 0; i < ROWS * COLS; i++) {
            words[i / perWord] |= code.applyAsInt(i / COLS, i % COLS) << i % perWord * bits;
        }
        float[] scales = new float[ROWS * COLS / group];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = unit * (1 + i);
        }
        EncodedTensor encoded = Objects.requireNonNull(PLAIN.encoded(tensors(words, scales), "x.weight"));
        assertThat(encoded.type()).isEqualTo(type);
        Matrix matrix = encoded.rows(0, 1, 1, 2, Arena.ofAuto()); // the last two rows
        float[] found = new float[2 * COLS];
        type.decode(matrix.data(), 0, found, 0, found.length);
        for (int i = 0; i < found.length; i++) {
            int r = 1 + i / COLS;
            int c = i % COLS;
            float expected = (code.applyAsInt(r, c) - (1 << bits - 1)) * scales[(r * COLS + c) / group];
            assertThat(found[i]).as("row %d, column %d", r, c).isEqualTo(expected);
        }
    }

    /** The first row written out: numbers 0 to 7 in the first word, and what they mean. */
    @Test
    void aWordByHand() {
        int[] words = new int[ROWS * COLS / 8];
        words[0] = 0x76543210;
        float[] scales = new float[ROWS * 2];
        scales[0] = 2;
        EncodedTensor encoded = Objects.requireNonNull(PLAIN.encoded(tensors(words, scales), "x.weight"));
        float[] row = new float[COLS];
        encoded.type().decode(encoded.all(Arena.ofAuto()).data(), 0, row, 0, COLS);
        assertThat(row).startsWith(-16, -14, -12, -10, -8, -6, -4, -2, -16);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> PLAIN.encoded(tensors(new int[ROWS * COLS / 8], new float[4]), "x.weight"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("x.weight_packed", "x.weight_scale");
        Tensors shifted = tensors(new int[ROWS * COLS / 8], new float[ROWS * 2]);
        shifted.add("x.weight_zero_point", DType.I32, new long[] {1}, MemorySegment.ofArray(new int[1]));
        assertThatThrownBy(() -> PLAIN.encoded(shifted, "x.weight"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("zero_point");
    }

    @Test
    void unknownEncodingsAreRefusedByName() {
        refused("{\"quant_method\": \"aqlm\", \"bits\": 4}", "quant_method", "aqlm", "compressed-tensors");
        refused("{\"quant_method\": \"gptq\", \"bits\": 3}", "bits is 3", "gptq");
        refused("{\"quant_method\": \"gptq\", \"bits\": 4, \"is_marlin_format\": true}", "is_marlin_format");
        refused("{\"quant_method\": \"gptq\", \"bits\": 4, \"checkpoint_format\": \"marlin\"}", "checkpoint_format");
        refused("{\"quant_method\": \"awq\", \"bits\": 4, \"version\": \"gemv\"}", "version is gemv");
        refused("{\"quant_method\": \"compressed-tensors\", \"format\": \"nvfp4-pack-quantized\"}", "format", "nvfp4");
        refused(
                "{\"quant_method\": \"compressed-tensors\", \"format\": \"pack-quantized\","
                        + " \"config_groups\": {\"group_0\": {\"weights\": {\"num_bits\": 4, \"symmetric\": false}}}}",
                "symmetric");
        Quantization.of(json("{\"quant_method\": \"mxfp4\"}"), "config.json");
    }

    private static void refused(String section, String... parts) {
        assertThatThrownBy(() -> Quantization.of(json(section), "config.json"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(parts);
    }

    /** As the section of a wrapper's text model. */
    private static Map<String, @Nullable Object> json(String section) {
        String text = "{\"text_config\": {\"quantization_config\": " + section + "}}";
        return Json.asObject(Json.parse(text, "config.json"), "config.json");
    }

    private static Tensors tensors(int[] words, float[] scales) {
        Tensors tensors = new Tensors(new LinkedHashMap<>());
        tensors.add("x.weight_packed", DType.I32, new long[] {ROWS, words.length / ROWS}, MemorySegment.ofArray(words));
        long groups = scales.length / ROWS;
        long[] shape = scales.length % ROWS == 0 ? new long[] {ROWS, groups} : new long[] {scales.length};
        tensors.add("x.weight_scale", DType.F32, shape, MemorySegment.ofArray(scales));
        tensors.add("x.weight_shape", DType.I64, new long[] {2}, MemorySegment.ofArray(new long[] {ROWS, COLS}));
        return tensors;
    }

    private record Tensors(Map<String, StoredTensor> byName) implements TensorSource {
        void add(String name, DType type, long[] shape, MemorySegment data) {
            byName.put(name, new StoredTensor("folder", name, type, shape, data));
        }

        @Override
        public String source() {
            return "folder";
        }

        @Override
        public Collection<StoredTensor> tensors() {
            return byName.values();
        }

        @Override
        public @Nullable StoredTensor find(String name) {
            return byName.get(name);
        }
    }
}
