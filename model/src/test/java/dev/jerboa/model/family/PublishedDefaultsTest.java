package dev.jerboa.model.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.AttentionSpec.GroupedQuery;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec.Experts;
import dev.jerboa.model.decoder.FeedForwardSpec.Gated;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.SharedFolder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A key that a file leaves out has the value that the published code has for it, a key of null is none or derived, and what can be said
 * in two ways is the same model.
 */
class PublishedDefaultsTest {
    /** Directory, key, the published default; leaving the key out describes the same decoder as saying it. */
    @ParameterizedTest
    @CsvSource({
        "mistral, sliding_window, 4096",
        "mistral, num_key_value_heads, 8",
        "ministral3, head_dim, 128",
        "ministral3, rms_norm_eps, 1e-5",
        "mixtral, rope_theta, 1e6",
        "mixtral, rms_norm_eps, 1e-5",
        "mixtral, num_experts_per_tok, 2",
        "qwen2_swa, sliding_window, 4096",
        "qwen3, head_dim, 128",
        "deepseek_v32, index_n_heads, 64",
        "glm4_moe_lite, routed_scaling_factor, 1.8",
        "glm4_moe_lite, rms_norm_eps, 1e-5",
        "glm4_moe_lite, n_shared_experts, 1",
        "glm_moe_dsa, routed_scaling_factor, 2.5",
        "glm_moe_dsa, index_n_heads, 32",
        "glm, attention_bias, true",
        "glm, rms_norm_eps, 1.5625e-7",
        "glm4_moe, rms_norm_eps, 1e-5",
        "glm4_moe, n_shared_experts, 1",
        "minimax, rope_theta, 1e6",
        "minimax, rms_norm_eps, 1e-5",
        "minimax_m2, rope_theta, 5e6",
        "minimax_m3, rope_theta, 5e6",
        "minimax_m3, routed_scaling_factor, 2.0",
        "ernie4_5, rope_theta, 500000.0",
        "ernie4_5, rms_norm_eps, 1e-5",
        "ernie4_5_moe, moe_k, 6",
        "gpt_oss, rms_norm_eps, 1e-5",
        "gpt_oss, sliding_window, 128",
        "llama4_text, rope_theta, 500000.0",
        "llama4_text, rms_norm_eps, 1e-5",
        "llama4_text, attention_chunk_size, 8192",
        "kimi_linear, routed_scaling_factor, 2.446",
        "kimi_linear, first_k_dense_replace, 1",
        "deepseek_v4, num_hash_layers, 3",
        "deepseek_v4, routed_scaling_factor, 1.5",
        "deepseek_v4, index_topk, 512"
    })
    void aMissingKeyHasThePublishedValue(String directory, String key, String value) {
        Object published = Objects.requireNonNull(Json.parse(value, key));
        DecoderSpec said = spec(directory, key, published);
        assertThat(spec(directory, key, null, false)).isEqualTo(said);
        assertThat(said).as("a default that the file says anyway").isNotEqualTo(spec(directory, key, other(published)));
    }

    private static Object other(Object value) {
        return switch (value) {
            case Boolean flag -> !flag;
            case Long number -> 2 * number;
            case Double number -> 2 * number;
            default -> throw new IllegalArgumentException(value + "");
        };
    }

    /** A head's dimensions are the hidden state's by head where a file says null, other than where it says nothing. */
    @ParameterizedTest
    @CsvSource({"seed_oss", "ernie4_5", "gpt_oss", "llama4_text", "ministral3", "minimax"})
    void aHeadOfNullIsDerived(String directory) {
        DecoderSpec spec = spec(directory, "head_dim", null, true);
        assertThat(grouped(spec, 3 % spec.layers().size()).headDim()).isEqualTo(64 / 4);
    }

    @Test
    void layerTypesAreNotForTheThirdMinistral() {
        Map<String, @Nullable Object> config = config("ministral");
        assertThat(grouped(spec(config), 0).window()).isZero();
        assertThat(grouped(spec(config), 1).window()).isEqualTo(16);
        config.put("model_type", "ministral3");
        assertThat(grouped(spec(config), 0).window()).isEqualTo(16);
    }

    /** Every other layer before max_window_layers of Qwen2's mixtures; every layer of Qwen3's. */
    @Test
    void windowsOfMixtures() {
        Map<String, @Nullable Object> second = config("qwen2_moe");
        second.put("use_sliding_window", true);
        second.put("sliding_window", 16L);
        second.put("max_window_layers", 2L);
        DecoderSpec spec = spec(second);
        assertThat(grouped(spec, 0).window()).isEqualTo(16);
        assertThat(grouped(spec, 1).window()).isZero();
        assertThat(grouped(spec, 2).window()).isZero();
        second.put("layer_types", List.of("full_attention", "full_attention", "sliding_attention"));
        assertThat(grouped(spec(second), 0).window()).isZero();
        assertThat(grouped(spec(second), 2).window()).isEqualTo(16);
        Map<String, @Nullable Object> third = config("qwen3_moe");
        third.put("use_sliding_window", true);
        third.put("sliding_window", 16L);
        for (int layer = 0; layer < 3; layer++) {
            assertThat(grouped(spec(third), layer).window()).isEqualTo(16);
        }
    }

