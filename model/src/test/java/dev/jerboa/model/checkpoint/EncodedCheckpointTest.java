package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reference folders whose weights are rewritten in a published encoding, against the same numbers in float32. */
class EncodedCheckpointTest {
    private static final double[] E2M1 = {0, 0.5, 1, 1.5, 2, 3, 4, 6};

    @TempDir
    Path encoded;

    @TempDir
    Path plain;

    private final SafetensorsWriter encodedWriter = new SafetensorsWriter();
    private final SafetensorsWriter plainWriter = new SafetensorsWriter();

    private interface Encoding {
        void write(StoredTensor tensor);
    }

    /** K2-Thinking: routed experts in 4 bits with a scale for 32 inputs. */
    @Test
    void packedIntegersOfCompressedTensors() throws Exception {
        agrees(
                PublishedEncoding.INTEGERS,
                "{\"quant_method\": \"compressed-tensors\", \"format\": \"pack-quantized\", \"config_groups\": {\"group_0\":"
                        + " {\"weights\": {\"num_bits\": 4, \"group_size\": 32, \"symmetric\": true, \"type\": \"int\"}}}}",
                name -> name.contains(".experts."),
                tensor -> packed(tensor, 32));
    }

    /** gpt-oss: stacks of gate and up in MXFP4, outputs first; the other stack stays as it is. */
    @Test
    void blocksAndScalesOfGptOss() throws Exception {
        agrees(
                PublishedEncoding.BLOCKS,
                "{\"quant_method\": \"mxfp4\"}",
                name -> name.endsWith("experts.gate_up_proj"),
                tensor -> {
                    int experts = (int) tensor.size(0);
                    int in = (int) tensor.size(1);
                    int out = (int) tensor.size(2);
                    float[] values = tensor.floats();
                    float[] turned = new float[values.length];
                    for (int i = 0; i < values.length; i++) {
                        int e = i / (in * out);
                        turned[(e * out + i % out) * in + i / out % in] = values[i];
                    }
                    Fours fours = new Fours(turned);
                    encodedWriter.tensor(
                            tensor.name() + "_blocks",
                            DType.U8,
                            new long[] {experts, out, in / 32, 16},
                            TensorBody.of(fours.codes));
                    encodedWriter.tensor(
                            tensor.name() + "_scales",
                            DType.U8,
                            new long[] {experts, out, in / 32},
                            TensorBody.of(fours.scales));
                    for (int i = 0; i < values.length; i++) {
                        int e = i / (in * out);
                        values[i] = fours.values[(e * out + i % out) * in + i / out % in];
                    }
                    plainWriter.tensor(tensor.name(), DType.F32, tensor.shape(), TensorBody.of(values));
                });
    }

    /** DeepSeek-V4: experts in E2M1, two a byte, with an E8M0 scale for 32 inputs. */
    @Test
    void foursOfDeepSeek() throws Exception {
        agrees(PublishedEncoding.FOURS, "{\"quant_method\": \"fp8\"}", name -> name.contains(".experts."), tensor -> {
            Fours fours = new Fours(tensor.floats());
            long rows = tensor.size(0);
            long cols = tensor.size(1);
            String base = tensor.name().substring(0, tensor.name().length() - ".weight".length());
            encodedWriter.tensor(tensor.name(), DType.I8, new long[] {rows, cols / 2}, TensorBody.of(fours.codes));
            encodedWriter.tensor(
                    base + ".scale", DType.F8_E8M0, new long[] {rows, cols / 32}, TensorBody.of(fours.scales));
            plainWriter.tensor(tensor.name(), DType.F32, tensor.shape(), TensorBody.of(fours.values));
        });
    }

    /** Mistral's own files: FP8 with one scale a weight. */
    @Test
    void oneScaleOfMistral() throws Exception {
        agrees(
                PublishedEncoding.ONE_SCALE,
                "{\"quant_method\": \"fp8\", \"activation_scheme\": \"static\", \"weight_block_size\": null}",
                name -> name.endsWith("_proj.weight"),
                tensor -> {
                    int size = (int) tensor.elements();
                    String base = tensor.name().substring(0, tensor.name().length() - "weight".length());
                    eights(tensor, size, base + "qscale_weight");
                    encodedWriter.tensor(base + "qscale_act", DType.F32, new long[0], TensorBody.of(new float[] {3}));
                });
    }

    /** compressed-tensors' FP8: a scale a row. */
    @Test
    void aScaleForEveryRowOfCompressedTensors() throws Exception {
        agrees(
                PublishedEncoding.ROW_SCALES,
                "{\"quant_method\": \"compressed-tensors\", \"format\": \"float-quantized\", \"config_groups\": {\"group_0\":"
                        + " {\"weights\": {\"num_bits\": 8, \"type\": \"float\", \"strategy\": \"channel\"}}}}",
                name -> name.endsWith("_proj.weight"),
                tensor -> eights(tensor, (int) tensor.size(1), tensor.name() + "_scale"));
    }

