package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;
import static java.util.Map.entry;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.AttentionSpec.Scores;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.SelectionSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.decoder.UnitFunction;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * MiniMax-M3: queries and keys normed per head, a part of each head rotated; in most layers an indexer leaves each key head some
 * blocks of positions. All gated units, those of experts among them, are bounded. Folders store norms less 1.
 */
final class MiniMaxM3 implements Family {
    private static final TensorNames FOLDER = Mixtral.FOLDER
            .with(Map.of(
                    Slot.ROUTER_BIAS, "model.layers.{l}.block_sparse_moe.e_score_correction_bias",
                    Slot.SHARED_GATE, "model.layers.{l}.block_sparse_moe.shared_experts.gate_proj.weight",
                    Slot.SHARED_UP, "model.layers.{l}.block_sparse_moe.shared_experts.up_proj.weight",
                    Slot.SHARED_DOWN, "model.layers.{l}.block_sparse_moe.shared_experts.down_proj.weight",
                    Slot.INDEX_QUERY, "model.layers.{l}.self_attn.index_q_proj.weight",
                    Slot.INDEX_QUERY_NORM, "model.layers.{l}.self_attn.index_q_norm.weight",
                    Slot.INDEX_KEY, "model.layers.{l}.self_attn.index_k_proj.weight",
                    Slot.INDEX_KEY_NORM, "model.layers.{l}.self_attn.index_k_norm.weight"))
            .lessOne(
                    Slot.ATTENTION_NORM,
                    Slot.FEED_FORWARD_NORM,
                    Slot.OUTPUT_NORM,
                    Slot.QUERY_NORM,
                    Slot.KEY_NORM,
                    Slot.INDEX_QUERY_NORM,
                    Slot.INDEX_KEY_NORM);

    static final TensorNames GGUF = Names.GGUF.with(Map.of(
            Slot.INDEX_QUERY, "blk.{l}.indexer.q_proj.weight",
            Slot.INDEX_QUERY_NORM, "blk.{l}.indexer.q_norm.weight",
            Slot.INDEX_KEY, "blk.{l}.indexer.k_proj.weight",
            Slot.INDEX_KEY_NORM, "blk.{l}.indexer.k_norm.weight"));

    /** What GGUF files do not say. */
    private static final float SLOPE = 1.702f;

    private static final float LIMIT = 7;

    static final UnitFunction UNIT = UnitFunction.sloped(SLOPE, LIMIT);

