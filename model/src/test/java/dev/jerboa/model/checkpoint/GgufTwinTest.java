package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reference folders written as GGUF with the names and keys that converters use, where the references have no GGUF file of their
 * own: the same logits.
 */
class GgufTwinTest {
    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(.+?)(\\.weight|\\.bias|)");
    private static final Pattern EXPERT = Pattern.compile("(.*experts)\\.(\\d+)\\.(\\w+)");

    @TempDir
    Path folder;

    private final Map<String, Object> config = new HashMap<>();
    private final GgufWriter writer = new GgufWriter();
    private String architecture = "";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qwen2_moe qwen2moe",
                "glm chatglm",
                "glm4 glm4",
                "glm4_moe glm4moe",
                "glm4_moe_qknorm glm4moe",
                "seed_oss seed_oss",
                "ernie4_5 ernie4_5",
                "ernie4_5_moe ernie4_5-moe",
                "minimax_m2 minimax-m2",
                "ministral3 mistral3",
                "llama4_text llama4"
            })
    void agreesWithTheReference(String pair) {
        String directory = pair.substring(0, pair.indexOf(' '));
        architecture = pair.substring(pair.indexOf(' ') + 1);
        Path published = SharedFolder.require("oracle/hf/" + directory);
        Path file = folder.resolve("model.gguf");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            TensorSource tensors = SafetensorsFolder.open(published.resolve("model.safetensors"), arena);
            Json.object(published.resolve("config.json")).forEach((key, value) -> {
                if (value != null) {
                    config.put(key, value);
                }
            });
            keys();
            tensors(tensors);
            writer.write(file);
            try (Checkpoint checkpoint = Checkpoint.open(file);
                    Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 128)) {
                TensorSource expected = SafetensorsFolder.open(published.resolve("expect.safetensors"), arena);
                for (int i = 0; i < 3; i++) {
                    int[] prompt = OracleTest.integers(expected.tensor("prompt." + i));
                    float[] logits = expected.tensor("logits." + i).floats();
                    assertThat(OracleTest.distance(new OneSequence(decoder).logits(prompt, 11), logits))
                            .as("largest difference over the standard deviation, prompt %d", i)
                            .isLessThan(1e-3);
                }
            }
        }
    }

    private void count(String key, String... from) {
        for (String name : from) {
            if (config.get(name) instanceof Number number) {
                writer.uint32(architecture + "." + key, number.longValue());
                return;
            }
        }
    }

    private void number(String key, double value) {
        writer.float32(architecture + "." + key, value);
    }

    private static double of(Map<?, ?> map, String key) {
        return ((Number) Objects.requireNonNull(map.get(key), key)).doubleValue();
    }

    private int headDim() {
        return (int) of(config, "head_dim");
    }

    private void keys() {
        writer.string("general.architecture", architecture);
        long predicted = config.get("num_nextn_predict_layers") instanceof Long n ? n : 0;
        writer.uint32(architecture + ".block_count", (long) of(config, "num_hidden_layers") + predicted);
        if (predicted > 0) {
            writer.uint32(architecture + ".nextn_predict_layers", predicted);
        }
        count("context_length", "max_position_embeddings");
        count("embedding_length", "hidden_size");
        count("feed_forward_length", "intermediate_size_mlp", "intermediate_size");
        count("attention.head_count", "num_attention_heads");
        count("attention.head_count_kv", "num_key_value_heads");
        count("attention.key_length", "head_dim");
        count("attention.value_length", "head_dim");
        number("attention.layer_norm_rms_epsilon", of(config, "rms_norm_eps"));
        Map<?, ?> rope = config.get("rope_parameters") instanceof Map<?, ?> given ? given : Map.of();
        number("rope.freq_base", rope.containsKey("rope_theta") ? of(rope, "rope_theta") : of(config, "rope_theta"));
        if (config.get("partial_rotary_factor") instanceof Double factor) {
            writer.uint32(architecture + ".rope.dimension_count", Math.round(headDim() * factor));
        }
        count("rope.dimension_count", "rotary_dim");
        count("expert_count", "num_experts", "n_routed_experts", "moe_num_experts", "num_local_experts");
        count("expert_used_count", "num_experts_per_tok", "moe_k");
        count("expert_feed_forward_length", "moe_intermediate_size", "intermediate_size");
        count("expert_shared_count", "n_shared_experts", "moe_num_shared_experts");
        count("leading_dense_block_count", "first_k_dense_replace", "moe_layer_start_index");
        count("interleave_moe_layer_step", "interleave_moe_layer_step", "moe_layer_interval");
        count("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
        if (config.get("routed_scaling_factor") instanceof Number scale) {
            number("expert_weights_scale", scale.doubleValue());
        }
        if (config.get("norm_topk_prob") instanceof Boolean normalised) {
            writer.flag(architecture + ".expert_weights_norm", normalised);
        }
        if (architecture.equals("glm4moe") || architecture.equals("minimax-m2")) {
            writer.uint32(architecture + ".expert_gating_func", 2);
        }
        if (architecture.equals("mistral3")) {
            writer.string("mistral3.rope.scaling.type", "yarn");
            number("rope.scaling.factor", of(rope, "factor"));
            writer.uint32("mistral3.rope.scaling.original_context_length", (long)
                    of(rope, "original_max_position_embeddings"));
            number("rope.scaling.yarn_log_multiplier", of(rope, "mscale_all_dim"));
            number("attention.temperature_scale", of(rope, "llama_4_scaling_beta"));
        }
        if (architecture.equals("llama4")) {
            count("attention.sliding_window", "attention_chunk_size");
            count("attention.temperature_length", "floor_scale");
            llama3Divisors((Map<?, ?>) Objects.requireNonNull(config.get("rope_scaling")));
        }
    }

    /** The divisors of Llama 3.1's stretching, one a pair of dimensions. */
    private void llama3Divisors(Map<?, ?> scaling) {
        double factor = of(scaling, "factor");
        double low = of(scaling, "low_freq_factor");
        double high = of(scaling, "high_freq_factor");
        double original = of(scaling, "original_max_position_embeddings");
        int half = headDim() / 2;
        float[] divisors = new float[half];
        for (int i = 0; i < half; i++) {
            double wavelength = 2 * Math.PI * Math.pow(of(config, "rope_theta"), i / (double) half);
            double smooth = low == high ? 0 : (original / wavelength - low) / (high - low);
            divisors[i] = (float)
                    (wavelength < original / high
                            ? 1
                            : wavelength > original / low ? factor : 1 / ((1 - smooth) / factor + smooth));
        }
        writer.tensor("rope_freqs.weight", DType.F32, new long[] {half}, TensorBody.of(divisors));
    }

    private static final Map<String, String> WHOLE = Map.of(
            "model.embed_tokens.weight", "token_embd.weight",
            "model.norm.weight", "output_norm.weight",
            "lm_head.weight", "output.weight");

    /** What follows the layer's number, published → GGUF; of those that only some architectures have, after it. */
    private static final Map<String, String> PARTS = Map.ofEntries(
            Map.entry("input_layernorm", "attn_norm"),
            Map.entry("self_attn.q_proj", "attn_q"),
            Map.entry("self_attn.k_proj", "attn_k"),
            Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.o_proj", "attn_output"),
            Map.entry("self_attn.q_norm", "attn_q_norm"),
            Map.entry("self_attn.k_norm", "attn_k_norm"),
            Map.entry("post_attention_layernorm", "ffn_norm"),
            Map.entry("glm4moe post_attention_layernorm", "post_attention_norm"),
            Map.entry("seed_oss post_attention_layernorm", "post_attention_norm"),
            Map.entry("post_self_attn_layernorm", "post_attention_norm"),
            Map.entry("post_mlp_layernorm", "post_ffw_norm"),
            Map.entry("mlp.gate_up_proj", "ffn_up"),
            Map.entry("mlp.gate_proj", "ffn_gate"),
            Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.down_proj", "ffn_down"),
            Map.entry("mlp.gate", "ffn_gate_inp"),
            Map.entry("block_sparse_moe.gate", "ffn_gate_inp"),
            Map.entry("feed_forward.router", "ffn_gate_inp"),
            Map.entry("mlp.gate.e_score_correction_bias", "exp_probs_b.bias"),
            Map.entry("mlp.moe_statics.e_score_correction_bias", "exp_probs_b.bias"),
            Map.entry("block_sparse_moe.e_score_correction_bias", "exp_probs_b.bias"),
            Map.entry("mlp.shared_expert_gate", "ffn_gate_inp_shexp"),
            Map.entry("mlp.shared_expert.gate_proj", "ffn_gate_shexp"),
            Map.entry("mlp.shared_expert.up_proj", "ffn_up_shexp"),
            Map.entry("mlp.shared_expert.down_proj", "ffn_down_shexp"),
            Map.entry("feed_forward.shared_expert.gate_proj", "ffn_gate_shexp"),
            Map.entry("feed_forward.shared_expert.up_proj", "ffn_up_shexp"),
            Map.entry("feed_forward.shared_expert.down_proj", "ffn_down_shexp"),
            Map.entry("mlp.shared_experts.gate_proj", "ffn_gate_shexp"),
            Map.entry("mlp.shared_experts.up_proj", "ffn_up_shexp"),
            Map.entry("mlp.shared_experts.down_proj", "ffn_down_shexp"),
            Map.entry("gate_proj", "ffn_gate_exps"),
            Map.entry("up_proj", "ffn_up_exps"),
            Map.entry("down_proj", "ffn_down_exps"),
            Map.entry("w1", "ffn_gate_exps"),
            Map.entry("w3", "ffn_up_exps"),
            Map.entry("w2", "ffn_down_exps"));

    private void tensors(TensorSource published) {
        Map<String, TreeMap<Integer, StoredTensor>> experts = new TreeMap<>();
        for (StoredTensor tensor : published.tensors()) {
            String whole = WHOLE.get(tensor.name());
            Matcher layer = LAYER.matcher(tensor.name());
            if (whole != null) {
                writer.tensor(whole, tensor.type(), tensor.shape(), TensorBody.of(tensor.data()));
                continue;
            }
            assertThat(layer.matches()).as(tensor.name()).isTrue();
            String part = layer.group(2);
            String block = "blk." + layer.group(1) + ".";
            Matcher expert = EXPERT.matcher(part);
            if (expert.matches()) {
                experts.computeIfAbsent(block + PARTS.get(expert.group(3)) + ".weight", name -> new TreeMap<>())
                        .put(Integer.valueOf(expert.group(2)), tensor);
            } else if (part.startsWith("feed_forward.experts.")) {
                turned(block, part, tensor);
            } else {
                String name = PARTS.getOrDefault(architecture + " " + part, PARTS.get(part));
                if (name != null) { // others are of layers that predict further tokens
                    store(block + name + layer.group(3), part, tensor);
                }
            }
        }
        experts.forEach((name, all) -> {
            StoredTensor first = all.firstEntry().getValue();
            float[] stack = new float[(int) first.elements() * all.size()];
            all.forEach((e, one) ->
                    System.arraycopy(one.floats(), 0, stack, e * (int) one.elements(), (int) one.elements()));
            writer.tensor(name, DType.F32, new long[] {all.size(), first.size(0), first.size(1)}, TensorBody.of(stack));
        });
    }

    private void store(String name, String part, StoredTensor tensor) {
        boolean turned = architecture.equals("mistral3")
                && List.of("self_attn.q_proj", "self_attn.k_proj").contains(part);
        float[] values = tensor.floats();
        if (turned) {
            int cols = (int) tensor.size(1);
            int head = headDim();
            float[] other = new float[values.length];
            for (int r = 0; r < tensor.size(0); r++) {
                int from = r / head * head + r % 2 * (head / 2) + r % head / 2;
                System.arraycopy(values, from * cols, other, r * cols, cols);
            }
            values = other;
        }
        // a row that is a vector there
        long[] shape = tensor.rank() == 2 && tensor.size(0) == 1 ? new long[] {tensor.size(1)} : tensor.shape();
        writer.tensor(name, DType.F32, shape, TensorBody.of(values));
    }

    /** Llama 4's stacks: experts × inputs × outputs there, gate and up apart and outputs first in GGUF. */
    private void turned(String block, String part, StoredTensor tensor) {
        boolean down = part.endsWith("down_proj");
        int experts = (int) tensor.size(0);
        int inputs = (int) tensor.size(1);
        int all = (int) tensor.size(2);
        int outputs = down ? all : all / 2;
        float[] values = tensor.floats();
        for (int p = 0; p < (down ? 1 : 2); p++) {
            float[] to = new float[experts * outputs * inputs];
            for (int e = 0; e < experts; e++) {
                for (int o = 0; o < outputs; o++) {
                    for (int i = 0; i < inputs; i++) {
                        to[(e * outputs + o) * inputs + i] = values[(e * inputs + i) * all + p * outputs + o];
                    }
                }
            }
            String name = down
                    ? "ffn_down_exps"
                    : Arrays.asList("ffn_gate_exps", "ffn_up_exps").get(p);
            writer.tensor(
                    block + name + ".weight", DType.F32, new long[] {experts, outputs, inputs}, TensorBody.of(to));
        }
    }
}
