package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.TensorBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;

/**
 * A folder with two layers of 192 random floats a token, the first dense, under {@code model_type} jerboa. Weights depend on the
 * tensor's name alone, so that folders of different kinds share what they have in common.
 */
final class TinyFolder {
    static final int HIDDEN = 192;
    static final int VOCABULARY = 100;
    static final int LAYERS = 2;

    private final Map<String, Object> config = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private record Tensor(float[] values, long... shape) {}

    TinyFolder() {
        config.put("model_type", "jerboa");
        config.put("vocab_size", VOCABULARY);
        config.put("hidden_size", HIDDEN);
        config.put("num_hidden_layers", LAYERS);
        config.put("num_attention_heads", 4);
        config.put("intermediate_size", 256);
        config.put("rms_norm_eps", 1e-6);
        normal("model.embed_tokens.weight", VOCABULARY, HIDDEN);
        normal("lm_head.weight", VOCABULARY, HIDDEN);
        fill("model.norm.weight", i -> 1, HIDDEN);
        for (int l = 0; l < LAYERS; l++) {
            fill(layer(l) + "input_layernorm.weight", i -> 1, HIDDEN);
            fill(layer(l) + "post_attention_layernorm.weight", i -> 1, HIDDEN);
        }
        gated(layer(0) + "mlp.", 256);
    }

    static String layer(int l) {
        return "model.layers." + l + ".";
    }

    TinyFolder with(String key, Object value) {
        config.put(key, value);
        return this;
    }

    TinyFolder without(String key) {
        config.remove(key);
        return this;
    }

    TinyFolder latent() {
        with("kv_lora_rank", 64)
                .with("qk_nope_head_dim", 32)
                .with("qk_rope_head_dim", 32)
                .with("v_head_dim", 64);
        for (int l = 0; l < LAYERS; l++) {
            String attention = layer(l) + "self_attn.";
            normal(attention + "q_proj.weight", 4 * 64, HIDDEN);
            normal(attention + "kv_a_proj_with_mqa.weight", 96, HIDDEN);
            fill(attention + "kv_a_layernorm.weight", i -> 1, 64);
            normal(attention + "kv_b_proj.weight", 4 * 96, 64);
            normal(attention + "o_proj.weight", HIDDEN, 256);
        }
        return this;
    }

    TinyFolder grouped() {
        with("num_key_value_heads", 2).with("head_dim", 64);
        for (int l = 0; l < LAYERS; l++) {
            String attention = layer(l) + "self_attn.";
            normal(attention + "q_proj.weight", 4 * 64, HIDDEN);
            normal(attention + "k_proj.weight", 2 * 64, HIDDEN);
            normal(attention + "v_proj.weight", 2 * 64, HIDDEN);
            normal(attention + "o_proj.weight", HIDDEN, 256);
        }
        return this;
    }

    /** Gated units in both layers. */
    TinyFolder dense() {
        gated(layer(1) + "mlp.", 256);
        return this;
    }

    /** Six experts, two for a token, in the second layer. */
    TinyFolder experts(int shared, boolean bias) {
        with("n_routed_experts", 6).with("num_experts_per_tok", 2).with("moe_intermediate_size", 128);
        with("n_shared_experts", shared)
                .with("first_k_dense_replace", 1)
                .with("topk_method", bias ? "noaux_tc" : "greedy");
        String unit = layer(1) + "mlp.";
        normal(unit + "gate.weight", 6, HIDDEN);
        if (bias) {
            fill(unit + "gate.e_score_correction_bias", i -> 0.1 * Math.sin(i), 6);
        }
        for (int e = 0; e < 6; e++) {
            gated(unit + "experts." + e + ".", 128);
        }
        if (shared > 0) {
            gated(unit + "shared_experts.", shared * 128);
        }
        return this;
    }

    private void gated(String prefix, int width) {
        normal(prefix + "gate_proj.weight", width, HIDDEN);
        normal(prefix + "up_proj.weight", width, HIDDEN);
        normal(prefix + "down_proj.weight", HIDDEN, width);
    }

    /** Random weights of every site and of the head, {@code rows} × {@code cols} of fn. */
    TinyFolder streams(int rows, int cols, int base, int headStreams) {
        for (int l = 0; l < LAYERS; l++) {
            for (String site : new String[] {"hc_attn_", "hc_ffn_"}) {
                normal(layer(l) + site + "fn", rows, cols);
                normal(layer(l) + site + "base", 1, base);
                fill(layer(l) + site + "scale", i -> 0.7 + 0.2 * i, 3);
            }
        }
        if (headStreams > 0) {
            normal("model.hc_head_fn", headStreams, headStreams * HIDDEN);
            normal("model.hc_head_base", 1, headStreams);
            fill("model.hc_head_scale", i -> 0.8, 1);
        }
        return this;
    }

    /** Sets the values of a tensor. */
    TinyFolder fill(String name, IntToDoubleFunction value, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) value.applyAsDouble(i);
        }
        tensors.put(name, new Tensor(floats, shape));
        return this;
    }

    /** A tensor under a second name. */
    TinyFolder again(String of, String name) {
        tensors.put(name, tensors.get(of));
        return this;
    }

    private void normal(String name, int rows, int cols) {
        Random random = new Random(name.hashCode());
        fill(name, i -> random.nextGaussian() / Math.sqrt(cols), rows, cols);
    }

    Path write(Path folder) {
        SafetensorsWriter writer = new SafetensorsWriter();
        tensors.forEach((name, tensor) -> writer.tensor(name, DType.F32, tensor.shape, TensorBody.of(tensor.values)));
        writer.write(folder.resolve("model.safetensors"));
        String json = config.entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\": "
                        + (e.getValue() instanceof String text ? "\"" + text + "\"" : e.getValue()))
                .collect(Collectors.joining(",\n", "{", "}"));
        try {
            Files.writeString(folder.resolve("config.json"), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }
}
