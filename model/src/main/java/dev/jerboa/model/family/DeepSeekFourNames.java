package dev.jerboa.model.family;

import static java.util.Map.entry;

import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** DeepSeek V4's tensor names. */
final class DeepSeekFourNames {
    /** Those of the published folders, layers without {@code layers.N.}. */
    private static final Map<Slot, String> OF_LAYERS = Map.ofEntries(
            entry(Slot.ATTENTION_NORM, "attn_norm.weight"),
            entry(Slot.QUERY_DOWN, "attn.wq_a.weight"),
            entry(Slot.QUERY_DOWN_NORM, "attn.q_norm.weight"),
            entry(Slot.QUERY_UP, "attn.wq_b.weight"),
            entry(Slot.KEY_VALUE, "attn.wkv.weight"),
            entry(Slot.ATTENTION_SINKS, "attn.attn_sink"),
            entry(Slot.GROUPED_OUTPUT, "attn.wo_a.weight"),
            entry(Slot.ATTENTION_OUTPUT, "attn.wo_b.weight"),
            entry(Slot.COMPRESSOR_VALUE, "attn.compressor.wkv.weight"),
            entry(Slot.COMPRESSOR_GATE, "attn.compressor.wgate.weight"),
            entry(Slot.COMPRESSOR_BIAS, "attn.compressor.ape"),
            entry(Slot.COMPRESSOR_NORM, "attn.compressor.norm.weight"),
            entry(Slot.SELECTION_QUERY, "attn.indexer.wq_b.weight"),
            entry(Slot.SELECTION_WEIGHTS, "attn.indexer.weights_proj.weight"),
            entry(Slot.SELECTION_VALUE, "attn.indexer.compressor.wkv.weight"),
            entry(Slot.SELECTION_GATE, "attn.indexer.compressor.wgate.weight"),
            entry(Slot.SELECTION_BIAS, "attn.indexer.compressor.ape"),
            entry(Slot.SELECTION_NORM, "attn.indexer.compressor.norm.weight"),
            entry(Slot.FEED_FORWARD_NORM, "ffn_norm.weight"),
            entry(Slot.ROUTER, "ffn.gate.weight"),
            entry(Slot.ROUTER_BIAS, "ffn.gate.bias"),
            entry(Slot.ROUTER_TABLE, "ffn.gate.tid2eid"),
            entry(Slot.EXPERT_GATE, "ffn.experts.{e}.w1.weight"),
            entry(Slot.EXPERT_DOWN, "ffn.experts.{e}.w2.weight"),
            entry(Slot.EXPERT_UP, "ffn.experts.{e}.w3.weight"),
            entry(Slot.SHARED_GATE, "ffn.shared_experts.w1.weight"),
            entry(Slot.SHARED_DOWN, "ffn.shared_experts.w2.weight"),
            entry(Slot.SHARED_UP, "ffn.shared_experts.w3.weight"),
            entry(Slot.STREAM_ATTENTION_FUNCTION, "hc_attn_fn"),
            entry(Slot.STREAM_ATTENTION_BASE, "hc_attn_base"),
            entry(Slot.STREAM_ATTENTION_SCALE, "hc_attn_scale"),
            entry(Slot.STREAM_FEED_FORWARD_FUNCTION, "hc_ffn_fn"),
            entry(Slot.STREAM_FEED_FORWARD_BASE, "hc_ffn_base"),
            entry(Slot.STREAM_FEED_FORWARD_SCALE, "hc_ffn_scale"));

    /** What transformers calls the modules, and so adapters. */
    static final TensorNames PUBLISHED = Names.FOLDER.with(Map.ofEntries(
            entry(Slot.QUERY_DOWN_NORM, "model.layers.{l}.self_attn.q_a_norm.weight"),
            entry(Slot.KEY_VALUE, "model.layers.{l}.self_attn.kv_proj.weight"),
            entry(Slot.KEY_VALUE_NORM, "model.layers.{l}.self_attn.kv_norm.weight"),
            entry(Slot.ATTENTION_SINKS, "model.layers.{l}.self_attn.sinks"),
            entry(Slot.GROUPED_OUTPUT, "model.layers.{l}.self_attn.o_a_proj.weight"),
            entry(Slot.ATTENTION_OUTPUT, "model.layers.{l}.self_attn.o_b_proj.weight"),
            entry(Slot.COMPRESSOR_VALUE, "model.layers.{l}.self_attn.compressor.kv_proj.weight"),
            entry(Slot.COMPRESSOR_GATE, "model.layers.{l}.self_attn.compressor.gate_proj.weight"),
            entry(Slot.COMPRESSOR_BIAS, "model.layers.{l}.self_attn.compressor.position_bias"),
            entry(Slot.COMPRESSOR_NORM, "model.layers.{l}.self_attn.compressor.kv_norm.weight"),
            entry(Slot.SELECTION_QUERY, "model.layers.{l}.self_attn.compressor.indexer.q_b_proj.weight"),
            entry(Slot.SELECTION_WEIGHTS, "model.layers.{l}.self_attn.compressor.indexer.scorer.weights_proj.weight"),
            entry(Slot.SELECTION_VALUE, "model.layers.{l}.self_attn.compressor.indexer.kv_proj.weight"),
            entry(Slot.SELECTION_GATE, "model.layers.{l}.self_attn.compressor.indexer.gate_proj.weight"),
            entry(Slot.SELECTION_BIAS, "model.layers.{l}.self_attn.compressor.indexer.position_bias"),
            entry(Slot.SELECTION_NORM, "model.layers.{l}.self_attn.compressor.indexer.kv_norm.weight"),
            entry(Slot.ROUTER_TABLE, "model.layers.{l}.mlp.gate.tid2eid")));

