package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A folder of Qwen3.5 with experts, of which the references have no GGUF file, written as one: norms whole, rates negative, value heads in
 * turns instead of by their key heads, experts stacked. The same logits.
 */
class Qwen35TwinTest {
    private static final int KEY_HEADS = 2;
    private static final int EACH = 2;
    private static final int DIM = 16;
    private static final int KEYS = 2 * KEY_HEADS * DIM;
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("input_layernorm.weight", "attn_norm.weight"),
            Map.entry("post_attention_layernorm.weight", "post_attention_norm.weight"),
            Map.entry("linear_attn.in_proj_qkv.weight", "attn_qkv.weight"),
            Map.entry("linear_attn.in_proj_z.weight", "attn_gate.weight"),
            Map.entry("linear_attn.in_proj_b.weight", "ssm_beta.weight"),
            Map.entry("linear_attn.in_proj_a.weight", "ssm_alpha.weight"),
            Map.entry("linear_attn.conv1d.weight", "ssm_conv1d.weight"),
            Map.entry("linear_attn.A_log", "ssm_a"),
            Map.entry("linear_attn.dt_bias", "ssm_dt.bias"),
            Map.entry("linear_attn.norm.weight", "ssm_norm.weight"),
            Map.entry("linear_attn.out_proj.weight", "ssm_out.weight"),
            Map.entry("self_attn.q_proj.weight", "attn_q.weight"),
            Map.entry("self_attn.k_proj.weight", "attn_k.weight"),
            Map.entry("self_attn.v_proj.weight", "attn_v.weight"),
            Map.entry("self_attn.o_proj.weight", "attn_output.weight"),
            Map.entry("self_attn.q_norm.weight", "attn_q_norm.weight"),
            Map.entry("self_attn.k_norm.weight", "attn_k_norm.weight"),
            Map.entry("mlp.gate.weight", "ffn_gate_inp.weight"),
            Map.entry("mlp.shared_expert_gate.weight", "ffn_gate_inp_shexp.weight"),
            Map.entry("mlp.shared_expert.gate_proj.weight", "ffn_gate_shexp.weight"),
            Map.entry("mlp.shared_expert.up_proj.weight", "ffn_up_shexp.weight"),
            Map.entry("mlp.shared_expert.down_proj.weight", "ffn_down_shexp.weight"));

    @TempDir
    Path folder;

    @Test
    void agreesWithTheReference() {
        Path published = SharedFolder.require("oracle/hf/qwen3_5_moe");
        Path file = folder.resolve("model.gguf");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            write(SafetensorsFolder.open(published.resolve("model.safetensors"), arena), arena, file);
            try (Checkpoint checkpoint = Checkpoint.open(file);
                    Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 128)) {
                TensorSource expected = SafetensorsFolder.open(published.resolve("expect.safetensors"), arena);
                float[] prompt = expected.tensor("prompt.2").floats();
                int[] ids = IntStream.range(0, prompt.length)
                        .map(i -> (int) prompt[i])
                        .toArray();
                float[][] found = new OneSequence(decoder).logits(ids, 11);
                float[] logits = expected.tensor("logits.2").floats();
                double worst = 0;
                for (int i = 0; i < logits.length; i++) {
                    worst = Math.max(worst, Math.abs(logits[i] - found[i / 288][i % 288]));
                }
                assertThat(worst).isLessThan(2.5e-3);
            }
        }
    }

    private static void write(TensorSource tensors, Arena arena, Path file) {
        GgufWriter writer = new GgufWriter().string("general.architecture", "qwen35moe");
        String a = "qwen35moe.";
        Map<String, Integer> numbers = Map.ofEntries(
                Map.entry("block_count", 4),
                Map.entry("context_length", 512),
                Map.entry("embedding_length", 64),
                Map.entry("attention.head_count", 4),
                Map.entry("attention.head_count_kv", 2),
                Map.entry("attention.key_length", 32),
                Map.entry("attention.value_length", 32),
                Map.entry("rope.dimension_count", 8),
                Map.entry("full_attention_interval", 4),
                Map.entry("expert_count", 8),
                Map.entry("expert_used_count", 3),
                Map.entry("expert_feed_forward_length", 32),
                Map.entry("expert_shared_feed_forward_length", 40),
                Map.entry("ssm.conv_kernel", 4),
                Map.entry("ssm.state_size", DIM),
                Map.entry("ssm.group_count", KEY_HEADS),
                Map.entry("ssm.time_step_rank", KEY_HEADS * EACH),
                Map.entry("ssm.inner_size", KEY_HEADS * EACH * DIM));
        numbers.forEach((key, value) -> writer.uint32(a + key, value));
        writer.float32(a + "attention.layer_norm_rms_epsilon", 1e-6).float32(a + "rope.freq_base", 10_000);
        put(writer, arena, "token_embd.weight", tensors.tensor("model.embed_tokens.weight"), false);
        put(writer, arena, "output.weight", tensors.tensor("lm_head.weight"), false);
        put(writer, arena, "output_norm.weight", tensors.tensor("model.norm.weight"), true);
        for (int l = 0; l < 4; l++) {
            String layer = "model.layers." + l + ".";
            String block = "blk." + l + ".";
            NAMES.forEach((from, to) -> {
                if (tensors.has(layer + from)) {
                    boolean lessOne = from.endsWith("norm.weight") && !from.startsWith("linear_attn");
                    put(writer, arena, block + to, tensors.tensor(layer + from), lessOne);
                }
            });
            for (String kind : List.of("gate", "up", "down")) {
                List<StoredTensor> all = IntStream.range(0, 8)
                        .mapToObj(e -> tensors.tensor(layer + "mlp.experts." + e + "." + kind + "_proj.weight"))
                        .toList();
                long[] shape = all.getFirst().shape();
                float[] stack = new float[(int) (8 * shape[0] * shape[1])];
                for (int e = 0; e < 8; e++) {
                    float[] one = all.get(e).floats();
                    System.arraycopy(one, 0, stack, e * one.length, one.length);
                }
                put(writer, arena, block + "ffn_" + kind + "_exps.weight", stack, 8, shape[0], shape[1]);
            }
        }
        writer.write(file);
    }

    private static void put(GgufWriter writer, Arena arena, String name, StoredTensor tensor, boolean lessOne) {
        float[] values = tensor.floats();
        long[] shape = tensor.shape();
        for (int i = 0; lessOne && i < values.length; i++) {
            values[i] += 1;
        }
        int row = (int) (values.length / shape[0]);
        String kind = name.substring(name.indexOf('.', 4) + 1);
        values = switch (kind) {
            case "attn_qkv.weight", "ssm_conv1d.weight" -> turned(values, KEYS * row, DIM * row);
            case "attn_gate.weight" -> turned(values, 0, DIM * row);
            case "ssm_beta.weight", "ssm_alpha.weight", "ssm_a", "ssm_dt.bias" -> turned(values, 0, row);
            case "ssm_out.weight" -> {
                float[] out = new float[values.length];
                for (int r = 0; r < shape[0]; r++) {
                    float[] one = Arrays.copyOfRange(values, r * row, (r + 1) * row);
                    System.arraycopy(turned(one, 0, DIM), 0, out, r * row, row);
                }
                yield out;
            }
            default -> values;
        };
        for (int i = 0; kind.equals("ssm_a") && i < values.length; i++) {
            values[i] = (float) -Math.exp(values[i]);
        }
        put(writer, arena, name, values, shape.length == 3 ? new long[] {shape[0], shape[2]} : shape);
    }

    private static void put(GgufWriter writer, Arena arena, String name, float[] values, long... shape) {
        FloatRows rows = FloatRows.copyOf(arena, values, values.length);
        writer.tensor(name, DType.F32, shape, TensorBody.of(rows.data()));
    }

    /** Value heads of {@code size} from {@code from} on: head g · EACH + j becomes head j · KEY_HEADS + g. */
    private static float[] turned(float[] values, int from, int size) {
        float[] out = values.clone();
        for (int g = 0; g < KEY_HEADS; g++) {
            for (int j = 0; j < EACH; j++) {
                System.arraycopy(values, from + (g * EACH + j) * size, out, from + (j * KEY_HEADS + g) * size, size);
            }
        }
        return out;
    }
}
