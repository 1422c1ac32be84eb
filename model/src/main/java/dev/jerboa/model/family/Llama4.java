package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.INTERLEAVED;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.AttentionSpec.Scores;
import dev.jerboa.model.decoder.ExpertLayout;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.QueryScaling;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.decoder.UnitFunction;
import dev.jerboa.model.tensor.TensorSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Llama 4: most layers are rotated, see stretches of the context and norm their heads after the rotation; every so many are not
 * rotated, see everything, and let queries grow with the position. Experts read inputs multiplied by their weights.
 */
final class Llama4 implements Family {
    private static final TensorNames FOLDER = Names.FOLDER
            .without(Slot.EXPERT_GATE, Slot.EXPERT_UP, Slot.EXPERT_DOWN)
            .with(Map.of(
                    Slot.GATE, "model.layers.{l}.feed_forward.gate_proj.weight",
                    Slot.UP, "model.layers.{l}.feed_forward.up_proj.weight",
                    Slot.DOWN, "model.layers.{l}.feed_forward.down_proj.weight",
                    Slot.ROUTER, "model.layers.{l}.feed_forward.router.weight",
                    Slot.EXPERT_GATE_UP, "model.layers.{l}.feed_forward.experts.gate_up_proj",
                    Slot.EXPERT_DOWNS, "model.layers.{l}.feed_forward.experts.down_proj",
                    Slot.SHARED_GATE, "model.layers.{l}.feed_forward.shared_expert.gate_proj.weight",
                    Slot.SHARED_UP, "model.layers.{l}.feed_forward.shared_expert.up_proj.weight",
                    Slot.SHARED_DOWN, "model.layers.{l}.feed_forward.shared_expert.down_proj.weight"))
            .with(new ExpertLayout(true, false));

    /** What GGUF files leave out, since all published models have it. */
    private static final int CHUNK = 8192;

    /** What folders leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "head_dim", 128L,
            "num_key_value_heads", 8L,
            "rms_norm_eps", 1e-5,
            "rope_theta", 5e5,
            "attention_chunk_size", (long) CHUNK,
            "num_local_experts", 16L,
            "num_experts_per_tok", 1L);

    private static final int UNROTATED = 4;
    private static final double GROWTH = 0.1;

    /** Models with so many experts do not norm their heads; GGUF files do not say so otherwise. */
    static final int EXPERTS_WITHOUT_NORM = 128;

    @Override
    public Set<String> modelTypes() {
        return Set.of("llama4_text", "llama4");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("llama4");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig config = published.defaults(DEFAULTS);
        boolean bias = config.flag("attention_bias", false);
        QueryNorm norm = config.flag("use_qk_norm", true) ? QueryNorm.TURNED_HEADS : QueryNorm.NONE;
        int chunk = config.integer("attention_chunk_size", 0);
        QueryScaling growth = tuned(config)
                ? new QueryScaling(config.number("attn_scale", GROWTH), config.number("floor_scale", CHUNK), 1)
                : null;
        int headDim = Dense.headDim(config);
        Heads heads = new Heads(
                config.integer("num_attention_heads"),
                config.integer("num_key_value_heads", config.integer("num_attention_heads")),
                headDim,
                bias,
                bias,
                config.rotary(config.rotaryDims(headDim, 1), INTERLEAVED),
                norm,
                growth);
        IntPredicate rotated = rotated(config);
        IntFunction<AttentionSpec> attention = layer -> heads.layer(
                rotated.test(layer),
                config.layerType(layer, rotated.test(layer) ? "chunked_attention" : "full_attention")
                                .equals("chunked_attention")
                        ? chunk
                        : 0);
        int width = config.integer("intermediate_size");
        FeedForwardSpec experts = experts(
                config.integer("num_local_experts"),
                width,
                width,
                config.activation(),
                config.integer("num_experts_per_tok"));
        FeedForwardSpec dense =
                new FeedForwardSpec.Gated(config.integer("intermediate_size_mlp", 16384), config.activation());
        List<@Nullable Object> sparse = config.list("moe_layers");
        int step = Math.max(1, config.integer("interleave_moe_layer_step", 1));
        boolean listed = config.has("moe_layers");
        return new Description(
                Dense.decoder(
                        config,
                        "llama4",
                        attention,
                        layer -> (listed ? sparse.contains((long) layer) : (layer + 1) % step == 0) ? experts : dense),
                FOLDER);
    }