    static final TensorNames GGUF = Names.GGUF.with(Map.ofEntries(
            entry(Slot.KEY_VALUE, "blk.{l}.attn_kv.weight"),
            entry(Slot.KEY_VALUE_NORM, "blk.{l}.attn_kv_a_norm.weight"),
            entry(Slot.ATTENTION_SINKS, "blk.{l}.attn_sinks.weight"),
            entry(Slot.GROUPED_OUTPUT, "blk.{l}.attn_output_a.weight"),
            entry(Slot.ATTENTION_OUTPUT, "blk.{l}.attn_output_b.weight"),
            entry(Slot.COMPRESSOR_VALUE, "blk.{l}.attn_compressor_kv.weight"),
            entry(Slot.COMPRESSOR_GATE, "blk.{l}.attn_compressor_gate.weight"),
            entry(Slot.COMPRESSOR_BIAS, "blk.{l}.attn_compressor_ape.weight"),
            entry(Slot.COMPRESSOR_NORM, "blk.{l}.attn_compressor_norm.weight"),
            entry(Slot.SELECTION_QUERY, "blk.{l}.indexer.attn_q_b.weight"),
            entry(Slot.SELECTION_WEIGHTS, "blk.{l}.indexer.proj.weight"),
            entry(Slot.SELECTION_VALUE, "blk.{l}.indexer_compressor_kv.weight"),
            entry(Slot.SELECTION_GATE, "blk.{l}.indexer_compressor_gate.weight"),
            entry(Slot.SELECTION_BIAS, "blk.{l}.indexer_compressor_ape.weight"),
            entry(Slot.SELECTION_NORM, "blk.{l}.indexer_compressor_norm.weight"),
            entry(Slot.ROUTER_TABLE, "blk.{l}.ffn_gate_tid2eid.weight"),
            entry(Slot.STREAM_ATTENTION_FUNCTION, "blk.{l}.hc_attn_fn.weight"),
            entry(Slot.STREAM_ATTENTION_BASE, "blk.{l}.hc_attn_base.weight"),
            entry(Slot.STREAM_ATTENTION_SCALE, "blk.{l}.hc_attn_scale.weight"),
            entry(Slot.STREAM_FEED_FORWARD_FUNCTION, "blk.{l}.hc_ffn_fn.weight"),
            entry(Slot.STREAM_FEED_FORWARD_BASE, "blk.{l}.hc_ffn_base.weight"),
            entry(Slot.STREAM_FEED_FORWARD_SCALE, "blk.{l}.hc_ffn_scale.weight"),
            entry(Slot.STREAM_HEAD_FUNCTION, "output_hc_fn.weight"),
            entry(Slot.STREAM_HEAD_BASE, "output_hc_base.weight"),
            entry(Slot.STREAM_HEAD_SCALE, "output_hc_scale.weight")));

    private DeepSeekFourNames() {}

    /** The names of a folder: the published ones, or those that transformers writes, which are a mixture with its own. */
    static TensorNames ofFolder(TensorSource tensors) {
        String model = tensors.has("model.layers.0.attn_norm.weight") ? "model." : "";
        Map<Slot, String> names = new EnumMap<>(Slot.class);
        OF_LAYERS.forEach((slot, name) -> names.put(slot, model + "layers.{l}." + name));
        names.put(
                Slot.KEY_VALUE_NORM,
                tensors.has(model + "layers.0.attn.norm.weight")
                        ? model + "layers.{l}.attn.norm.weight"
                        : model + "layers.{l}.attn.kv_norm.weight");
        names.put(Slot.EMBEDDING, either(tensors, model + "embed.weight", model + "embed_tokens.weight"));
        names.put(Slot.OUTPUT_NORM, model + "norm.weight");
        names.put(Slot.HEAD, either(tensors, "head.weight", "lm_head.weight"));
        String stem = either(tensors, model + "hc_head_fn", model + "hc_head.hc_fn");
        stem = stem.substring(0, stem.length() - "fn".length());
        names.put(Slot.STREAM_HEAD_FUNCTION, stem + "fn");
        names.put(Slot.STREAM_HEAD_BASE, stem + "base");
        names.put(Slot.STREAM_HEAD_SCALE, stem + "scale");
        return new TensorNames(names);
    }

    private static String either(TensorSource tensors, String first, String second) {
        return List.of(first, second).stream().filter(tensors::has).findFirst().orElse(first);
    }
}
