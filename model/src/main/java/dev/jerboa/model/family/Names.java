package dev.jerboa.model.family;

import static java.util.Map.entry;

import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import java.util.Map;

/** The tensor names that most families share, by container. */
final class Names {
    /** Hugging Face folders: Llama's names, and DeepSeek's for what Llama does not have. */
    static final TensorNames FOLDER = new TensorNames(Map.ofEntries(
            entry(Slot.EMBEDDING, "model.embed_tokens.weight"),
            entry(Slot.OUTPUT_NORM, "model.norm.weight"),
            entry(Slot.HEAD, "lm_head.weight"),
            entry(Slot.ATTENTION_NORM, "model.layers.{l}.input_layernorm.weight"),
            entry(Slot.QUERY, "model.layers.{l}.self_attn.q_proj.weight"),
            entry(Slot.KEY, "model.layers.{l}.self_attn.k_proj.weight"),
            entry(Slot.VALUE, "model.layers.{l}.self_attn.v_proj.weight"),
            entry(Slot.ATTENTION_OUTPUT, "model.layers.{l}.self_attn.o_proj.weight"),
            entry(Slot.QUERY_NORM, "model.layers.{l}.self_attn.q_norm.weight"),
            entry(Slot.KEY_NORM, "model.layers.{l}.self_attn.k_norm.weight"),
            entry(Slot.ATTENTION_SINKS, "model.layers.{l}.self_attn.sinks"),
            entry(Slot.QUERY_DOWN, "model.layers.{l}.self_attn.q_a_proj.weight"),
            entry(Slot.QUERY_DOWN_NORM, "model.layers.{l}.self_attn.q_a_layernorm.weight"),
            entry(Slot.QUERY_UP, "model.layers.{l}.self_attn.q_b_proj.weight"),
            entry(Slot.LATENT_DOWN, "model.layers.{l}.self_attn.kv_a_proj_with_mqa.weight"),
            entry(Slot.LATENT_NORM, "model.layers.{l}.self_attn.kv_a_layernorm.weight"),
            entry(Slot.LATENT_UP, "model.layers.{l}.self_attn.kv_b_proj.weight"),
            entry(Slot.INDEX_QUERY, "model.layers.{l}.self_attn.indexer.wq_b.weight"),
            entry(Slot.INDEX_KEY, "model.layers.{l}.self_attn.indexer.wk.weight"),
            entry(Slot.INDEX_KEY_NORM, "model.layers.{l}.self_attn.indexer.k_norm.weight"),
            entry(Slot.INDEX_WEIGHTS, "model.layers.{l}.self_attn.indexer.weights_proj.weight"),
            entry(Slot.FEED_FORWARD_NORM, "model.layers.{l}.post_attention_layernorm.weight"),
            entry(Slot.GATE, "model.layers.{l}.mlp.gate_proj.weight"),
            entry(Slot.UP, "model.layers.{l}.mlp.up_proj.weight"),
            entry(Slot.DOWN, "model.layers.{l}.mlp.down_proj.weight"),
            entry(Slot.ROUTER, "model.layers.{l}.mlp.gate.weight"),
            entry(Slot.ROUTER_BIAS, "model.layers.{l}.mlp.gate.e_score_correction_bias"),
            entry(Slot.EXPERT_GATE, "model.layers.{l}.mlp.experts.{e}.gate_proj.weight"),
            entry(Slot.EXPERT_UP, "model.layers.{l}.mlp.experts.{e}.up_proj.weight"),
            entry(Slot.EXPERT_DOWN, "model.layers.{l}.mlp.experts.{e}.down_proj.weight"),
            entry(Slot.EXPERT_GATE_UP, "model.layers.{l}.mlp.experts.gate_up_proj"),
            entry(Slot.EXPERT_DOWNS, "model.layers.{l}.mlp.experts.down_proj"),
            entry(Slot.SHARED_GATE, "model.layers.{l}.mlp.shared_experts.gate_proj.weight"),
            entry(Slot.SHARED_UP, "model.layers.{l}.mlp.shared_experts.up_proj.weight"),
            entry(Slot.SHARED_DOWN, "model.layers.{l}.mlp.shared_experts.down_proj.weight"),
            entry(Slot.STREAM_ATTENTION_FUNCTION, "model.layers.{l}.hc_attn_fn"),
            entry(Slot.STREAM_ATTENTION_BASE, "model.layers.{l}.hc_attn_base"),
            entry(Slot.STREAM_ATTENTION_SCALE, "model.layers.{l}.hc_attn_scale"),
            entry(Slot.STREAM_FEED_FORWARD_FUNCTION, "model.layers.{l}.hc_ffn_fn"),
            entry(Slot.STREAM_FEED_FORWARD_BASE, "model.layers.{l}.hc_ffn_base"),
            entry(Slot.STREAM_FEED_FORWARD_SCALE, "model.layers.{l}.hc_ffn_scale"),
            entry(Slot.STREAM_HEAD_FUNCTION, "model.hc_head_fn"),
            entry(Slot.STREAM_HEAD_BASE, "model.hc_head_base"),
            entry(Slot.STREAM_HEAD_SCALE, "model.hc_head_scale"),
            entry(Slot.PREDICTION_EMBEDDING, "model.layers.{l}.embed_tokens.weight"),
            entry(Slot.PREDICTION_EMBEDDING_NORM, "model.layers.{l}.enorm.weight"),
            entry(Slot.PREDICTION_STATE_NORM, "model.layers.{l}.hnorm.weight"),
            entry(Slot.PREDICTION_INPUT, "model.layers.{l}.eh_proj.weight"),
            entry(Slot.PREDICTION_OUTPUT_NORM, "model.layers.{l}.shared_head.norm.weight"),
            entry(Slot.PREDICTION_HEAD, "model.layers.{l}.shared_head.head.weight")));