    /** Whether queries of layers without rotation grow; older files have a number for true. */
    private static boolean tuned(FolderConfig config) {
        String key = "attn_temperature_tuning";
        return config.values().get(key) instanceof Number ? config.number(key) != 0 : config.flag(key, true);
    }

    /** {@code no_rope_layers} has 1 for layers that are rotated; without it, every {@code no_rope_layer_interval}-th is not. */
    private static IntPredicate rotated(FolderConfig config) {
        List<@Nullable Object> flags = config.list("no_rope_layers");
        if (flags.isEmpty()) {
            int interval = Math.max(1, config.integer("no_rope_layer_interval", UNROTATED));
            return layer -> (layer + 1) % interval != 0;
        }
        return layer -> {
            Object flag = layer < flags.size() ? flags.get(layer) : null;
            FolderConfig one = config.with("no_rope_layers", flag == null ? "nothing for layer " + layer : flag);
            return flag instanceof Boolean rotated ? rotated : one.integer("no_rope_layers") != 0;
        };
    }

    /** Which layers of a GGUF file with chunks are rotated. */
    static boolean rotated(int layer) {
        return (layer + 1) % UNROTATED != 0;
    }

    /** What layers' attention has in common. */
    private record Heads(
            int heads,
            int kvHeads,
            int headDim,
            boolean inputBias,
            boolean outputBias,
            RotarySpec rotary,
            QueryNorm norm,
            @Nullable QueryScaling growth) {
        AttentionSpec layer(boolean rotated, int chunk) {
            return AttentionSpec.GroupedQuery.of(heads, kvHeads, headDim)
                    .withBiases(inputBias, outputBias)
                    .withNorm(rotated ? norm : QueryNorm.NONE)
                    .withRotary(rotated ? rotary : null)
                    .withScores(new Scores(chunk, 0, false, rotated ? null : growth));
        }
    }

    private static FeedForwardSpec experts(
            int experts, int width, int sharedWidth, Activation activation, int perToken) {
        return new FeedForwardSpec.Experts(
                experts,
                width,
                sharedWidth,
                UnitFunction.of(activation),
                RouterSpec.of(Score.SIGMOID, perToken),
                new FeedForwardSpec.Form(false, false, false, true, false, 1));
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        int count = config.integer("expert_count");
        int embedding = config.integer("embedding_length");
        int heads = config.integer("attention.head_count");
        int headDim = config.integer("attention.key_length", embedding / Math.max(heads, 1));
        Heads all = new Heads(
                heads,
                config.integer("attention.head_count_kv", heads),
                headDim,
                tensors.has("blk.0.attn_q.bias"),
                tensors.has("blk.0.attn_output.bias"),
                config.rotary(config.integer("rope.dimension_count", headDim), INTERLEAVED, tensors),
                count == EXPERTS_WITHOUT_NORM ? QueryNorm.NONE : QueryNorm.TURNED_HEADS,
                new QueryScaling(
                        config.number("attention.temperature_scale", GROWTH),
                        config.number("attention.temperature_length", CHUNK),
                        1));
        int chunk = config.integer("attention.sliding_window", CHUNK);
        IntPredicate rotated = layer -> chunk == 0 || rotated(layer); // files without chunks rotate everything
        int width = config.integer("expert_feed_forward_length");
        FeedForwardSpec experts = experts(count, width, width, Activation.SILU, config.integer("expert_used_count"));
        int step = Math.max(1, config.integer("interleave_moe_layer_step", 1));
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "llama4",
                        layer -> all.layer(rotated.test(layer), rotated.test(layer) ? chunk : 0),
                        layer -> (layer + 1) % step == 0 ? experts : Dense.feedForward(config)),
                Names.GGUF,
                FOLDER);
    }
}
