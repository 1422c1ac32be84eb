package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The config.json, in published form, of families that GGUF has an architecture for: the other way of {@link GgufForms}. */
final class FolderForms {
    private record Form(String modelType, String className) {}

    /** By the family that a GGUF file's description names. */
    private static final Map<String, Form> FORMS = Map.of(
            "llama", new Form("llama", "LlamaForCausalLM"),
            "mistral", new Form("mistral", "MistralForCausalLM"),
            "mixtral", new Form("mixtral", "MixtralForCausalLM"),
            "qwen2", new Form("qwen2", "Qwen2ForCausalLM"),
            "qwen3", new Form("qwen3", "Qwen3ForCausalLM"),
            "qwen3_moe", new Form("qwen3_moe", "Qwen3MoeForCausalLM"),
            "deepseek_v2", new Form("deepseek_v2", "DeepseekV2ForCausalLM"),
            "deepseek_v3", new Form("deepseek_v3", "DeepseekV3ForCausalLM"));

    private FolderForms() {}

    static Map<String, @Nullable Object> config(GgufConfig gguf, DecoderSpec spec) {
        Form form = FORMS.get(family(spec));
        if (form == null) {
            Set<String> known = new TreeSet<>(FORMS.keySet());
            throw new ModelException(gguf.source() + ": GGUF files of family '" + spec.family()
                    + "' cannot be written as a folder; those of " + known + " can");
        }
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("architectures", List.of(form.className));
        config.put("model_type", form.modelType);
        config.put("vocab_size", (long) spec.vocabularySize());
        config.put("hidden_size", (long) spec.hiddenSize());
        config.put("intermediate_size", (long) gguf.integer("feed_forward_length"));
        config.put("num_hidden_layers", (long) spec.layers().size());
        config.put("max_position_embeddings", (long) spec.contextLength());
        config.put("rms_norm_eps", exact(spec.normEps()));
        config.put("tie_word_embeddings", spec.tiedHead());
        config.put("hidden_act", "silu");
        switch (spec.layers().getFirst().attention()) {
            case AttentionSpec.GroupedQuery grouped -> grouped(config, grouped, form, gguf);
            case AttentionSpec.Latent latent -> latent(config, latent, gguf);
            default ->
                throw new ModelException(gguf.source() + ": the attention of family '" + spec.family()
                        + "' cannot be written as a folder");
        }
        int dense = 0;
        while (dense < spec.layers().size()
                && spec.layers().get(dense).feedForward() instanceof FeedForwardSpec.Gated) {
            dense++;
        }
        if (dense < spec.layers().size()
                && spec.layers().get(dense).feedForward() instanceof FeedForwardSpec.Experts experts) {
            experts(config, experts, dense, form);
        }
        return config;
    }

    private static String family(DecoderSpec spec) {
        if (spec.family().equals("deepseek2")) {
            boolean sigmoid = spec.layers().getLast().feedForward() instanceof FeedForwardSpec.Experts experts
                    && experts.router().score() == RouterSpec.Score.SIGMOID;
            return sigmoid ? "deepseek_v3" : "deepseek_v2";
        }
        boolean windowed =
                spec.layers().getFirst().attention() instanceof AttentionSpec.GroupedQuery a && a.window() > 0;
        return spec.family().equals("llama") && windowed ? "mistral" : spec.family();
    }

    private static void grouped(
            Map<String, @Nullable Object> config, AttentionSpec.GroupedQuery a, Form form, GgufConfig gguf) {
        config.put("num_attention_heads", (long) a.heads());
        config.put("num_key_value_heads", (long) a.kvHeads());
        config.put("head_dim", (long) a.headDim());
        if (form.modelType.equals("qwen2")) {
            config.put("use_sliding_window", false);
        } else {
            config.put("attention_bias", a.inputBias() || a.outputBias());
        }
        if (form.modelType.equals("mistral") || form.modelType.equals("mixtral")) {
            config.put("sliding_window", a.window() > 0 ? (Object) (long) a.window() : null);
        }
        rotary(config, a.rotary(), gguf, 0);
    }

    private static void latent(Map<String, @Nullable Object> config, AttentionSpec.Latent a, GgufConfig gguf) {
        config.put("num_attention_heads", (long) a.heads());
        config.put("num_key_value_heads", (long) a.heads());
        config.put("q_lora_rank", a.queryRank() > 0 ? (Object) (long) a.queryRank() : null);
        config.put("kv_lora_rank", (long) a.latentDim());
        config.put("qk_nope_head_dim", (long) a.plainDim());
        config.put("qk_rope_head_dim", (long) a.rotaryDim());
        config.put("v_head_dim", (long) a.valueDim());
        config.put("attention_bias", a.bias());
        rotary(config, a.rotary(), gguf, 10 * gguf.yarnLogMultiplier());
    }