    /** GGUF. */
    static final TensorNames GGUF = new TensorNames(Map.ofEntries(
            entry(Slot.EMBEDDING, "token_embd.weight"),
            entry(Slot.OUTPUT_NORM, "output_norm.weight"),
            entry(Slot.HEAD, "output.weight"),
            entry(Slot.ATTENTION_NORM, "blk.{l}.attn_norm.weight"),
            entry(Slot.QUERY, "blk.{l}.attn_q.weight"),
            entry(Slot.KEY, "blk.{l}.attn_k.weight"),
            entry(Slot.VALUE, "blk.{l}.attn_v.weight"),
            entry(Slot.ATTENTION_OUTPUT, "blk.{l}.attn_output.weight"),
            entry(Slot.QUERY_NORM, "blk.{l}.attn_q_norm.weight"),
            entry(Slot.KEY_NORM, "blk.{l}.attn_k_norm.weight"),
            entry(Slot.ATTENTION_SINKS, "blk.{l}.attn_sinks.weight"),
            entry(Slot.QUERY_KEY_VALUE, "blk.{l}.attn_qkv.weight"),
            entry(Slot.QUERY_DOWN, "blk.{l}.attn_q_a.weight"),
            entry(Slot.QUERY_DOWN_NORM, "blk.{l}.attn_q_a_norm.weight"),
            entry(Slot.QUERY_UP, "blk.{l}.attn_q_b.weight"),
            entry(Slot.LATENT_DOWN, "blk.{l}.attn_kv_a_mqa.weight"),
            entry(Slot.LATENT_NORM, "blk.{l}.attn_kv_a_norm.weight"),
            entry(Slot.LATENT_UP, "blk.{l}.attn_kv_b.weight"),
            entry(Slot.LATENT_KEY_UP, "blk.{l}.attn_k_b.weight"),
            entry(Slot.LATENT_VALUE_UP, "blk.{l}.attn_v_b.weight"),
            entry(Slot.INDEX_QUERY, "blk.{l}.indexer.attn_q_b.weight"),
            entry(Slot.INDEX_KEY, "blk.{l}.indexer.attn_k.weight"),
            entry(Slot.INDEX_KEY_NORM, "blk.{l}.indexer.k_norm.weight"),
            entry(Slot.INDEX_WEIGHTS, "blk.{l}.indexer.proj.weight"),
            entry(Slot.FEED_FORWARD_NORM, "blk.{l}.ffn_norm.weight"),
            entry(Slot.GATE, "blk.{l}.ffn_gate.weight"),
            entry(Slot.UP, "blk.{l}.ffn_up.weight"),
            entry(Slot.DOWN, "blk.{l}.ffn_down.weight"),
            entry(Slot.ROUTER, "blk.{l}.ffn_gate_inp.weight"),
            entry(Slot.ROUTER_BIAS, "blk.{l}.exp_probs_b.bias"),
            entry(Slot.EXPERT_GATE, "blk.{l}.ffn_gate_exps.weight"),
            entry(Slot.EXPERT_UP, "blk.{l}.ffn_up_exps.weight"),
            entry(Slot.EXPERT_DOWN, "blk.{l}.ffn_down_exps.weight"),
            entry(Slot.EXPERT_GATE_UP, "blk.{l}.ffn_gate_up_exps.weight"),
            entry(Slot.SHARED_SCALE, "blk.{l}.ffn_gate_inp_shexp.weight"),
            entry(Slot.SHARED_GATE, "blk.{l}.ffn_gate_shexp.weight"),
            entry(Slot.SHARED_UP, "blk.{l}.ffn_up_shexp.weight"),
            entry(Slot.SHARED_DOWN, "blk.{l}.ffn_down_shexp.weight"),
            entry(Slot.PREDICTION_EMBEDDING, "blk.{l}.nextn.embed_tokens.weight"),
            entry(Slot.PREDICTION_EMBEDDING_NORM, "blk.{l}.nextn.enorm.weight"),
            entry(Slot.PREDICTION_STATE_NORM, "blk.{l}.nextn.hnorm.weight"),
            entry(Slot.PREDICTION_INPUT, "blk.{l}.nextn.eh_proj.weight"),
            entry(Slot.PREDICTION_OUTPUT_NORM, "blk.{l}.nextn.shared_head_norm.weight"),
            entry(Slot.PREDICTION_HEAD, "blk.{l}.nextn.shared_head_head.weight")));

    /** The singular of {@link #FOLDER}'s shared experts, with a share of their own (Qwen). */
    static final Map<Slot, String> SHARED_EXPERT = Map.of(
            Slot.SHARED_GATE, "model.layers.{l}.mlp.shared_expert.gate_proj.weight",
            Slot.SHARED_UP, "model.layers.{l}.mlp.shared_expert.up_proj.weight",
            Slot.SHARED_DOWN, "model.layers.{l}.mlp.shared_expert.down_proj.weight",
            Slot.SHARED_SCALE, "model.layers.{l}.mlp.shared_expert_gate.weight");

    /** GGUF files whose norm before the feed-forward unit has its published name. */
    static final TensorNames GGUF_POST_ATTENTION_NORM =
            GGUF.with(Map.of(Slot.FEED_FORWARD_NORM, "blk.{l}.post_attention_norm.weight"));

    private Names() {}
}
