package dev.jerboa.model.family;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.SelectionSpec;
import dev.jerboa.model.decoder.TensorNames;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The families that GGUF has an architecture for, by their folders' {@code model_type}: a line each of {@link #FORMS}. What all have
 * comes from the decoder's description; a line says what is its own.
 */
final class GgufForms {
    /** Architectures whose YaRN leaves cosines as they are, and says so by a multiplier of the softmax scale. */
    static final Set<String> WHOLE_COSINES =
            Set.of("deepseek2", "deepseek32", "deepseek4", "glm-dsa", "mistral3", "mistral4");

    /**
     * @param own adds the keys that only this architecture has
     */
    private record Form(String architecture, TensorNames names, Rows rows, BiConsumer<GgufKeys, FolderConfig> own) {
        Form(String architecture, TensorNames names, BiConsumer<GgufKeys, FolderConfig> own) {
            this(architecture, names, Rows.SAME, own);
        }
    }

    /** What happens to the order of rows: see {@link GgufForm}. */
    private enum Rows {
        SAME,
        TURNED,
        TILED
    }

    private static final Map<String, Form> FORMS = Map.ofEntries(
            Map.entry("llama", new Form("llama", Names.GGUF, Rows.TURNED, GgufForms::grouped)),
            Map.entry("mistral", new Form("llama", Names.GGUF, Rows.TURNED, GgufForms::grouped)),
            Map.entry("mixtral", new Form("llama", Names.GGUF, Rows.TURNED, GgufForms::experts)),
            Map.entry("qwen2", new Form("qwen2", Names.GGUF, GgufForms::grouped)),
            Map.entry("qwen2_moe", new Form("qwen2moe", Names.GGUF, GgufForms::qwen2Experts)),
            Map.entry("qwen3", new Form("qwen3", Names.GGUF, GgufForms::grouped)),
            Map.entry("qwen3_moe", new Form("qwen3moe", Names.GGUF, GgufForms::experts)),
            Map.entry("qwen3_next", new Form("qwen3next", Qwen3Next.GGUF_BY_HEAD, GgufForms::deltaRules)),
            Map.entry("qwen3_5", new Form("qwen35", Qwen3Next.GGUF_APART, Rows.TILED, GgufForms::deltaRules)),
            Map.entry("qwen3_5_text", new Form("qwen35", Qwen3Next.GGUF_APART, Rows.TILED, GgufForms::deltaRules)),
            Map.entry("qwen3_5_moe", new Form("qwen35moe", Qwen3Next.GGUF_APART, Rows.TILED, GgufForms::deltaRules)),
            Map.entry(
                    "qwen3_5_moe_text", new Form("qwen35moe", Qwen3Next.GGUF_APART, Rows.TILED, GgufForms::deltaRules)),
            Map.entry("kimi_linear", new Form("kimi-linear", KimiLinear.GGUF, GgufForms::kimiLinear)),
            Map.entry("deepseek_v2", new Form("deepseek2", Names.GGUF, GgufForms::deepSeek)),
            Map.entry("deepseek_v3", new Form("deepseek2", Names.GGUF, GgufForms::deepSeek)),
            Map.entry("kimi_k2", new Form("deepseek2", Names.GGUF, GgufForms::deepSeek)),
            Map.entry("glm4_moe_lite", new Form("deepseek2", Names.GGUF, GgufForms::deepSeek)),
            Map.entry("deepseek_v32", new Form("deepseek32", Names.GGUF, GgufForms::deepSeekSparse)),
            Map.entry("glm_moe_dsa", new Form("glm-dsa", Names.GGUF, GgufForms::deepSeekSparse)),
            Map.entry("deepseek_v4", new Form("deepseek4", DeepSeekFourNames.GGUF, GgufForms::deepSeekFour)),
            Map.entry("mistral4", new Form("mistral4", Names.GGUF, GgufForms::mistralFour)),
            Map.entry("ministral3", new Form("mistral3", Names.GGUF, Rows.TURNED, GgufForms::ministralThree)),
            Map.entry("gpt_oss", new Form("gpt-oss", Names.GGUF_POST_ATTENTION_NORM, GgufForms::gptOss)),
            Map.entry("glm", new Form("chatglm", Glm.GGUF_FUSED, GgufForms::grouped)),
            Map.entry("glm4", new Form("glm4", Glm.GGUF_FUSED, GgufForms::grouped)),
            Map.entry("glm4_moe", new Form("glm4moe", Names.GGUF_POST_ATTENTION_NORM, GgufForms::glmExperts)),
            Map.entry("seed_oss", new Form("seed_oss", Names.GGUF_POST_ATTENTION_NORM, GgufForms::grouped)),
            Map.entry("ernie4_5", new Form("ernie4_5", Names.GGUF, GgufForms::grouped)),
            Map.entry("ernie4_5_moe", new Form("ernie4_5-moe", Names.GGUF, GgufForms::ernieExperts)),
            Map.entry("minimax_m2", new Form("minimax-m2", Names.GGUF, GgufForms::miniMaxTwo)),
            Map.entry("minimax_m3", new Form("minimax-m3", MiniMaxM3.GGUF, GgufForms::miniMaxThree)),
            Map.entry("minimax_m3_vl", new Form("minimax-m3", MiniMaxM3.GGUF, GgufForms::miniMaxThree)),
            Map.entry("minimax_m3_vl_text", new Form("minimax-m3", MiniMaxM3.GGUF, GgufForms::miniMaxThree)),
            Map.entry("llama4", new Form("llama4", Names.GGUF, GgufForms::llamaFour)),
            Map.entry("llama4_text", new Form("llama4", Names.GGUF, GgufForms::llamaFour)));

