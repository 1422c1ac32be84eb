package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.AttentionSpec.Scores;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.decoder.UnitFunction;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;

/**
 * Grok-1 and 2 as GGUF: scores and logits are bounded, embeddings and logits scaled, what sub-layers give is normed; Grok-2 has a
 * dense unit beside its experts. Keys that older files leave out have Grok-1's values. As llama.cpp does, the gates of the chosen
 * experts are normalised, and neither the router's soft cap nor the original's attention temperature past its first positions is
 * applied.
 */
final class Grok implements Family {
    private static final TensorNames GGUF = Names.GGUF.with(Map.of(
            Slot.ATTENTION_RESULT_NORM, "blk.{l}.attn_output_norm.weight",
            Slot.SHARED_GATE, "blk.{l}.ffn_gate.weight",
            Slot.SHARED_UP, "blk.{l}.ffn_up.weight",
            Slot.SHARED_DOWN, "blk.{l}.ffn_down.weight"));

    @Override
    public Set<String> modelTypes() {
        return Set.of();
    }

    @Override
    public Set<String> architectures() {
        return Set.of("grok");
    }

    @Override
    public Description read(FolderConfig config, TensorSource tensors) {
        throw new ModelException(config.source() + ": Jerboa runs Grok from GGUF files of architecture grok");
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        int heads = config.integer("attention.head_count");
        int headDim = config.integer("attention.key_length", config.integer("embedding_length") / Math.max(heads, 1));
        Dense.Attention biases = Dense.Attention.of(tensors, QueryNorm.NONE);
        RotarySpec rotary = config.rotary(config.integer("rope.dimension_count", headDim), HALF_SPLIT, tensors);
        AttentionSpec attention = AttentionSpec.GroupedQuery.of(
                        heads, config.integer("attention.head_count_kv", heads), headDim)
                .withScale((float) config.number("attention.output_scale", 0.08838834764831845))
                .withBiases(biases.inputBias(), biases.outputBias())
                .withRotary(rotary)
                .withScores(new Scores(0, (float) config.number("attn_logit_softcapping", 30), false, null));
        FeedForwardSpec experts = experts(config, tensors);
        DecoderSpec.Scales scales = new DecoderSpec.Scales(
                (float) config.number("embedding_scale", 78.38367176906169),
                (float) config.number("logit_scale", 0.5773502691896257),
                (float) config.number("final_logit_softcapping", 0));
        DecoderSpec spec = Dense.decoder(config, tensors, "grok", layer -> attention, layer -> experts)
                .with(ResidualSpec.SANDWICH, scales);
        boolean older = tensors.has("blk.0.layer_output_norm.weight");
        TensorNames names = GGUF.with(Map.of(
                Slot.FEED_FORWARD_RESULT_NORM,
                older ? "blk.{l}.layer_output_norm.weight" : "blk.{l}.post_ffw_norm.weight"));
        return new Description(spec, names, names);
    }

    private static FeedForwardSpec experts(GgufConfig config, TensorSource tensors) {
        boolean beside = tensors.has("blk.0.ffn_up.weight");
        float half = (float) Math.sqrt(0.5);
        return new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                config.integer("expert_feed_forward_length", config.integer("feed_forward_length")),
                beside ? config.integer("feed_forward_length") : 0,
                UnitFunction.of(Activation.GELU_TANH),
                RouterSpec.of(Score.SOFTMAX, config.integer("expert_used_count"))
                        .withNormalised(true)
                        .withScale(beside ? half : 1),
                new FeedForwardSpec.Form(false, false, false, false, false, beside ? half : 1));
    }
}
