package dev.jerboa.model.synthetic;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.convert.TypeMix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The sizes of published models, as GGUF metadata and tensors. */
public enum SyntheticShape {
    /** Nobody's model: small enough to make and run in a moment. */
    TINY(
            "tiny",
            "llama",
            2,
            256,
            512,
            512,
            1e4,
            true,
            s -> s.grouped(4, 2, 64, false, false).dense(512)),
    /** Like {@link #TINY}, with heads narrower than a share of a product. */
    TINY_NARROW(
            "tiny-narrow",
            "llama",
            2,
            256,
            512,
            512,
            1e4,
            true,
            s -> s.grouped(8, 4, 32, false, false).dense(512)),
    /** Like {@link #TINY}, with a mixture of experts and norms of heads. */
    TINY_EXPERTS(
            "tiny-experts",
            "qwen3moe",
            2,
            256,
            512,
            512,
            1e4,
            true,
            s -> s.grouped(4, 2, 64, false, true).experts(0, 512, 8, 2, 256, 0)),
    /** Like {@link #TINY}, with latent attention and shared experts. */
    TINY_LATENT(
            "tiny-latent",
            "deepseek2",
            2,
            256,
            512,
            512,
            1e4,
            true,
            s -> s.latent(4, 256, 128, 32, 32, 64).experts(1, 512, 8, 2, 256, 1)),
    /** Like {@link #TINY_EXPERTS}, with more layers and experts, of which a token meets few. */
    TINY_MANY_EXPERTS(
            "tiny-many-experts",
            "qwen3moe",
            3,
            256,
            512,
            512,
            1e4,
            true,
            s -> s.grouped(4, 2, 64, false, true).experts(0, 512, 32, 2, 256, 0)),
    QWEN3_0_6B(
            "qwen3-0.6b",
            "qwen3",
            28,
            1024,
            151_936,
            40_960,
            1e6,
            true,
            s -> s.grouped(16, 8, 128, false, true).dense(3072)),
    QWEN2_1_5B(
            "qwen2-1.5b",
            "qwen2",
            28,
            1536,
            151_936,
            32_768,
            1e6,
            true,
            s -> s.grouped(12, 2, 128, true, false).dense(8960)),
    LLAMA_1B(
            "llama-1b",
            "llama",
            16,
            2048,
            128_256,
            131_072,
            5e5,
            true,
            s -> s.grouped(32, 8, 64, false, false).dense(8192)),
    /** DeepSeek-V2-Lite's experts and latent attention in six layers; with a low-rank query, as V2 and V3 have. */
    DEEPSEEK_V2_LITE_6L(
            "deepseek-v2-lite-6l",
            "deepseek2",
            6,
            2048,
            102_400,
            163_840,
            1e4,
            false,
            s -> s.latent(16, 1536, 512, 128, 64, 128).experts(1, 10_944, 64, 6, 1408, 2)),
    /** Qwen3-30B-A3B's layers, four of them. */
    QWEN3_MOE_4L(
            "qwen3-moe-4l",
            "qwen3moe",
            4,
            2048,
            151_936,
            40_960,
            1e6,
            false,
            s -> s.grouped(32, 4, 128, false, true).experts(0, 6144, 128, 8, 768, 0));

    private final String publicName;
    private final Plan plan;

    SyntheticShape(
            String publicName,
            String architecture,
            int layers,
            int hidden,
            int vocabulary,
            int context,
            double ropeBase,
            boolean tied,
            Consumer<Plan> parts) {
        this.publicName = publicName;
        this.plan = new Plan(architecture, layers, hidden, vocabulary, context, ropeBase, tied);
        parts.accept(plan);
    }

    /** The name that commands use. */
    public String publicName() {
        return publicName;
    }

    /** The shape with this name. */
    public static SyntheticShape named(String name) {
        for (SyntheticShape shape : values()) {
            if (shape.publicName.equalsIgnoreCase(name)) {
                return shape;
            }
        }
        throw new ModelException("shape '" + name + "' is unknown; expected one of " + names());
    }

    /** The names of all shapes. */
    public static List<String> names() {
        return Arrays.stream(values()).map(SyntheticShape::publicName).toList();
    }

    Plan plan() {
        return plan;
    }

    /** A tensor to be made. {@code layer} is −1 outside layers. */
    record PlannedTensor(String name, long[] shape, int layer) {}

    /** Metadata and tensors, collected part by part. */
    static final class Plan {
        final String architecture;
        final int layers;
        final int vocabulary;
        final boolean tied;
        final Map<String, Object> metadata = new LinkedHashMap<>();
        final List<PlannedTensor> tensors = new ArrayList<>();
        private final int hidden;
        private int queriesPerKey = 1;
        private int experts;