    private GgufForms() {}

    static GgufForm of(FolderConfig config, DecoderSpec spec) {
        String type = config.string("model_type");
        Form form = FORMS.get(type);
        if (form == null) {
            Set<String> known = new TreeSet<>(FORMS.keySet());
            throw new ModelException(config.source() + ": folders of model_type '" + type
                    + "' cannot be written as GGUF; those of " + known + " can");
        }
        GgufKeys keys = new GgufKeys(form.architecture, spec, config.source());
        boolean streams = spec.residual() instanceof ResidualSpec.Hyper;
        keys.require(!streams || form.architecture.equals("deepseek4"), "the model has residual streams (hc_mult)");
        keys.decoder(config);
        form.own.accept(keys, config);
        boolean tiled = form.rows == Rows.TILED
                && spec.layers().stream()
                        .anyMatch(layer -> layer.attention() instanceof AttentionSpec.DeltaRule rule
                                && rule.keyHeads() != rule.valueHeads());
        return new GgufForm(form.architecture, form.names, form.rows == Rows.TURNED, tiled, keys.all, keys.divisors);
    }

    private static void grouped(GgufKeys keys, FolderConfig config) {
        keys.grouped();
    }

    private static FeedForwardSpec.Experts everywhere(GgufKeys keys) {
        FeedForwardSpec.Experts experts = keys.experts(layer -> true);
        keys.mixture(experts);
        return experts;
    }

    private static void experts(GgufKeys keys, FolderConfig config) {
        keys.grouped();
        if (!everywhere(keys).router().normalise()) {
            keys.put("expert_weights_norm", false);
        }
    }

    private static void qwen2Experts(GgufKeys keys, FolderConfig config) {
        keys.require(keys.grouped().inputBias(), "queries, keys and values have no biases (qkv_bias)");
        FeedForwardSpec.Experts experts = everywhere(keys);
        keys.integer("expert_shared_feed_forward_length", experts.sharedWidth());
        if (experts.router().normalise()) {
            keys.put("expert_weights_norm", true);
        }
    }

