package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.SelectionSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The config.json, in published form, of families that GGUF has an architecture for: the other way of {@link GgufForms}. What all have comes
 * from the decoder's description; a line of {@link #FORMS} says what is its own.
 */
final class FolderForms {
    /** @param own adds the keys that only this family has */
    private record Form(String modelType, String className, Consumer<FolderForms> own) {}

    /** By the family that a GGUF file's description names. */
    private static final Map<String, Form> FORMS = Map.ofEntries(
            Map.entry("llama", new Form("llama", "LlamaForCausalLM", FolderForms::biases)),
            Map.entry("mistral", new Form("mistral", "MistralForCausalLM", FolderForms::mistral)),
            Map.entry("mixtral", new Form("mixtral", "MixtralForCausalLM", FolderForms::mixtral)),
            Map.entry("qwen2", new Form("qwen2", "Qwen2ForCausalLM", FolderForms::withoutWindow)),
            Map.entry("qwen2_moe", new Form("qwen2_moe", "Qwen2MoeForCausalLM", FolderForms::qwen2Experts)),
            Map.entry("qwen3", new Form("qwen3", "Qwen3ForCausalLM", FolderForms::biases)),
            Map.entry("qwen3_moe", new Form("qwen3_moe", "Qwen3MoeForCausalLM", FolderForms::qwen3Experts)),
            Map.entry("seed_oss", new Form("seed_oss", "SeedOssForCausalLM", FolderForms::seed)),
            Map.entry("ernie4_5", new Form("ernie4_5", "Ernie4_5ForCausalLM", FolderForms::ernie)),
            Map.entry("ernie4_5_moe", new Form("ernie4_5_moe", "Ernie4_5_MoeForCausalLM", FolderForms::ernieExperts)),
            Map.entry("glm4_moe", new Form("glm4_moe", "Glm4MoeForCausalLM", FolderForms::glmExperts)),
            Map.entry("minimax_m2", new Form("minimax_m2", "MiniMaxM2ForCausalLM", FolderForms::miniMaxTwo)),
            Map.entry("deepseek_v2", new Form("deepseek_v2", "DeepseekV2ForCausalLM", FolderForms::deepSeekTwo)),
            Map.entry("deepseek_v3", new Form("deepseek_v3", "DeepseekV3ForCausalLM", FolderForms::deepSeekThree)),
            Map.entry("deepseek_v32", new Form("deepseek_v32", "DeepseekV32ForCausalLM", FolderForms::indexed)),
            Map.entry("glm_moe_dsa", new Form("glm_moe_dsa", "GlmMoeDsaForCausalLM", FolderForms::indexed)));

    private final Map<String, @Nullable Object> config = new LinkedHashMap<>();
    private final GgufConfig gguf;
    private final DecoderSpec spec;

    private FolderForms(GgufConfig gguf, DecoderSpec spec) {
        this.gguf = gguf;
        this.spec = spec;
    }

    static Map<String, @Nullable Object> config(GgufConfig gguf, DecoderSpec spec) {
        Form form = FORMS.get(family(spec));
        if (form == null) {
            Set<String> known = new TreeSet<>(FORMS.keySet());
            throw new ModelException(gguf.source() + ": GGUF files of family '" + spec.family()
                    + "' cannot be written as a folder; those of " + known + " can");
        }
        FolderForms keys = new FolderForms(gguf, spec);
        keys.decoder(form);
        form.own.accept(keys);
        return keys.config;
    }

    private void decoder(Form form) {
        config.put("architectures", List.of(form.className));
        config.put("model_type", form.modelType);
        put("vocab_size", spec.vocabularySize());
        put("hidden_size", spec.hiddenSize());
        put("intermediate_size", gguf.integer("feed_forward_length"));
        put("num_hidden_layers", spec.layers().size());
        put("max_position_embeddings", spec.contextLength());
        config.put("rms_norm_eps", exact(spec.normEps()));
        config.put("tie_word_embeddings", spec.tiedHead());
        config.put("hidden_act", "silu");
        switch (attention()) {
            case AttentionSpec.GroupedQuery grouped -> grouped(grouped);
            case AttentionSpec.Latent latent -> latent(latent);
            default ->
                throw new ModelException(gguf.source() + ": the attention of family '" + spec.family()
                        + "' cannot be written as a folder");
        }
    }

