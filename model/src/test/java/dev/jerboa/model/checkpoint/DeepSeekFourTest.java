package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
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
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DeepSeek V4: what its configurations may not say, and its weights in the encodings that it is published in. */
class DeepSeekFourTest {
    private static final int[] PROMPT = new Random(4).ints(40, 0, 250).toArray();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "config.json|\"num_key_value_heads\": 1|\"num_key_value_heads\": 2|num_key_value_heads is 2, expected 1",
                "config.json|\"n_shared_experts\": 1|\"n_shared_experts\": 2|n_shared_experts is 2, expected 1",
                "config.json|\"attention_bias\": false|\"attention_bias\": true|attention_bias",
                "config.json|\"topk_method\": \"noaux_tc\"|\"topk_method\": \"greedy\"|topk_method is 'greedy'",
                "config.json|\"swiglu_limit\": 1.5|\"swiglu_limit\": 0|swiglu_limit is 0.0",
                "config.json|\"scoring_func\": \"sqrtsoftplus\"|\"scoring_func\": \"tanh\"|scoring_func 'tanh'",
                "config.json|\"compress_ratios\": [|\"compress_ratios\": [], \"x\": [|compress_ratios has no integer for layer 0",
                "config.json|\"o_groups\": 2|\"o_groups\": 3|in 3 groups",
                "config.json|\"type\": \"yarn\"|\"type\": \"spiral\"|'spiral'",
                "config.json|\"factor\": 16|\"factor\": 16, \"attention_factor\": 1.2|attention_factor is 1.2",
                "config.hf5.json|\"hash_moe\"|\"mesh_moe\"|mlp_layer_types has 'mesh_moe' for layer 0",
                "config.hf5.json|\"sliding_attention\"|\"full_attention\"|layer_types has 'full_attention' for layer 0",
                "config.hf5.json|\"qk_rope_head_dim\": 8|\"qk_rope_head_dim\": 16|partial_rotary_factor is 0.25",
                "config.hf5.json|\"compress\":|\"far\":|compress"
            })
    void saysWhichKeyIsUnusual(String file, String known, String unusual, String message, @TempDir Path folder)
            throws Exception {
        Path source = SharedFolder.require("oracle/hf/deepseek_v4");
        String config = Files.readString(source.resolve(file));
        assertThat(config).contains(known);
        Files.writeString(folder.resolve("config.json"), config.replace(known, unusual));
        Files.createSymbolicLink(folder.resolve("model.safetensors"), source.resolve("model.safetensors"));
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(message);
    }

    /** Projections of attention and the shared expert in FP8 with E8M0 scales, experts in FP4, against the same numbers in float32. */
    @Test
    void publishedEncodingsGiveTheLogitsOfTheirValues(@TempDir Path small, @TempDir Path plain) throws Exception {
        Path source = SharedFolder.require("oracle/hf/" + PublishedEncoding.EXPONENT_SCALES.folder());
        SafetensorsWriter smallWriter = new SafetensorsWriter();
        SafetensorsWriter plainWriter = new SafetensorsWriter();
        try (Arena arena = Arena.ofConfined()) {
            for (StoredTensor tensor : SafetensorsFolder.open(source.resolve("model.safetensors"), arena)
                    .tensors()) {
                String name = tensor.name();
                if (name.contains(".ffn.experts.")) {
                    four(tensor, smallWriter, plainWriter);
                } else if (name.matches(".*\\.(wq_a|wq_b|wkv|wo_a|wo_b|w1|w2|w3)\\.weight")
                        && !name.contains("compressor")) {
                    eight(tensor, smallWriter, plainWriter);
                } else {
                    smallWriter.tensor(tensor);
                    plainWriter.tensor(tensor);
                }
            }
            smallWriter.write(small.resolve("model.safetensors"));
            plainWriter.write(plain.resolve("model.safetensors"));
        }
        Files.copy(source.resolve("config.json"), small.resolve("config.json"));
        Files.copy(source.resolve("config.json"), plain.resolve("config.json"));
        float[][] found = logits(small);
        float[][] expected = logits(plain);
        for (int t = 0; t < found.length; t++) {
            assertThat(found[t]).containsExactly(expected[t], within(1e-4f));
        }
        assertThat(Files.size(small.resolve("model.safetensors")))
                .isLessThan(Files.size(plain.resolve("model.safetensors")) / 2);
    }

    /** FP8 with a power of two for each 128 × 128 weights. */
    private static void eight(StoredTensor tensor, SafetensorsWriter small, SafetensorsWriter plain) {
        int rows = (int) tensor.size(0);
        int cols = (int) tensor.size(1);
        int across = (cols + 127) / 128;
        byte[] scales = new byte[(rows + 127) / 128 * across];
        float[] stored = tensor.floats();
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (byte) (127 - 5 - i % 3);
        }
        for (int i = 0; i < stored.length; i++) {
            stored[i] /= scale(scales[i / cols / 128 * across + i % cols / 128]);
        }
        MemorySegment bytes = Arena.ofAuto().allocate(stored.length);
        DType.F8_E4M3.encode(stored, 0, stored.length, bytes, 0);
        DType.F8_E4M3.decode(bytes, 0, stored, 0, stored.length);
        for (int i = 0; i < stored.length; i++) {
            stored[i] *= scale(scales[i / cols / 128 * across + i % cols / 128]);
        }
        small.tensor(tensor.name(), DType.F8_E4M3, tensor.shape(), TensorBody.of(bytes));
        scales(tensor, scales, across, small);
        plain.tensor(tensor.name(), DType.F32, tensor.shape(), TensorBody.of(stored));
    }

    /** FP4, the even one of two in the low half of a byte, with a power of two for each 32 inputs. */
    private static void four(StoredTensor tensor, SafetensorsWriter small, SafetensorsWriter plain) {
        float[] values = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
        int rows = (int) tensor.size(0);
        int cols = (int) tensor.size(1);
        byte[] codes = new byte[rows * cols / 2];
        byte[] scales = new byte[rows * cols / 32];
        float[] given = tensor.floats();
        float[] meant = new float[given.length];
        for (int i = 0; i < given.length; i++) {
            int block = i / 32;
            scales[block] = (byte) (127 - 4 - block % 3);
            float scale = scale(scales[block]);
            int best = 0;
            for (int v = 1; v < 8; v++) {
                float size = Math.abs(given[i]) / scale;
                best = Math.abs(values[v] - size) < Math.abs(values[best] - size) ? v : best;
            }
            int code = best | (given[i] < 0 ? 8 : 0);
            codes[i / 2] |= (byte) (code << 4 * (i & 1));
            meant[i] = (given[i] < 0 ? -1 : 1) * values[best] * scale;
        }
        small.tensor(tensor.name(), DType.I8, new long[] {rows, cols / 2}, TensorBody.of(MemorySegment.ofArray(codes)));
        scales(tensor, scales, cols / 32, small);
        plain.tensor(tensor.name(), DType.F32, tensor.shape(), TensorBody.of(meant));
    }

    private static float scale(byte e8m0) {
        return (float) Math.pow(2, (e8m0 & 255) - 127);
    }

    private static void scales(StoredTensor tensor, byte[] scales, int across, SafetensorsWriter writer) {
        writer.tensor(
                tensor.name().replace(".weight", ".scale"),
                DType.F8_E8M0,
                new long[] {scales.length / across, across},
                TensorBody.of(MemorySegment.ofArray(scales)));
    }

    private static float[][] logits(Path folder) {
        try (Team team = Team.ofSize(1);
                Checkpoint checkpoint = Checkpoint.open(folder);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, PROMPT.length)) {
            return new OneSequence(decoder).logits(PROMPT, PROMPT.length);
        }
    }
}