    /** Qwen3-Next and Qwen3.5: delta rules, and grouped-query attention in one layer of so many. */
    private static void deltaRules(GgufKeys keys, FolderConfig config) {
        List<LayerSpec> layers = keys.spec.layers();
        AttentionSpec.GroupedQuery full = keys.firstGrouped();
        AttentionSpec.@Nullable DeltaRule rule = null;
        for (LayerSpec layer : layers) {
            rule = layer.attention() instanceof AttentionSpec.DeltaRule found ? found : rule;
        }
        int interval = IntStream.range(0, layers.size())
                        .filter(l -> layers.get(l).attention().equals(full))
                        .findFirst()
                        .orElseThrow()
                + 1;
        for (int l = 0; l < layers.size(); l++) {
            boolean attends = layers.get(l).attention().equals(full);
            keys.require(
                    attends == ((l + 1) % interval == 0),
                    "layer " + l + " breaks the order of one full layer in " + interval);
        }
        AttentionSpec.DeltaRule states = rule;
        if (states == null) {
            throw new ModelException(config.source() + ": no layer has running states, expected some");
        }
        keys.heads(full);
        keys.rotary(full.rotary());
        List<@Nullable Object> sections = config.object("rope_parameters").list("mrope_section");
        if (!sections.isEmpty()) { // positions of text are the same in all of them
            long[] four = new long[4];
            for (int i = 0; i < Math.min(four.length, sections.size()); i++) {
                four[i] = sections.get(i) instanceof Long section ? section : 0;
            }
            keys.put("rope.dimension_sections", four);
        }
        keys.integer("full_attention_interval", interval);
        keys.integer("ssm.conv_kernel", states.window());
        keys.integer("ssm.state_size", states.keyDim());
        keys.integer("ssm.group_count", states.keyHeads());
        keys.integer("ssm.time_step_rank", states.valueHeads());
        keys.integer("ssm.inner_size", (long) states.valueHeads() * states.valueDim());
        if (keys.denseLayers() == layers.size()) {
            return;
        }
        FeedForwardSpec.Experts experts = everywhere(keys);
        keys.integer("expert_shared_feed_forward_length", experts.sharedWidth());
        if (!experts.router().normalise()) {
            keys.put("expert_weights_norm", false);
        }
    }

    private static void kimiLinear(GgufKeys keys, FolderConfig config) {
        List<LayerSpec> layers = keys.spec.layers();
        AttentionSpec.Latent a = keys.latent();
        long[] keyHeads = new long[layers.size()];
        for (int l = 0; l < keyHeads.length; l++) {
            keyHeads[l] = layers.get(l).attention() instanceof AttentionSpec.Latent ? 1 : 0;
            if (layers.get(l).attention() instanceof AttentionSpec.DeltaRule rule) {
                keys.require(
                        rule.valueHeads() == a.heads(),
                        "running states have " + rule.valueHeads() + " heads, latent attention " + a.heads());
                keys.integer("ssm.conv_kernel", rule.window());
                keys.integer("kda.head_dim", rule.keyDim());
            }
        }
        latentHeads(keys, a);
        keys.put("attention.head_count_kv", keyHeads);
        keys.number("rope.freq_base", config.number("rope_theta", 10_000));
        keys.integer("rope.dimension_count", a.rotaryDim());
        int dense = keys.denseLayers();
        keys.integer("leading_dense_block_count", dense);
        FeedForwardSpec.Experts experts = keys.experts(layer -> layer >= dense);
        keys.mixture(experts);
        keys.groups(experts.router());
        keys.integer("expert_group_used_count", experts.router().topGroups());
        keys.gating(experts.router());
        keys.integer("expert_shared_count", experts.sharedWidth() / experts.width());
        keys.number("expert_weights_scale", experts.router().scale());
        if (!experts.router().normalise()) {
            keys.put("expert_weights_norm", false);
        }
    }

    private static void latentHeads(GgufKeys keys, AttentionSpec.Latent a) {
        keys.integer("attention.head_count", a.heads());
        if (a.queryRank() > 0) {
            keys.integer("attention.q_lora_rank", a.queryRank());
        }
        keys.integer("attention.kv_lora_rank", a.latentDim());
        keys.integer("attention.key_length", a.latentDim() + a.rotaryDim());
        keys.integer("attention.value_length", a.latentDim());
        keys.integer("attention.key_length_mla", a.plainDim() + a.rotaryDim());
        keys.integer("attention.value_length_mla", a.valueDim());
    }