        private Plan(
                String architecture,
                int layers,
                int hidden,
                int vocabulary,
                int context,
                double ropeBase,
                boolean tied) {
            this.architecture = architecture;
            this.layers = layers;
            this.hidden = hidden;
            this.vocabulary = vocabulary;
            this.tied = tied;
            put("block_count", (long) layers);
            put("context_length", (long) context);
            put("embedding_length", (long) hidden);
            put("rope.freq_base", ropeBase);
            put("attention.layer_norm_rms_epsilon", 1e-6);
            put("vocab_size", (long) vocabulary);
            tensors.add(new PlannedTensor("token_embd.weight", new long[] {vocabulary, hidden}, -1));
            tensors.add(new PlannedTensor("output_norm.weight", new long[] {hidden}, -1));
            if (!tied) {
                tensors.add(new PlannedTensor("output.weight", new long[] {vocabulary, hidden}, -1));
            }
            each("attn_norm.weight", hidden);
            each("ffn_norm.weight", hidden);
        }

        /** What types of tensors depend on. */
        TypeMix.Model model() {
            return new TypeMix.Model(layers, queriesPerKey, experts, false);
        }

        private void put(String key, Object value) {
            metadata.put(architecture + "." + key, value);
        }

        private void each(String name, long... shape) {
            from(0, layers, name, shape);
        }

        private void from(int first, int end, String name, long... shape) {
            for (int l = first; l < end; l++) {
                tensors.add(new PlannedTensor("blk." + l + "." + name, shape, l));
            }
        }

        private Plan grouped(int heads, int kvHeads, int headDim, boolean bias, boolean headNorm) {
            queriesPerKey = heads / kvHeads;
            put("attention.head_count", (long) heads);
            put("attention.head_count_kv", (long) kvHeads);
            put("attention.key_length", (long) headDim);
            put("attention.value_length", (long) headDim);
            put("rope.dimension_count", (long) headDim);
            long queries = (long) heads * headDim;
            long keys = (long) kvHeads * headDim;
            each("attn_q.weight", queries, hidden);
            each("attn_k.weight", keys, hidden);
            each("attn_v.weight", keys, hidden);
            each("attn_output.weight", hidden, queries);
            if (bias) {
                each("attn_q.bias", queries);
                each("attn_k.bias", keys);
                each("attn_v.bias", keys);
            }
            if (headNorm) {
                each("attn_q_norm.weight", headDim);
                each("attn_k_norm.weight", headDim);
            }
            return this;
        }

        private Plan latent(int heads, int queryRank, int latent, int plain, int rotary, int value) {
            put("attention.head_count", (long) heads);
            put("attention.head_count_kv", 1L);
            put("attention.q_lora_rank", (long) queryRank);
            put("attention.kv_lora_rank", (long) latent);
            put("attention.key_length", (long) latent + rotary);
            put("attention.value_length", (long) latent);
            put("attention.key_length_mla", (long) plain + rotary);
            put("attention.value_length_mla", (long) value);
            put("rope.dimension_count", (long) rotary);
            each("attn_q_a.weight", queryRank, hidden);
            each("attn_q_a_norm.weight", queryRank);
            each("attn_q_b.weight", (long) heads * (plain + rotary), queryRank);
            each("attn_kv_a_mqa.weight", latent + rotary, hidden);
            each("attn_kv_a_norm.weight", latent);
            each("attn_k_b.weight", heads, latent, plain);
            each("attn_v_b.weight", heads, value, latent);
            each("attn_output.weight", hidden, (long) heads * value);
            return this;
        }

        private Plan dense(int width) {
            put("feed_forward_length", (long) width);
            return dense(0, layers, width);
        }

        private Plan dense(int first, int end, int width) {
            from(first, end, "ffn_gate.weight", width, hidden);
            from(first, end, "ffn_up.weight", width, hidden);
            from(first, end, "ffn_down.weight", hidden, width);
            return this;
        }

        private Plan experts(int denseLayers, int denseWidth, int experts, int perToken, int width, int shared) {
            this.experts = experts;
            put("feed_forward_length", (long) denseWidth);
            put("leading_dense_block_count", (long) denseLayers);
            put("expert_count", (long) experts);
            put("expert_used_count", (long) perToken);
            put("expert_feed_forward_length", (long) width);
            put("expert_shared_count", (long) shared);
            put("expert_gating_func", 1L);
            put("expert_weights_scale", 1.0);
            dense(0, denseLayers, denseWidth);
            from(denseLayers, layers, "ffn_gate_inp.weight", experts, hidden);
            from(denseLayers, layers, "ffn_gate_exps.weight", experts, width, hidden);
            from(denseLayers, layers, "ffn_up_exps.weight", experts, width, hidden);
            from(denseLayers, layers, "ffn_down_exps.weight", experts, hidden, width);
            if (shared > 0) {
                long sharedWidth = (long) shared * width;
                from(denseLayers, layers, "ffn_gate_shexp.weight", sharedWidth, hidden);
                from(denseLayers, layers, "ffn_up_shexp.weight", sharedWidth, hidden);
                from(denseLayers, layers, "ffn_down_shexp.weight", hidden, sharedWidth);
            }
            return this;
        }
    }
}
