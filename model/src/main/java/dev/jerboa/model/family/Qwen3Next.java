package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.AttentionSpec.StateGate;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Qwen3-Next, and Qwen3.5 and 3.6 with and without experts: gated delta rules (Gated DeltaNet), and every few layers attention with an
 * output gate, whose heads are rotated in part. Norms are stored less 1 in folders. The layer that predicts further tokens is left alone.
 */
final class Qwen3Next implements Family {
    private static final double ROTATED = 0.25;

    private static final TensorNames COMMON = Names.FOLDER
            .with(Map.ofEntries(
                    Map.entry(Slot.STATE_KERNELS, "model.layers.{l}.linear_attn.conv1d.weight"),
                    Map.entry(Slot.STATE_LOG_RATE, "model.layers.{l}.linear_attn.A_log"),
                    Map.entry(Slot.STATE_DECAY_BIAS, "model.layers.{l}.linear_attn.dt_bias"),
                    Map.entry(Slot.STATE_NORM, "model.layers.{l}.linear_attn.norm.weight"),
                    Map.entry(Slot.STATE_OUTPUT, "model.layers.{l}.linear_attn.out_proj.weight"),
                    Map.entry(Slot.SHARED_GATE, "model.layers.{l}.mlp.shared_expert.gate_proj.weight"),
                    Map.entry(Slot.SHARED_UP, "model.layers.{l}.mlp.shared_expert.up_proj.weight"),
                    Map.entry(Slot.SHARED_DOWN, "model.layers.{l}.mlp.shared_expert.down_proj.weight"),
                    Map.entry(Slot.SHARED_SCALE, "model.layers.{l}.mlp.shared_expert_gate.weight")))
            .lessOne(Slot.ATTENTION_NORM, Slot.FEED_FORWARD_NORM, Slot.OUTPUT_NORM, Slot.QUERY_NORM, Slot.KEY_NORM);

    /** Qwen3-Next: what each key head has to do with lies together. */
    private static final TensorNames BY_HEAD = COMMON.with(Map.of(
            Slot.STATE_INPUTS_BY_HEAD, "model.layers.{l}.linear_attn.in_proj_qkvz.weight",
            Slot.STATE_RATES_BY_HEAD, "model.layers.{l}.linear_attn.in_proj_ba.weight"));

    /** Qwen3.5. */
    private static final TensorNames APART = COMMON.with(Map.of(
            Slot.STATE_INPUTS, "model.layers.{l}.linear_attn.in_proj_qkv.weight",
            Slot.STATE_GATE, "model.layers.{l}.linear_attn.in_proj_z.weight",
            Slot.STATE_STRENGTH, "model.layers.{l}.linear_attn.in_proj_b.weight",
            Slot.STATE_DECAY, "model.layers.{l}.linear_attn.in_proj_a.weight"));

    private static final TensorNames GGUF = Names.GGUF.with(Map.ofEntries(
            Map.entry(Slot.STATE_INPUTS, "blk.{l}.attn_qkv.weight"),
            Map.entry(Slot.STATE_GATE, "blk.{l}.attn_gate.weight"),
            Map.entry(Slot.STATE_KERNELS, "blk.{l}.ssm_conv1d.weight"),
            Map.entry(Slot.STATE_NEGATIVE_RATE, "blk.{l}.ssm_a"),
            Map.entry(Slot.STATE_DECAY_BIAS, "blk.{l}.ssm_dt.bias"),
            Map.entry(Slot.STATE_NORM, "blk.{l}.ssm_norm.weight"),
            Map.entry(Slot.STATE_OUTPUT, "blk.{l}.ssm_out.weight"),
            Map.entry(Slot.FEED_FORWARD_NORM, "blk.{l}.post_attention_norm.weight"),
            Map.entry(Slot.SHARED_SCALE, "blk.{l}.ffn_gate_inp_shexp.weight")));

    static final TensorNames GGUF_BY_HEAD = GGUF.with(Map.of(Slot.STATE_RATES_BY_HEAD, "blk.{l}.ssm_ba.weight"));

    static final TensorNames GGUF_APART = GGUF.with(Map.of(
            Slot.STATE_STRENGTH, "blk.{l}.ssm_beta.weight",
            Slot.STATE_DECAY, "blk.{l}.ssm_alpha.weight"));