    private static void deepSeek(GgufKeys keys, FolderConfig config) {
        AttentionSpec.Latent a = keys.latent();
        latentHeads(keys, a);
        keys.integer("attention.head_count_kv", 1);
        RotarySpec rotary = a.rotary();
        keys.rotary(rotary);
        if (rotary != null && rotary.scaling() instanceof RotarySpec.Yarn) {
            double all = config.yarnAllDimensions();
            if (all != 0) {
                keys.number("rope.scaling.yarn_log_multiplier", 0.1 * all);
            }
        }
        int dense = keys.denseLayers();
        keys.integer("leading_dense_block_count", dense);
        if (dense == keys.spec.layers().size()) {
            return;
        }
        FeedForwardSpec.Experts experts = keys.experts(layer -> layer >= dense);
        RouterSpec router = experts.router();
        keys.require(
                router.groups() == 1
                        || (router.groupScore() == RouterSpec.GroupScore.BEST)
                                == (router.score() == RouterSpec.Score.SOFTMAX),
                "groups are scored by " + router.groupScore() + " of " + router.score());
        keys.mixture(experts);
        keys.integer("expert_group_count", router.groups());
        keys.integer("expert_group_used_count", router.topGroups());
        keys.gating(router);
        keys.integer("expert_shared_count", experts.sharedWidth() / experts.width());
        keys.number("expert_weights_scale", router.scale());
        keys.put("expert_weights_norm", router.normalise());
    }

    private static void deepSeekSparse(GgufKeys keys, FolderConfig config) {
        deepSeek(keys, config);
        if (keys.spec.layers().getFirst().attention() instanceof AttentionSpec.Selected selected
                && selected.selection() instanceof SelectionSpec.Lightning indexer) {
            keys.integer("attention.indexer.head_count", indexer.heads());
            keys.integer("attention.indexer.key_length", indexer.dim());
            keys.integer("attention.indexer.top_k", indexer.top());
        }
    }

    private static void deepSeekFour(GgufKeys keys, FolderConfig config) {
        List<LayerSpec> layers = keys.spec.layers();
        int count = layers.size();
        long[] rates = new long[count];
        double[] limits = new double[count];
        int byToken = 0;
        AttentionSpec.@Nullable Compressed near = null;
        AttentionSpec.@Nullable Compressed far = null;
        FeedForwardSpec.@Nullable Experts experts = null;
        for (int l = 0; l < count; l++) {
            AttentionSpec.Compressed a =
                    (AttentionSpec.Compressed) layers.get(l).attention();
            AttentionSpec.Compression compression = a.compression();
            rates[l] = compression == null ? 0 : compression.every();
            near = compression == null ? a : near;
            far = compression == null ? far : a;
            if (compression != null && compression.selection() instanceof AttentionSpec.Selection selection) {
                keys.integer("attention.indexer.head_count", selection.heads());
                keys.integer("attention.indexer.key_length", selection.headDim());
                keys.integer("attention.indexer.top_k", selection.most());
            }
            experts = (FeedForwardSpec.Experts) layers.get(l).feedForward();
            limits[l] = experts.limit();
            if (experts.router().byToken()) {
                keys.require(byToken == l, "layer " + l + " chooses experts by token, and one before it does not");
                byToken++;
            }
        }
        AttentionSpec.Compressed a =
                (AttentionSpec.Compressed) layers.getFirst().attention();
        keys.integer("attention.head_count", a.heads());
        keys.integer("attention.head_count_kv", 1);
        keys.integer("attention.key_length", a.headDim());
        keys.integer("attention.value_length", a.headDim());
        keys.integer("attention.q_lora_rank", a.queryRank());
        keys.integer("attention.sliding_window", a.window());
        keys.integer("attention.output_group_count", a.groups());
        keys.integer("attention.output_lora_rank", a.groupRank());
        keys.integer("rope.dimension_count", a.rotary().dims());
        double base = near == null
                ? config.number("rope_theta", 10_000)
                : near.rotary().base();
        keys.require(
                near == null || near.rotary().scaling() instanceof RotarySpec.Unscaled,
                "layers that do not compress have a rotary scaling");
        keys.number("rope.freq_base", base);
        keys.number(
                "attention.compress_rope_freq_base",
                far == null
                        ? config.number("compress_rope_theta", 160_000)
                        : far.rotary().base());
        if (far != null && far.rotary().scaling() instanceof RotarySpec.Yarn yarn) {
            keys.require(yarn.truncate() && yarn.magnitude() == 1, "YaRN has truncate or attention_factor");
            keys.yarnKeys(yarn);
        } else {
            keys.require(
                    far == null || far.rotary().scaling() instanceof RotarySpec.Unscaled,
                    "the rotary scaling is not YaRN");
        }
        keys.put("attention.compress_ratios", rates);
        FeedForwardSpec.Experts last = Objects.requireNonNull(experts, "experts");
        keys.mixture(last);
        keys.gating(last.router());
        keys.integer("expert_shared_count", 1);
        keys.number("expert_weights_scale", last.router().scale());
        keys.put("expert_weights_norm", last.router().normalise());
        keys.put("swiglu_clamp_exp", limits);
        keys.put("swiglu_clamp_shexp", limits);
        keys.integer("hash_layer_count", byToken);
        ResidualSpec.Hyper streams = (ResidualSpec.Hyper) keys.spec.residual();
        keys.require(
                streams.kind() == ResidualSpec.Kind.MANIFOLD
                        && streams.head() == ResidualSpec.Head.LEARNED
                        && !streams.singlePass(),
                "hyper-connections are of Jerboa's own kinds (hc_kind, hc_head, hc_single_pass)");
        keys.integer("hyper_connection.count", streams.streams());
        keys.integer("hyper_connection.sinkhorn_iterations", streams.sinkhornIterations());
        keys.number("hyper_connection.epsilon", streams.eps());
        keys.integer("embedding_length_out", (long) streams.streams() * keys.spec.hiddenSize());
    }