    private static void experts(
            Map<String, @Nullable Object> config, FeedForwardSpec.Experts experts, int dense, Form form) {
        RouterSpec router = experts.router();
        config.put("num_experts_per_tok", (long) router.perToken());
        switch (form.modelType) {
            case "mixtral" -> {
                config.put("num_local_experts", (long) experts.experts());
                config.put("intermediate_size", (long) experts.width());
            }
            case "qwen3_moe" -> {
                config.put("num_experts", (long) experts.experts());
                config.put("moe_intermediate_size", (long) experts.width());
                config.put("norm_topk_prob", router.normalise());
                config.put("decoder_sparse_step", 1L);
                config.put("mlp_only_layers", List.of());
            }
            default -> {
                config.put("n_routed_experts", (long) experts.experts());
                config.put("moe_intermediate_size", (long) experts.width());
                config.put("n_shared_experts", (long) (experts.sharedWidth() / experts.width()));
                config.put("first_k_dense_replace", (long) dense);
                config.put("moe_layer_freq", 1L);
                config.put("n_group", (long) router.groups());
                config.put("topk_group", (long) router.topGroups());
                config.put("norm_topk_prob", router.normalise());
                config.put("routed_scaling_factor", exact(router.scale()));
                boolean third = form.modelType.equals("deepseek_v3");
                config.put("scoring_func", third ? "sigmoid" : "softmax");
                boolean grouped = router.groups() > 1;
                config.put(
                        "topk_method",
                        third ? router.bias() ? "noaux_tc" : "greedy" : grouped ? "group_limited_greedy" : "greedy");
            }
        }
    }

    private static void rotary(
            Map<String, @Nullable Object> config, @Nullable RotarySpec rotary, GgufConfig gguf, double allDimensions) {
        if (rotary == null) {
            return;
        }
        config.put("rope_theta", exact((float) rotary.base()));
        Map<String, @Nullable Object> scaling = new LinkedHashMap<>();
        switch (rotary.scaling()) {
            case RotarySpec.Unscaled none -> {}
            case RotarySpec.Linear linear -> {
                scaling.put("rope_type", "linear");
                scaling.put("factor", exact((float) linear.factor()));
            }
            case RotarySpec.Llama3 llama -> llama3(scaling, llama);
            case RotarySpec.Divisors given -> llama3(scaling, fitted(rotary, given.divisors(), gguf));
            case RotarySpec.Yarn yarn -> {
                scaling.put("type", "yarn");
                scaling.put("factor", exact((float) yarn.factor()));
                scaling.put("original_max_position_embeddings", Math.round(yarn.originalContext()));
                scaling.put("beta_fast", exact((float) yarn.betaFast()));
                scaling.put("beta_slow", exact((float) yarn.betaSlow()));
                if (allDimensions != 0) {
                    scaling.put("mscale", exact((float) allDimensions));
                    scaling.put("mscale_all_dim", exact((float) allDimensions));
                }
            }
            default ->
                throw new ModelException(gguf.source() + ": the rotary scaling "
                        + rotary.scaling().getClass().getSimpleName()
                        + " cannot be written as a folder's configuration");
        }
        config.put("rope_scaling", scaling.isEmpty() ? null : scaling);
    }

    private static void llama3(Map<String, @Nullable Object> scaling, RotarySpec.Llama3 llama) {
        scaling.put("rope_type", "llama3");
        scaling.put("factor", llama.factor());
        scaling.put("low_freq_factor", llama.lowFactor());
        scaling.put("high_freq_factor", llama.highFactor());
        scaling.put("original_max_position_embeddings", Math.round(llama.originalContext()));
    }

    /** The parameters of Llama 3.1's scaling that give these divisors. */
    private static RotarySpec.Llama3 fitted(RotarySpec rotary, float[] divisors, GgufConfig gguf) {
        double factor = 1;
        for (float divisor : divisors) {
            factor = Math.max(factor, divisor);
        }
        for (double high : new double[] {4, 1, 8, 16}) {
            for (long original = 16; original <= 1 << 24; original *= 2) {
                RotarySpec.Llama3 guess = new RotarySpec.Llama3(factor, 1, high, original);
                float[] guessed = GgufKeys.divisors(
                        new RotarySpec(rotary.dims(), RotaryTable.Layout.HALF_SPLIT, rotary.base(), guess));
                if (near(guessed, divisors)) {
                    return guess;
                }
            }
        }
        throw new ModelException(
                gguf.source() + ": the divisors of tensor rope_freqs.weight are not those of Llama 3.1's"
                        + " scaling (rope_type llama3) with a low_freq_factor of 1, which a folder's configuration could say");
    }

    private static boolean near(float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) {
            if (Math.abs(a[i] - b[i]) > 1e-4f * b[i]) {
                return false;
            }
        }
        return true;
    }

    /** The shortest decimal number of a float32: what a person wrote, mostly. */
    private static double exact(float value) {
        return Double.parseDouble(Float.toString(value));
    }
}