    /** What folders leave out. */
    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            entry("head_dim", 128L),
            entry("num_key_value_heads", 4L),
            entry("rope_theta", 5e6),
            entry("num_local_experts", 128L),
            entry("num_experts_per_tok", 4L),
            entry("dense_intermediate_size", 12_288L),
            entry("shared_intermediate_size", 3072L),
            entry("routed_scaling_factor", 2.0),
            entry("index_n_heads", 4L),
            entry("index_head_dim", 128L),
            entry("index_block_size", 128L),
            entry("index_topk_blocks", 16L),
            entry("index_local_blocks", 1L));

    @Override
    public Set<String> modelTypes() {
        return Set.of("minimax_m3", "minimax_m3_vl", "minimax_m3_vl_text");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("minimax-m3");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        // saved again, files have a rotary_dim that nobody reads
        boolean factor = !Double.isNaN(published.rotaryFactor(Double.NaN));
        FolderConfig config = (factor ? published.without("rotary_dim") : published).defaults(DEFAULTS);
        config.expect("use_qk_norm", true);
        config.expect("use_gemma_norm", true);
        config.expect("use_routing_bias", true);
        config.expect("qk_norm_type", "per_head");
        config.expect("n_shared_experts", 1L);
        config.expect("scoring_func", "sigmoid");
        if (!Set.of("silu", "swigluoai").contains(config.string("hidden_act", "silu"))) {
            throw new ModelException(config.source() + ": hidden_act is " + config.string("hidden_act")
                    + ", expected silu or swigluoai");
        }
        UnitFunction unit = UnitFunction.sloped(
                (float) config.number("swiglu_alpha", SLOPE), (float) config.number("swiglu_limit", LIMIT));
        FeedForwardSpec dense = new FeedForwardSpec.Gated(config.integer("dense_intermediate_size"), unit, false);
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("num_local_experts"),
                config.integer("intermediate_size"),
                config.integer("shared_intermediate_size"),
                unit,
                RouterSpec.of(RouterSpec.Score.SIGMOID, config.integer("num_experts_per_tok"))
                        .withBias(true)
                        .withNormalised(true)
                        .withScale((float) config.number("routed_scaling_factor", 1)),
                FeedForwardSpec.Form.PLAIN);
        return new Description(
                Dense.decoder(
                        config,
                        "minimax_m3",
                        attention(config),
                        layer -> flagged(
                                        config,
                                        layer,
                                        "mlp_layer_types",
                                        "sparse",
                                        "dense",
                                        config,
                                        "moe_layer_freq",
                                        true)
                                ? experts
                                : dense),
                FOLDER);
    }

    private static IntFunction<AttentionSpec> attention(FolderConfig config) {
        FolderConfig sparse = config.object("sparse_attention_config");
        sparse.expect("use_sparse_attention", true);
        sparse.expect("sparse_score_type", "max");
        sparse.expect("sparse_init_block", 0L);
        IntFunction<AttentionSpec> all = Dense.attention(
                config, HALF_SPLIT, new Dense.Attention(false, false, QueryNorm.HEADS, Scores.PLAIN), layer -> false);
        return layer -> {
            AttentionSpec base = all.apply(layer);
            if (!flagged(
                    config,
                    layer,
                    "layer_types",
                    "minimax_m3_sparse",
                    "full_attention",
                    sparse,
                    "sparse_attention_freq",
                    false)) {
                return base;
            }
            if (sparse.has("sparse_disable_index_value")
                    && sparse.numberOfLayer("sparse_disable_index_value", layer) == 0) {
                throw new ModelException(sparse.source() + ": sparse_disable_index_value is 0 in layer " + layer
                        + ", expected 1: an indexer without values of its own");
            }
            return selected(
                    base,
                    either(sparse, "sparse_num_index_heads", config, "index_n_heads"),
                    either(sparse, "sparse_index_dim", config, "index_head_dim"),
                    either(sparse, "sparse_block_size", config, "index_block_size"),
                    either(sparse, "sparse_topk_blocks", config, "index_topk_blocks"),
                    either(sparse, "sparse_local_block", config, "index_local_blocks"),
                    config.source() + ": sparse_attention_config");
        };
    }

    private static int either(FolderConfig first, String key, FolderConfig second, String otherwise) {
        return first.has(key) ? first.integer(key) : second.integer(otherwise);
    }

    /**
     * Whether a layer is of a kind, as a list of words or one of flags says.
     *
     * @param otherwise where there is neither
     */
    private static boolean flagged(
            FolderConfig config,
            int layer,
            String key,
            String word,
            String other,
            FolderConfig flags,
            String flagKey,
            boolean otherwise) {
        if (!config.has(key)) {
            return flags.has(flagKey) ? flags.numberOfLayer(flagKey, layer) != 0 : otherwise;
        }
        String found = config.ofLayer(key, layer);
        if (!found.equals(word) && !found.equals(other)) {
            throw new ModelException(config.source() + ": " + key + " has '" + found + "' for layer " + layer
                    + ", expected " + word + " or " + other);
        }
        return found.equals(word);
    }

    private static AttentionSpec selected(
            AttentionSpec base, int heads, int dim, int size, int top, int local, String keys) {
        @Nullable RotarySpec rotary = base instanceof AttentionSpec.GroupedQuery grouped ? grouped.rotary() : null;
        if (rotary == null) {
            throw new ModelException(keys + ": no indexer without rotation");
        }
        try {
            return new AttentionSpec.Selected(base, new SelectionSpec.Blocks(heads, dim, size, top, local, rotary));
        } catch (IllegalArgumentException e) {
            throw new ModelException(keys + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        UnitFunction unit = UNIT;
        int first = config.integer("leading_dense_block_count", 0);
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                config.integer("expert_feed_forward_length"),
                outputs(tensors, "blk." + first + ".ffn_gate_shexp.weight"),
                unit,
                config.router(tensors.has("blk." + first + ".exp_probs_b.bias"), 2, true),
                FeedForwardSpec.Form.PLAIN);
        IntFunction<AttentionSpec> all =
                Dense.attention(config, tensors, HALF_SPLIT, Dense.Attention.of(tensors, QueryNorm.HEADS));
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "minimax_m3",
                        layer -> tensors.has(GGUF.name(Slot.INDEX_KEY, layer))
                                ? selected(
                                        all.apply(layer),
                                        config.integer("attention.indexer.head_count"),
                                        config.integer("attention.indexer.key_length"),
                                        config.integer("attention.indexer.block_size"),
                                        config.integer("attention.indexer.top_k"),
                                        config.integer("attention.indexer.local_blocks"),
                                        config.source() + ": keys attention.indexer")
                                : all.apply(layer),
                        layer -> layer >= first
                                ? experts
                                : new FeedForwardSpec.Gated(
                                        outputs(tensors, "blk." + layer + ".ffn_gate.weight"), unit, false)),
                GGUF,
                FOLDER);
    }

    /** Files say the width of experts only. */
    private static int outputs(TensorSource tensors, String name) {
        return tensors.matrix(name).rows();
    }
}