    private static void mistralFour(GgufKeys keys, FolderConfig config) {
        deepSeek(keys, config);
        var growth = keys.latent().queryScaling();
        if (growth != null) {
            keys.number("attention.temperature_scale", growth.beta());
            keys.integer("attention.temperature_length", Math.round(growth.period()));
        }
    }

    private static void ministralThree(GgufKeys keys, FolderConfig config) {
        AttentionSpec.GroupedQuery a = keys.grouped();
        RotarySpec rotary = a.rotary();
        if (rotary != null && rotary.scaling() instanceof RotarySpec.Yarn yarn && yarn.magnitude() == 1) {
            double all = config.yarnAllDimensions();
            keys.number("rope.scaling.yarn_log_multiplier", all == 0 ? 1 : all);
        }
        var growth = a.scores().growth();
        if (growth != null) {
            boolean known = rotary != null
                    && rotary.scaling() instanceof RotarySpec.Yarn yarn
                    && yarn.originalContext() == growth.period();
            keys.require(known, "queries grow every " + growth.period() + " positions, but not by YaRN's context");
            keys.number("attention.temperature_scale", growth.beta());
        }
    }

    private static void gptOss(GgufKeys keys, FolderConfig config) {
        List<LayerSpec> layers = keys.spec.layers();
        AttentionSpec.GroupedQuery first = keys.firstGrouped();
        for (int l = 0; l < layers.size(); l++) {
            boolean windowed = keys.grouped(layers.get(l).attention()).window() > 0;
            keys.require(windowed == GptOss.windowed(l), "not every other layer has a sliding window");
        }
        keys.heads(first);
        keys.integer("attention.sliding_window", first.window());
        keys.rotary(first.rotary());
        everywhere(keys);
    }

    private static void glmExperts(GgufKeys keys, FolderConfig config) {
        keys.grouped();
        int dense = keys.denseLayers();
        keys.integer("leading_dense_block_count", dense);
        scored(keys, keys.experts(layer -> layer >= dense));
    }

    /** Experts whose keys say all of their router. */
    private static void scored(GgufKeys keys, FeedForwardSpec.Experts experts) {
        RouterSpec router = experts.router();
        keys.mixture(experts);
        keys.groups(router);
        keys.gating(router);
        if (experts.sharedWidth() > 0) {
            keys.integer("expert_shared_count", experts.sharedWidth() / experts.width());
        }
        keys.number("expert_weights_scale", router.scale());
        keys.put("expert_weights_norm", router.normalise());
    }