    @Override
    public Set<String> modelTypes() {
        return Set.of("qwen3_next", "qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("qwen3next", "qwen35", "qwen35moe");
    }

    @Override
    public Description read(FolderConfig config, TensorSource tensors) {
        String type = config.string("model_type").replace("_text", "");
        config.expect("attn_output_gate", true);
        AttentionSpec rule = deltaRule(config);
        AttentionSpec full = attention(config);
        int every = Math.max(1, config.integer("full_attention_interval", 4));
        return new Description(
                Dense.decoder(
                        config,
                        type,
                        layer -> switch (config.layerType(
                                layer, (layer + 1) % every == 0 ? "full_attention" : "linear_attention")) {
                            case "full_attention" -> full;
                            case "linear_attention" -> rule;
                            default ->
                                throw new ModelException(config.source() + ": layer_types says '"
                                        + config.layerType(layer, "") + "' for layer " + layer
                                        + ", expected linear_attention or full_attention");
                        },
                        feedForward(config, type)),
                type.equals("qwen3_next") ? BY_HEAD : APART);
    }

    private static AttentionSpec deltaRule(FolderConfig config) {
        if (config.activation() != Activation.SILU) {
            throw new ModelException(config.source() + ": hidden_act '" + config.string("hidden_act", "")
                    + "' is not supported in linear attention; expected silu");
        }
        return new AttentionSpec.DeltaRule(
                config.integer("linear_num_key_heads", 16),
                config.integer("linear_num_value_heads", 32),
                config.integer("linear_key_head_dim", 128),
                config.integer("linear_value_head_dim", 128),
                false,
                config.integer("linear_conv_kernel_dim", 4),
                false,
                0,
                0,
                StateGate.SILU,
                (float) config.number("rms_norm_eps", 1e-6));
    }

    private static AttentionSpec attention(FolderConfig config) {
        int heads = config.integer("num_attention_heads");
        int headDim = config.integer("head_dim", 256);
        boolean bias = config.flag("attention_bias", false);
        return AttentionSpec.GroupedQuery.of(heads, config.integer("num_key_value_heads", heads), headDim)
                .withBiases(bias, bias)
                .withNorm(AttentionSpec.QueryNorm.HEADS)
                .withRotary(config.rotary(config.rotaryDims(headDim, ROTATED), HALF_SPLIT))
                .withOutputGate(true);
    }

    /** Qwen3.5's mixtures have experts in every layer and normed shares, whatever a file says of that. */
    private static IntFunction<FeedForwardSpec> feedForward(FolderConfig config, String type) {
        boolean later = type.equals("qwen3_5_moe");
        int experts = type.equals("qwen3_5") ? 0 : config.integer("num_experts");
        if (experts == 0) {
            return layer -> Dense.feedForward(config);
        }
        FeedForwardSpec mixture = new FeedForwardSpec.Experts(
                experts,
                config.integer("moe_intermediate_size"),
                config.integer("shared_expert_intermediate_size"),
                true,
                config.activation(),
                RouterSpec.softmax(
                        config.integer("num_experts_per_tok"), later || config.flag("norm_topk_prob", true)));
        return layer -> later || Qwen3.sparse(config, layer) ? mixture : Dense.feedForward(config);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        boolean next = config.architecture().equals("qwen3next");
        boolean dense = config.architecture().equals("qwen35");
        int every = Math.max(1, config.integer("full_attention_interval", 4));
        int keyHeads = config.integer("ssm.group_count");
        int valueHeads = config.integer("ssm.time_step_rank");
        AttentionSpec rule = new AttentionSpec.DeltaRule(
                keyHeads,
                valueHeads,
                config.integer("ssm.state_size"),
                config.integer("ssm.inner_size") / Math.max(1, valueHeads),
                !next && keyHeads != valueHeads,
                config.integer("ssm.conv_kernel"),
                false,
                0,
                0,
                StateGate.SILU,
                config.normEps());
        int heads = config.integer("attention.head_count");
        int headDim = config.integer("attention.key_length");
        String first = "blk." + (every - 1) + ".";
        AttentionSpec full = AttentionSpec.GroupedQuery.of(
                        heads, config.integer("attention.head_count_kv", heads), headDim)
                .withBiases(tensors.has(first + "attn_q.bias"), tensors.has(first + "attn_output.bias"))
                .withNorm(AttentionSpec.QueryNorm.HEADS)
                .withRotary(config.rotary(config.integer("rope.dimension_count", headDim), HALF_SPLIT, tensors))
                .withOutputGate(true);
        FeedForwardSpec feedForward = dense
                ? Dense.feedForward(config)
                : new FeedForwardSpec.Experts(
                        config.integer("expert_count"),
                        config.integer("expert_feed_forward_length"),
                        config.integer("expert_shared_feed_forward_length"),
                        true,
                        Activation.SILU,
                        RouterSpec.softmax(
                                config.integer("expert_used_count"), config.flag("expert_weights_norm", true)));
        TensorNames names = next ? GGUF_BY_HEAD : GGUF_APART;
        if (next && tensors.has("blk.0.ssm_in.weight")) { // as older converters write it
            names = names.with(Map.of(Slot.STATE_INPUTS_BY_HEAD, "blk.{l}.ssm_in.weight"));
        }
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        next ? "qwen3_next" : dense ? "qwen3_5" : "qwen3_5_moe",
                        layer -> (layer + 1) % every == 0 ? full : rule,
                        layer -> feedForward),
                names,
                next ? BY_HEAD : APART);
    }
}