    private void put(String key, long number) {
        config.put(key, number);
    }

    /** The first layer's attention, without what selects positions. */
    private AttentionSpec attention() {
        AttentionSpec first = spec.layers().getFirst().attention();
        return first instanceof AttentionSpec.Selected selected ? selected.base() : first;
    }

    private AttentionSpec.GroupedQuery grouped() {
        return (AttentionSpec.GroupedQuery) attention();
    }

    /** The mixture of the first layer that has one, or null. */
    private FeedForwardSpec.@Nullable Experts experts() {
        int dense = denseLayers();
        return dense < spec.layers().size()
                        && spec.layers().get(dense).feedForward() instanceof FeedForwardSpec.Experts experts
                ? experts
                : null;
    }

    private int denseLayers() {
        int dense = 0;
        while (dense < spec.layers().size()
                && spec.layers().get(dense).feedForward() instanceof FeedForwardSpec.Gated) {
            dense++;
        }
        return dense;
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

    private void grouped(AttentionSpec.GroupedQuery a) {
        put("num_attention_heads", a.heads());
        put("num_key_value_heads", a.kvHeads());
        put("head_dim", a.headDim());
        rotary(a.rotary(), 0);
    }

    private void latent(AttentionSpec.Latent a) {
        put("num_attention_heads", a.heads());
        put("num_key_value_heads", a.heads());
        config.put("q_lora_rank", a.queryRank() > 0 ? (Object) (long) a.queryRank() : null);
        put("kv_lora_rank", a.latentDim());
        put("qk_nope_head_dim", a.plainDim());
        put("qk_rope_head_dim", a.rotaryDim());
        put("v_head_dim", a.valueDim());
        config.put("attention_bias", a.bias());
        rotary(a.rotary(), 10 * gguf.yarnLogMultiplier());
    }

    private void biases() {
        config.put("attention_bias", grouped().inputBias() || grouped().outputBias());
    }

    private void withoutWindow() {
        config.put("use_sliding_window", false);
    }

    private void mistral() {
        biases();
        config.put(
                "sliding_window",
                grouped().window() > 0 ? (Object) (long) grouped().window() : null);
    }

    private void mixtral() {
        mistral();
        FeedForwardSpec.Experts experts = experts();
        if (experts != null) {
            put("num_local_experts", experts.experts());
            put("intermediate_size", experts.width());
            put("num_experts_per_tok", experts.router().perToken());
        }
    }

    private void qwen2Experts() {
        withoutWindow();
        config.put("qkv_bias", grouped().inputBias());
        qwenExperts();
        FeedForwardSpec.Experts experts = experts();
        if (experts != null) {
            put("shared_expert_intermediate_size", experts.sharedWidth());
        }
    }

    private void qwen3Experts() {
        biases();
        qwenExperts();
    }

    private void qwenExperts() {
        FeedForwardSpec.Experts experts = experts();
        if (experts == null) {
            return;
        }
        put("num_experts", experts.experts());
        put("moe_intermediate_size", experts.width());
        put("num_experts_per_tok", experts.router().perToken());
        config.put("norm_topk_prob", experts.router().normalise());
        put("decoder_sparse_step", 1);
        config.put("mlp_only_layers", List.of());
    }

    private void seed() {
        config.put("attention_bias", grouped().inputBias());
        config.put("attention_out_bias", grouped().outputBias());
        config.put("mlp_bias", false);
    }

    private void ernie() {
        config.put("use_bias", grouped().inputBias());
    }

    private void ernieExperts() {
        ernie();
        FeedForwardSpec.Experts experts = experts();
        if (experts == null) {
            return;
        }
        put("moe_num_experts", experts.experts());
        put("moe_intermediate_size", experts.width());
        put("moe_num_shared_experts", experts.sharedWidth() / experts.width());
        put("moe_k", experts.router().perToken());
        put("moe_layer_start_index", gguf.integer("leading_dense_block_count", 0));
        put("moe_layer_end_index", spec.layers().size() - 1);
        put("moe_layer_interval", Math.max(1, gguf.integer("interleave_moe_layer_step", 1)));
        config.put("moe_norm_min", exact(experts.router().floor()));
        config.put("moe_use_aux_free", experts.router().bias());
    }

    private void glmExperts() {
        config.put("attention_bias", grouped().inputBias());
        config.put("use_qk_norm", grouped().norm() == AttentionSpec.QueryNorm.HEADS);
        RotarySpec rotary = grouped().rotary();
        if (rotary != null) {
            config.put("partial_rotary_factor", share(rotary.dims(), grouped().headDim()));
        }
        deepSeekExperts(true);
    }

    /** A factor that gives {@code part} of {@code all} when the product is cut to a whole number. */
    private static double share(int part, int all) {
        double share = (double) part / all;
        return (int) (all * share) == part ? share : Math.nextUp(share);
    }

    private void miniMaxTwo() {
        RotarySpec rotary = grouped().rotary();
        if (rotary != null) {
            put("rotary_dim", rotary.dims());
        }
        config.put("use_qk_norm", true);
        config.put("qk_norm_type", "per_layer");
        put("shared_intermediate_size", 0);
        config.put("attn_type_list", Collections.nCopies(spec.layers().size(), 1L));
        FeedForwardSpec.Experts experts = experts();
        if (experts != null) {
            put("num_local_experts", experts.experts());
            put("intermediate_size", experts.width());
            put("num_experts_per_tok", experts.router().perToken());
            config.put("scoring_func", scoring(experts.router()));
            config.put("use_routing_bias", experts.router().bias());
        }
    }

    private static String scoring(RouterSpec router) {
        return router.score() == RouterSpec.Score.SIGMOID ? "sigmoid" : "softmax";
    }

    private void deepSeekTwo() {
        deepSeekExperts(false);
    }

    private void deepSeekThree() {
        deepSeekExperts(true);
    }

    private void deepSeekExperts(boolean third) {
        FeedForwardSpec.Experts experts = experts();
        if (experts == null) {
            return;
        }
        RouterSpec router = experts.router();
        put("num_experts_per_tok", router.perToken());
        put("n_routed_experts", experts.experts());
        put("moe_intermediate_size", experts.width());
        put("n_shared_experts", experts.sharedWidth() / experts.width());
        put("first_k_dense_replace", denseLayers());
        put("moe_layer_freq", 1);
        put("n_group", router.groups());
        put("topk_group", router.topGroups());
        config.put("norm_topk_prob", router.normalise());
        config.put("routed_scaling_factor", exact(router.scale()));
        config.put("scoring_func", scoring(router));
        String byGroup = router.groups() > 1 ? "group_limited_greedy" : "greedy";
        config.put("topk_method", third ? router.bias() ? "noaux_tc" : "greedy" : byGroup);
    }

    /** DeepSeek sparse attention: the indexer, and which layers have one where not all do. */
    private void indexed() {
        deepSeekThree();
        List<String> types = new ArrayList<>();
        for (LayerSpec layer : spec.layers()) {
            boolean own = layer.attention() instanceof AttentionSpec.Selected selected
                    && selected.selection() instanceof SelectionSpec.Lightning;
            types.add(own ? "full" : "shared");
        }
        if (spec.layers().getFirst().attention() instanceof AttentionSpec.Selected selected
                && selected.selection() instanceof SelectionSpec.Lightning indexer) {
            put("index_n_heads", indexer.heads());
            put("index_head_dim", indexer.dim());
            put("index_topk", indexer.top());
        }
        if (types.contains("shared")) {
            config.put("indexer_types", types);
        }
    }

    private void rotary(@Nullable RotarySpec rotary, double allDimensions) {
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