    private static void ernieExperts(GgufKeys keys, FolderConfig config) {
        keys.grouped();
        int every = Math.max(1, config.integer("moe_layer_interval", 1));
        int dense = config.integer("moe_layer_start_index", 1);
        FeedForwardSpec.Experts experts = keys.experts(layer -> layer >= dense && (layer + 1) % every == 0);
        keys.require(
                experts.router().floor() == Ernie.LEAST_SUM,
                "weights of experts have a least sum of " + experts.router().floor() + " (moe_norm_min)");
        keys.mixture(experts);
        keys.integer("leading_dense_block_count", dense);
        keys.integer("interleave_moe_layer_step", every);
        keys.integer("expert_shared_count", experts.sharedWidth() / experts.width());
        if (experts.sharedWidth() > 0) {
            keys.integer("expert_shared_feed_forward_length", experts.sharedWidth());
        }
    }

    private static void miniMaxTwo(GgufKeys keys, FolderConfig config) {
        keys.grouped();
        FeedForwardSpec.Experts experts = everywhere(keys);
        keys.gating(experts.router());
    }

    private static void miniMaxThree(GgufKeys keys, FolderConfig config) {
        AttentionSpec.GroupedQuery a =
                keys.grouped(keys.spec.layers().getFirst().attention());
        keys.heads(a);
        keys.rotary(a.rotary());
        int dense = keys.denseLayers();
        keys.integer("leading_dense_block_count", dense);
        FeedForwardSpec.Experts experts = keys.experts(layer -> layer >= dense);
        scored(keys, experts);
        for (LayerSpec layer : keys.spec.layers()) {
            boolean known = layer.feedForward() instanceof FeedForwardSpec.Experts
                    || layer.feedForward() instanceof FeedForwardSpec.Gated gated
                            && gated.function().equals(MiniMaxM3.UNIT);
            keys.require(
                    known && experts.function().equals(MiniMaxM3.UNIT),
                    "swiglu_alpha or swiglu_limit is not the published one");
            if (layer.attention() instanceof AttentionSpec.Selected selected
                    && selected.selection() instanceof SelectionSpec.Blocks indexer) {
                keys.integer("attention.indexer.head_count", indexer.heads());
                keys.integer("attention.indexer.key_length", indexer.dim());
                keys.integer("attention.indexer.block_size", indexer.size());
                keys.integer("attention.indexer.top_k", indexer.top());
                keys.integer("attention.indexer.local_blocks", indexer.local());
            }
        }
    }

    private static void llamaFour(GgufKeys keys, FolderConfig config) {
        List<LayerSpec> layers = keys.spec.layers();
        AttentionSpec.GroupedQuery first = keys.grouped(layers.getFirst().attention());
        int step = Math.max(1, config.integer("interleave_moe_layer_step", 1));
        FeedForwardSpec.Experts experts = keys.experts(layer -> (layer + 1) % step == 0);
        for (int l = 0; l < layers.size(); l++) {
            AttentionSpec.GroupedQuery a = keys.grouped(layers.get(l).attention());
            boolean rotated = a.rotary() != null;
            keys.require(rotated == Llama4.rotated(l), "other layers than every fourth one are not rotated");
            keys.require(
                    rotated == (a.scores().chunk() > 0)
                            && a.scores().chunk() == (rotated ? first.scores().chunk() : 0),
                    "layers that are rotated are not those that see chunks");
            keys.require(
                    !rotated
                            || (a.norm() == AttentionSpec.QueryNorm.NONE)
                                    == (experts.experts() == Llama4.EXPERTS_WITHOUT_NORM),
                    "use_qk_norm is " + (a.norm() != AttentionSpec.QueryNorm.NONE) + " with " + experts.experts()
                            + " experts");
            var growth = a.scores().growth();
            keys.require(rotated || growth != null, "attn_temperature_tuning is false");
            if (growth != null) {
                keys.number("attention.temperature_scale", growth.beta());
                keys.integer("attention.temperature_length", Math.round(growth.period()));
            }
        }
        keys.heads(first);
        keys.rotary(first.rotary());
        keys.integer("attention.sliding_window", first.scores().chunk());
        keys.mixture(experts);
        keys.integer("interleave_moe_layer_step", step);
    }
}
