package dev.jerboa.model.family;

import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.QueryScaling;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.GroupScore;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;

/**
 * Mistral Small 4 and Large 3: DeepSeek's latent attention with queries that grow with their position; experts chosen by softmax,
 * beside shared ones.
 */
final class Mistral4 implements Family {
    @Override
    public Set<String> modelTypes() {
        return Set.of("mistral4");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("mistral4");
    }

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "q_lora_rank", 1024L,
            "kv_lora_rank", 256L,
            "qk_rope_head_dim", 64L,
            "qk_nope_head_dim", 64L,
            "v_head_dim", 128L,
            "n_routed_experts", 128L,
            "n_shared_experts", 1L,
            "num_experts_per_tok", 4L);

    private static final Map<String, Object> STRETCHED = Map.of(
            "rope_type", "yarn",
            "rope_theta", 1e4,
            "factor", 128.0,
            "original_max_position_embeddings", 8192L,
            "mscale", 1.0,
            "mscale_all_dim", 1.0,
            "llama_4_scaling_beta", 0.1);

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig filled = published.defaults(DEFAULTS);
        FolderConfig config = filled.has("rope_parameters") || filled.has("rope_scaling")
                ? filled
                : filled.with("rope_parameters", STRETCHED);
        AttentionSpec attention = DeepSeek.attention(config).with(config.queryScaling());
        return new Description(
                Dense.decoder(config, "mistral4", layer -> attention, DeepSeek.feedForward(config, Mistral4::router)),
                Names.FOLDER);
    }

    private static RouterSpec router(FolderConfig config) {
        config.expect("scoring_func", "softmax");
        return RouterSpec.of(Score.SOFTMAX, config.integer("num_experts_per_tok"))
                .withGroups(config.integer("n_group", 1), config.integer("topk_group", 1), GroupScore.SUM_OF_BEST_TWO)
                .withNormalised(config.flag("norm_topk_prob", true))
                .withScale((float) config.number("routed_scaling_factor", 1));
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        double beta = config.number("attention.temperature_scale", 0);
        QueryScaling scaling = beta == 0
                ? null
                : new QueryScaling(
                        beta,
                        config.number(
                                "attention.temperature_length",
                                config.number("rope.scaling.original_context_length", 8192)),
                        0);
        AttentionSpec attention = DeepSeek.attention(config, tensors).with(scaling);
        return DeepSeek.description(config, tensors, "mistral4", layer -> attention);
    }
}