    /** GPTQ with zero points and inputs in the order of their groups, as most are. */
    @Test
    void groupsOfGptq() throws Exception {
        agrees(
                PublishedEncoding.GPTQ,
                "{\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 32, \"desc_act\": false, \"sym\": false}",
                name -> name.endsWith("_proj.weight"),
                tensor -> grouped(tensor, false, false));
    }

    /** GPTQ with inputs sorted before they were put into groups. */
    @Test
    void sortedInputsOfGptq() throws Exception {
        agrees(
                PublishedEncoding.GPTQ,
                "{\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 32, \"desc_act\": true, \"sym\": false}",
                name -> name.endsWith("_proj.weight"),
                tensor -> grouped(tensor, false, true));
    }

    @Test
    void groupsOfAwq() throws Exception {
        agrees(
                PublishedEncoding.AWQ,
                "{\"quant_method\": \"awq\", \"bits\": 4, \"group_size\": 32, \"version\": \"gemm\", \"zero_point\": true}",
                name -> name.endsWith("_proj.weight"),
                tensor -> grouped(tensor, true, false));
    }

    /** Numbers from a zero point of each output's group of 32 inputs, powers of two as scales so that nothing is rounded. */
    private void grouped(StoredTensor tensor, boolean awq, boolean sorted) {
        int out = (int) tensor.size(0);
        int in = (int) tensor.size(1);
        int groups = in / 32;
        float[] values = tensor.floats();
        float[] scales = new float[groups * out];
        int[] words = new int[in * out / 8];
        int[] zeros = new int[groups * out / 8];
        int[] index = new int[in];
        int[] awqPlace = {0, 4, 1, 5, 2, 6, 3, 7};
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i++) {
                int group = sorted ? i % groups : i / 32;
                index[i] = group;
                int zero = 5 + (o + group) % 5;
                int place = awq ? awqPlace[o % 8] : o % 8;
                scales[group * out + o] = 1 / 64f;
                int stored = awq ? zero : zero - 1;
                zeros[(group * out + o) / 8] = zeros[(group * out + o) / 8] & ~(15 << 4 * place) | stored << 4 * place;
                int number = Math.clamp(Math.round(values[o * in + i] * 64) + zero, 0, 15);
                if (awq) {
                    words[(i * out + o) / 8] |= number << 4 * place;
                } else {
                    words[i / 8 * out + o] |= number << 4 * (i % 8);
                }
                values[o * in + i] = (number - zero) / 64f;
            }
        }
        String base = tensor.name().substring(0, tensor.name().length() - "weight".length());
        MemorySegment halves = Arena.ofAuto().allocate(2L * scales.length);
        DType.F16.encode(scales, 0, scales.length, halves, 0);
        long[] shape = awq ? new long[] {in, out / 8} : new long[] {in / 8, out};
        encodedWriter.tensor(base + "qweight", DType.I32, shape, TensorBody.of(bytes(MemorySegment.ofArray(words))));
        encodedWriter.tensor(
                base + "qzeros",
                DType.I32,
                new long[] {groups, out / 8},
                TensorBody.of(bytes(MemorySegment.ofArray(zeros))));
        encodedWriter.tensor(base + "scales", DType.F16, new long[] {groups, out}, TensorBody.of(halves));
        if (!awq) {
            encodedWriter.tensor(
                    base + "g_idx", DType.I32, new long[] {in}, TensorBody.of(bytes(MemorySegment.ofArray(index))));
        }
        plainWriter.tensor(tensor.name(), DType.F32, tensor.shape(), TensorBody.of(values));
    }

    private void packed(StoredTensor tensor, int group) {
        int rows = (int) tensor.size(0);
        int cols = (int) tensor.size(1);
        float[] values = tensor.floats();
        float[] scales = new float[values.length / group];
        int[] words = new int[values.length / 8];
        for (int i = 0; i < values.length; i++) {
            scales[i / group] = Math.max(scales[i / group], Math.abs(values[i]) / 7);
        }
        for (int g = 0; g < scales.length; g++) {
            scales[g] = Float.intBitsToFloat(Float.floatToRawIntBits(scales[g]) & 0xffff0000);
        }
        for (int i = 0; i < values.length; i++) {
            int number = Math.clamp(Math.round(values[i] / scales[i / group]), -8, 7);
            words[i / 8] |= number + 8 << i % 8 * 4;
            values[i] = number * scales[i / group];
        }
        MemorySegment halves = Arena.ofAuto().allocate(2L * scales.length);
        DType.BF16.encode(scales, 0, scales.length, halves, 0);
        encodedWriter.tensor(
                tensor.name() + "_packed",
                DType.I32,
                new long[] {rows, cols / 8},
                TensorBody.of(bytes(MemorySegment.ofArray(words))));
        encodedWriter.tensor(
                tensor.name() + "_scale", DType.BF16, new long[] {rows, cols / group}, TensorBody.of(halves));
        MemorySegment sizes = bytes(MemorySegment.ofArray(new long[] {rows, cols}));
        encodedWriter.tensor(tensor.name() + "_shape", DType.I64, new long[] {2}, TensorBody.of(sizes));
        plainWriter.tensor(tensor.name(), DType.F32, tensor.shape(), TensorBody.of(values));
    }

    private static MemorySegment bytes(MemorySegment values) {
        return Arena.ofAuto().allocate(values.byteSize(), Long.BYTES).copyFrom(values);
    }

    /** FP8 with a scale for each stretch of {@code each} weights. */
    private void eights(StoredTensor tensor, int each, String scaleName) {
        float[] values = tensor.floats();
        float[] scales = new float[values.length / each];
        for (int i = 0; i < values.length; i++) {
            scales[i / each] = Math.max(scales[i / each], Math.abs(values[i]) / 448);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] /= scales[i / each];
        }
        MemorySegment codes = Arena.ofAuto().allocate(values.length);
        DType.F8_E4M3.encode(values, 0, values.length, codes, 0);
        DType.F8_E4M3.decode(codes, 0, values, 0, values.length);
        for (int i = 0; i < values.length; i++) {
            values[i] *= scales[i / each];
        }
        encodedWriter.tensor(tensor.name(), DType.F8_E4M3, tensor.shape(), TensorBody.of(codes));
        long[] shape = scales.length == 1 ? new long[0] : new long[] {scales.length, 1};
        encodedWriter.tensor(scaleName, DType.F32, shape, TensorBody.of(scales));
        plainWriter.tensor(tensor.name(), DType.F32, tensor.shape(), TensorBody.of(values));
    }

    /** E2M1 numbers, the even one of a pair in the low nibble, with a power of two for every 32. */
    private static final class Fours {
        final MemorySegment codes;
        final MemorySegment scales;
        final float[] values;

        Fours(float[] from) {
            byte[] nibbles = new byte[from.length / 2];
            byte[] exponents = new byte[from.length / 32];
            values = new float[from.length];
            for (int i = 0; i < from.length; i++) {
                int g = i / 32;
                float largest = 1e-6f;
                for (int j = 32 * g; j < 32 * g + 32; j++) {
                    largest = Math.max(largest, Math.abs(from[j]));
                }
                int exponent = Math.getExponent(largest) - 2;
                exponents[g] = (byte) (exponent + 127);
                double scaled = Math.abs(from[i]) / Math.pow(2, exponent);
                int code = IntStream.range(0, 8)
                        .reduce((a, b) -> Math.abs(E2M1[b] - scaled) < Math.abs(E2M1[a] - scaled) ? b : a)
                        .orElseThrow();
                int sign = from[i] < 0 ? 8 : 0;
                nibbles[i / 2] |= (byte) ((code | sign) << i % 2 * 4);
                values[i] = (float) ((sign == 0 ? 1 : -1) * E2M1[code] * Math.pow(2, exponent));
            }
            codes = MemorySegment.ofArray(nibbles);
            scales = MemorySegment.ofArray(exponents);
        }
    }

    private void agrees(PublishedEncoding published, String section, Predicate<String> which, Encoding encoding)
            throws Exception {
        Path source = SharedFolder.require("oracle/hf/" + published.folder());
        String config = Files.readString(source.resolve("config.json"));
        Files.writeString(plain.resolve("config.json"), config);
        Files.writeString(
                encoded.resolve("config.json"),
                config.replaceFirst("\\{", "{\"quantization_config\": " + section + ","));
        try (Arena arena = Arena.ofConfined()) {
            int count = 0;
            for (StoredTensor tensor : SafetensorsFolder.open(source.resolve("model.safetensors"), arena)
                    .tensors()) {
                if (which.test(tensor.name())) {
                    encoding.write(tensor);
                    count++;
                } else {
                    encodedWriter.tensor(tensor);
                    plainWriter.tensor(tensor);
                }
            }
            assertThat(count).isGreaterThan(3);
            encodedWriter.write(encoded.resolve("model.safetensors"));
            plainWriter.write(plain.resolve("model.safetensors"));
        }
        float[] expected = logits(plain);
        float[] found = logits(encoded);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(1e-4f));
        }
        assertThat(expected).isNotEqualTo(logits(source));
    }

    private static float[] logits(Path folder) {
        try (Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(folder);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 16)) {
            int[] prompt = IntStream.range(0, 9).map(i -> 7 * i + 3).toArray();
            float[][] rows = new OneSequence(decoder).logits(prompt, 9);
            return Arrays.copyOf(rows[8], rows[8].length);
        }
    }
}