    @Test
    void unitsOfLlamaMayHaveBiases() {
        Map<String, @Nullable Object> config = config("llama3");
        config.put("mlp_bias", true);
        assertThat(spec(config).layers().getFirst().feedForward())
                .isInstanceOfSatisfying(
                        Gated.class, unit -> assertThat(unit.bias()).isTrue());
    }

    @ParameterizedTest
    @CsvSource({"deepseek_v2_lite", "deepseek_v32", "glm_moe_dsa"})
    void rotationsThatAreAlwaysInterleaved(String directory) {
        assertThat(spec(directory, "rope_interleave", false)).isEqualTo(spec(directory, "rope_interleave", true));
    }

    /** Hugging Face's class rotates whole heads, the publisher's own code rotary_dim dimensions of them. */
    @Test
    void rotationsOfTheFirstMiniMax() {
        Map<String, @Nullable Object> config = config("minimax");
        DecoderSpec whole = spec(config);
        config.put("rotary_dim", 12L);
        assertThat(spec(config)).isEqualTo(whole);
        config.put("model_type", "minimax_m1");
        assertThat(Objects.requireNonNull(grouped(spec(config), 3).rotary()).dims())
                .isEqualTo(12);
    }

    /** MiniMax-M3's partial_rotary_factor counts, whatever rotary_dim a file has beside it; alone, rotary_dim counts. */
    @Test
    void theFactorOfRotationCounts() {
        DecoderSpec spec = spec("minimax_m3", "rotary_dim", 12L);
        assertThat(spec("minimax_m3", "rotary_dim", 64L)).isEqualTo(spec);
        assertThat(spec("minimax_m3", "partial_rotary_factor", null, false)).isEqualTo(spec);
    }

    /** Of DeepSeek V2, whose shared experts have them too; V3 does not read the key. */
    @Test
    void unitsOfDeepSeekTwoMayHaveBiases() {
        DecoderSpec spec = spec("deepseek_v2_lite", "mlp_bias", true);
        assertThat(spec.layers().get(0).feedForward())
                .isInstanceOfSatisfying(
                        Gated.class, unit -> assertThat(unit.bias()).isTrue());
        assertThat(spec.layers().get(1).feedForward()).isInstanceOfSatisfying(Experts.class, unit -> {
            assertThat(unit.form().sharedBiases()).isTrue();
            assertThat(unit.form().biases()).isFalse();
        });
        assertThat(spec("deepseek_v3", "mlp_bias", true)).isEqualTo(spec("deepseek_v3", "mlp_bias", false));
    }

    @Test
    void olderFilesOfLlamaFourTuneByANumber() {
        DecoderSpec spec = spec("llama4_text", "attn_temperature_tuning", true);
        assertThat(spec("llama4_text", "attn_temperature_tuning", 4L)).isEqualTo(spec);
        assertThat(spec("llama4_text", "attn_temperature_tuning", 0L))
                .isEqualTo(spec("llama4_text", "attn_temperature_tuning", false))
                .isNotEqualTo(spec);
    }

    /** The context of the first training: of the scaling, beside it, or else the whole context. */
    @Test
    void theOriginalContextMayBeSaidElsewhere() {
        Map<String, @Nullable Object> config = config("llama3");
        config.put("max_position_embeddings", 64L);
        config.put("rope_scaling", Map.of("rope_type", "yarn", "factor", 4.0));
        assertThat(yarn(spec(config)).originalContext()).isEqualTo(64);
        config.put("original_max_position_embeddings", 32L);
        config.put("rope_scaling", Map.of("rope_type", "yarn", "factor", 4.0, "original_max_position_embeddings", 8L));
        assertThat(yarn(spec(config)).originalContext()).isEqualTo(32);
        Map<String, @Nullable Object> scaling = new LinkedHashMap<>();
        scaling.put("rope_type", "yarn");
        scaling.put("factor", null);
        scaling.put("beta_fast", 0L);
        config.put("rope_scaling", scaling);
        assertThat(yarn(spec(config)).factor()).isEqualTo(2);
        assertThat(yarn(spec(config)).betaFast()).isEqualTo(32);
    }

