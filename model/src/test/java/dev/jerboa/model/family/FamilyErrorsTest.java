package dev.jerboa.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.SharedFolder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Values that a family does not run are refused by key, what was found and what was expected; and keys that wrappers share out. */
class FamilyErrorsTest {
    @Test
    void unknownValuesAreRefused() {
        refused("gpt_oss", Map.of("swiglu_limit", 5.0), "swiglu_limit", "5.0", "7.0");
        refused("minimax_m2", Map.of("qk_norm_type", "per_head"), "qk_norm_type", "per_head", "per_layer");
        refused("minimax_m2", Map.of("attn_type_list", List.of(1L, 0L, 1L)), "attn_type_list", "0", "1");
        refused("minimax_m2", Map.of("shared_intermediate_size", 8L), "shared_intermediate_size", "8", "0");
        refused("minimax_m2", Map.of("partial_rotary_factor", 0.25), "rotary_dim", "12", "partial_rotary_factor");
        refused("glm4", Map.of("partial_rotary_factor", 0.125), "3 of 24", "even");
        refused("glm4", Map.of("hidden_act", "relu"), "hidden_act", "relu");
        refused("deepseek_v32", Map.of("layer_types", List.of("full_attention")), "layer_types", "full_attention");
        refused("deepseek_v32", Map.of("index_head_dim", 8L), "index_head_dim", "8 dimensions");
        refused("deepseek_v32", Map.of("mlp_layer_types", List.of("both")), "mlp_layer_types", "both", "dense");
        refused("glm4_moe_lite", Map.of("partial_rotary_factor", 0.5), "partial_rotary_factor", "0.5", "1");
        refused("glm_moe_dsa_shared", Map.of("indexer_types", List.of("shared")), "indexer_types", "shared", "full");
        refused(
                "glm_moe_dsa_shared",
                Map.of("index_topk_pattern", "FXSFS"),
                "index_topk_pattern",
                "X",
                "full or shared");
        refused("minimax_m3", Map.of("use_gemma_norm", false), "use_gemma_norm", "false", "true");
        refused("minimax_m3", Map.of("hidden_act", "relu"), "hidden_act", "relu", "swigluoai");
        refused(
                "minimax_m3",
                Map.of("sparse_attention_config", blocks(1, 2)),
                "sparse_attention_config",
                "2 of them local");
        refused("llama4_text", Map.of("no_rope_layers", List.of(1L)), "no_rope_layers");
    }

    /** GGUF files do not say what gates are made by: SiLU. */
    @Test
    void otherGatesAreNotForGguf() {
        Map<String, @Nullable Object> config = config("llama3");
        config.put("hidden_act", "gelu_pytorch_tanh");
        Description description = Families.ofFolder(config, "config.json", new NoTensors());
        assertThatThrownBy(() -> Families.ggufForm(config, "config.json", description))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("GELU_TANH", "hidden_act");
    }

    private static Map<String, Object> blocks(long top, long local) {
        return Map.of(
                "sparse_num_index_heads",
                4L,
                "sparse_index_dim",
                24L,
                "sparse_block_size",
                8L,
                "sparse_topk_blocks",
                top,
                "sparse_local_block",
                local,
                "sparse_attention_freq",
                List.of(0L, 1L, 1L, 1L));
    }

    @Test
    void aWrappersKeysFillTheGapsOfItsTextModel() {
        Map<String, @Nullable Object> text = config("ministral3");
        text.remove("tie_word_embeddings");
        Map<String, @Nullable Object> wrapper = new LinkedHashMap<>();
        wrapper.put("model_type", "mistral3");
        wrapper.put("tie_word_embeddings", true);
        wrapper.put("text_config", text);
        DecoderSpec spec =
                Families.ofFolder(wrapper, "config.json", new NoTensors()).spec();
        assertThat(spec.tiedHead()).isTrue();
        assertThat(spec.layers().getFirst().attention())
                .isInstanceOfSatisfying(
                        AttentionSpec.GroupedQuery.class,
                        attention -> assertThat(attention.scores().growth()).isNotNull());
        text.put("tie_word_embeddings", false);
        assertThat(tied(wrapper)).as("either says so").isTrue();
        wrapper.put("tie_word_embeddings", false);
        assertThat(tied(wrapper)).isFalse();
        text.put("tie_word_embeddings", true);
        assertThat(tied(wrapper)).isTrue();
    }

    private static boolean tied(Map<String, @Nullable Object> config) {
        return Families.ofFolder(config, "config.json", new NoTensors()).spec().tiedHead();
    }

    private static void refused(String directory, Map<String, Object> changes, String... parts) {
        Map<String, @Nullable Object> config = config(directory);
        config.putAll(changes);
        assertThatThrownBy(() -> Families.ofFolder(config, "config.json", new NoTensors()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("config.json")
                .hasMessageContainingAll(parts);
    }

    private static Map<String, @Nullable Object> config(String directory) {
        return new LinkedHashMap<>(Json.object(SharedFolder.require("oracle/hf/" + directory + "/config.json")));
    }
}
