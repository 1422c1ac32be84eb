package dev.jerboa.model.family;

import static java.util.Map.entry;

import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.SelectionSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.tensor.TensorSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek V3.2 and GLM-5: V3 with a lightning indexer in each layer, which leaves a query so many positions (DeepSeek sparse
 * attention). The indexer rotates the first dimensions as halves in V3.2 and interleaved in GLM-5, where layers may also share the
 * positions of a layer before them.
 */
final class DeepSeekSparse implements Family {
    private static final float INDEX_NORM_EPS = 1e-6f;
    private static final String GLM = "glm_moe_dsa";
    private static final String GLM_GGUF = "glm-dsa";

    @Override
    public Set<String> modelTypes() {
        return Set.of("deepseek_v32", GLM);
    }

    @Override
    public Set<String> architectures() {
        return Set.of("deepseek32", GLM_GGUF);
    }

    /** What files of GLM-5 leave out. */
    private static final Map<String, Object> DEFAULTS_GLM = Map.ofEntries(
            entry("q_lora_rank", 2048L),
            entry("kv_lora_rank", 512L),
            entry("qk_nope_head_dim", 192L),
            entry("qk_rope_head_dim", 64L),
            entry("v_head_dim", 256L),
            entry("n_routed_experts", 256L),
            entry("n_shared_experts", 1L),
            entry("num_experts_per_tok", 8L),
            entry("routed_scaling_factor", 2.5),
            entry("first_k_dense_replace", 3L),
            entry("rms_norm_eps", 1e-5));

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        String type = published.string("model_type");
        FolderConfig config = published
                .without("rope_interleave") // the published code does not read it
                .defaults(type.equals(GLM) ? DEFAULTS_GLM : Map.of());
        for (Object layerType : config.list("layer_types")) {
            if (!"indexed_attention".equals(layerType) && !"deepseek_sparse_attention".equals(layerType)) {
                throw new ModelException(
                        config.source() + ": layer_types has " + layerType + ", expected indexed_attention throughout");
            }
        }
        AttentionSpec.Latent latent = DeepSeek.attention(config);
        Selected selected = new Selected(
                latent,
                config.integer("index_n_heads", type.equals(GLM) ? 32 : 64),
                config.integer("index_head_dim", 128),
                config.integer("index_topk", 2048),
                type.equals(GLM) ? Layout.INTERLEAVED : Layout.HALF_SPLIT,
                config.source() + ": keys index_n_heads, index_head_dim, index_topk, q_lora_rank");
        IntFunction<AttentionSpec> attention =
                selected.where(type.equals(GLM) ? full(config) : layer -> true, config.layers());
        IntFunction<FeedForwardSpec> feedForward = DeepSeek.feedForward(config, DeepSeek::thirdRouter);
        DecoderSpec spec = Dense.decoder(config, type, attention, feedForward);
        return new Description(
                Predictions.of(
                        spec,
                        config.integer("num_nextn_predict_layers", 0),
                        Names.FOLDER,
                        tensors,
                        layer -> new LayerSpec(attention.apply(layer), feedForward.apply(layer))),
                Names.FOLDER);
    }

    /** Latent attention with its indexer. */
    private record Selected(AttentionSpec.Latent latent, int heads, int dim, int top, Layout layout, String keys) {
        /** By layer: with an indexer where {@code full}, sharing elsewhere; layers past the last have one each. */
        IntFunction<AttentionSpec> where(IntPredicate full, int layers) {
            RotarySpec main = latent.rotary();
            if (main == null) {
                throw new ModelException(keys + ": no indexer without rotation");
            }
            RotarySpec rotary = new RotarySpec(main.dims(), layout, main.base(), main.scaling());
            try {
                AttentionSpec own = new AttentionSpec.Selected(
                        latent, new SelectionSpec.Lightning(heads, dim, top, INDEX_NORM_EPS, rotary));
                AttentionSpec shared = new AttentionSpec.Selected(latent, new SelectionSpec.Shared());
                return layer -> layer >= layers || full.test(layer) ? own : shared;
            } catch (IllegalArgumentException e) {
                throw new ModelException(keys + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * Which layers of a GLM-5 folder have an indexer: those that {@code indexer_types} calls full, or {@code index_topk_pattern}
     * has an F for, or one in {@code index_topk_freq} counted from {@code index_skip_topk_offset} − 1 on and all before.
     */
    static IntPredicate full(FolderConfig config) {
        List<Boolean> types = new ArrayList<>();
        if (config.has("indexer_types")) {
            for (Object type : config.list("indexer_types")) {
                types.add(full(config, "indexer_types", type));
            }
        } else if (config.values().get("index_topk_pattern") instanceof String pattern) {
            for (char c : pattern.toCharArray()) {
                types.add(full(config, "index_topk_pattern", c == 'F' ? "full" : c == 'S' ? "shared" : c));
            }
        } else if (config.has("index_topk_pattern")) {
            for (Object type : config.list("index_topk_pattern")) {
                types.add(full(config, "index_topk_pattern", type));
            }
        } else {
            int every = Math.max(1, config.integer("index_topk_freq", 1));
            int offset = config.integer("index_skip_topk_offset", 2);
            for (int layer = 0; layer < config.layers(); layer++) {
                types.add(Math.max(layer - offset + 1, 0) % every == 0);
            }
        }
        if (types.size() < config.layers() || !types.getFirst()) {
            throw new ModelException(config.source() + ": indexer_types or index_topk_pattern has " + types.size()
                    + " layers, the first one " + (types.isEmpty() || types.getFirst() ? "full" : "shared")
                    + "; expected " + config.layers() + ", the first one full");
        }
        return types::get;
    }

    private static boolean full(FolderConfig config, String key, @Nullable Object type) {
        if (!"full".equals(type) && !"shared".equals(type)) {
            throw new ModelException(config.source() + ": " + key + " has " + type + ", expected full or shared");
        }
        return "full".equals(type);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        boolean glm = config.architecture().equals(GLM_GGUF);
        Selected selected = new Selected(
                DeepSeek.attention(config, tensors),
                config.integer("attention.indexer.head_count"),
                config.integer("attention.indexer.key_length"),
                config.integer("attention.indexer.top_k"),
                glm ? Layout.INTERLEAVED : Layout.HALF_SPLIT,
                config.source() + ": keys attention.indexer.head_count, key_length, top_k, attention.q_lora_rank");
        IntPredicate full = layer -> tensors.has(Names.GGUF.name(Slot.INDEX_KEY, layer));
        if (!full.test(0)) {
            throw new ModelException(config.source() + ": no tensor blk.0.indexer.attn_k.weight, expected an indexer"
                    + " in the first layer");
        }
        return DeepSeek.description(config, tensors, glm ? GLM : "deepseek_v32", selected.where(full, config.layers()));
    }
}