    /** Two forms of the same rotation, of which the older one counts where a file has both. */
    @Test
    void theOlderFormOfRotationCounts() {
        Map<String, @Nullable Object> config = config("llama3");
        DecoderSpec older = spec(config);
        Map<String, @Nullable Object> newer =
                new LinkedHashMap<>(Json.asObject(config.get("rope_scaling"), "rope_scaling"));
        newer.put("rope_theta", config.get("rope_theta"));
        config.put("rope_parameters", Map.of("rope_type", "default", "rope_theta", 7.0));
        assertThat(grouped(spec(config), 0).rotary()).extracting("scaling").isInstanceOf(RotarySpec.Llama3.class);
        config.remove("rope_scaling");
        config.remove("rope_theta");
        config.put("rope_parameters", newer);
        assertThat(spec(config)).isEqualTo(older);
    }

    /** DeepSeek's magnitude counts for every kind of stretching. */
    @Test
    void aLinearScalingMayRaiseTheSoftmaxScale() {
        Map<String, @Nullable Object> config = config("deepseek_v3");
        config.put("rope_scaling", Map.of("type", "linear", "factor", 4.0, "mscale_all_dim", 1.0));
        double magnitude = 0.1 * Math.log(4) + 1;
        assertThat(latent(spec(config)).scale()).isEqualTo((float) (magnitude * magnitude / Math.sqrt(32)));
    }

    /** One dense layer, whatever first_k_dense_replace says, unless mlp_layer_types says otherwise. */
    @Test
    void theFlashModelsFirstLayerIsDense() {
        DecoderSpec spec = spec("glm4_moe_lite", "first_k_dense_replace", 2L);
        assertThat(spec.layers().get(0).feedForward()).isInstanceOf(Gated.class);
        assertThat(spec.layers().get(1).feedForward()).isInstanceOf(Experts.class);
    }

    /** Qwen3.5's mixtures norm their shares and have experts in every layer. */
    @Test
    void keysThatTheNewerMixturesDoNotRead() {
        DecoderSpec spec = spec("qwen3_5_moe", "num_experts_per_tok", 3L);
        assertThat(spec("qwen3_5_moe", "norm_topk_prob", false)).isEqualTo(spec);
        assertThat(spec("qwen3_5_moe", "mlp_only_layers", List.of(1L))).isEqualTo(spec);
    }

    @Test
    void theFourthDeepSeekMaySayItsScalingInTheNewerForm() {
        Map<String, @Nullable Object> config = config("deepseek_v4_hfcfg");
        DecoderSpec older = spec(config);
        Map<String, @Nullable Object> newer =
                new LinkedHashMap<>(Json.asObject(config.remove("rope_scaling"), "rope_scaling"));
        newer.put("rope_theta", 10_000L);
        config.put("rope_parameters", newer);
        assertThat(spec(config)).isEqualTo(older);
    }

    /** Without layer_types and compress_ratios: two heavy layers, then heavy and sparse by turns; rates under keys of their own. */
    @Test
    void theFourthDeepSeekHasPublishedLayers() {
        Map<String, @Nullable Object> config = config("deepseek_v4_hfcfg");
        for (String key : List.of("layer_types", "compress_rates", "mlp_layer_types")) {
            config.remove(key);
        }
        config.put("compress_rate_csa", 5L);
        List<Integer> rates = spec(config).layers().stream()
                .map(layer -> ((AttentionSpec.Compressed) layer.attention()).compression())
                .map(compression -> compression == null ? 0 : compression.every())
                .toList();
        assertThat(rates).containsExactly(128, 128, 128, 5);
        assertThat(spec(config).layers().get(2).feedForward())
                .isInstanceOfSatisfying(
                        Experts.class,
                        unit -> assertThat(unit.router().byToken()).isTrue());
    }

    private static RotarySpec.Yarn yarn(DecoderSpec spec) {
        RotarySpec rotary = grouped(spec, 0).rotary();
        return (RotarySpec.Yarn) Objects.requireNonNull(rotary).scaling();
    }

    private static GroupedQuery grouped(DecoderSpec spec, int layer) {
        return (GroupedQuery) spec.layers().get(layer).attention();
    }

    private static AttentionSpec.Latent latent(DecoderSpec spec) {
        return (AttentionSpec.Latent) spec.layers().getFirst().attention();
    }

    private static DecoderSpec spec(String directory, String key, Object value) {
        return spec(directory, key, value, true);
    }

    private static DecoderSpec spec(String directory, String key, @Nullable Object value, boolean said) {
        Map<String, @Nullable Object> config = config(directory);
        config.remove(key);
        if (said) {
            config.put(key, value);
        }
        return spec(config);
    }

    private static DecoderSpec spec(Map<String, @Nullable Object> config) {
        return Families.ofFolder(config, "config.json", new NoTensors()).spec();
    }

    private static Map<String, @Nullable Object> config(String directory) {
        return new LinkedHashMap<>(Json.object(SharedFolder.require("oracle/hf/" + directory + "/config.json")));
    }
}
