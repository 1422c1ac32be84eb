package dev.jerboa.model.family;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.TensorNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The families that GGUF has an architecture for, by their folders' {@code model_type}: a line each of {@link #FORMS}. What all have
 * comes from the decoder's description; a line says what is its own.
 */
final class GgufForms {
    /**
     * @param own adds the keys that only this architecture has
     */
    private record Form(
            String architecture, TensorNames names, boolean turnedRows, BiConsumer<Keys, FolderConfig> own) {}

    private static final Map<String, Form> FORMS = Map.of(
            "llama", new Form("llama", Names.GGUF, true, (keys, config) -> {}),
            "mistral", new Form("llama", Names.GGUF, true, (keys, config) -> {}),
            "mixtral", new Form("llama", Names.GGUF, true, GgufForms::experts),
            "qwen2", new Form("qwen2", Names.GGUF, false, (keys, config) -> {}),
            "qwen3", new Form("qwen3", Names.GGUF, false, (keys, config) -> {}),
            "qwen3_moe", new Form("qwen3moe", Names.GGUF, false, GgufForms::experts),
            "deepseek_v2", new Form("deepseek2", Names.GGUF, false, GgufForms::deepSeek),
            "deepseek_v3", new Form("deepseek2", Names.GGUF, false, GgufForms::deepSeek),
            "kimi_k2", new Form("deepseek2", Names.GGUF, false, GgufForms::deepSeek));

    private GgufForms() {}

    static GgufForm of(FolderConfig config, DecoderSpec spec) {
        String type = config.string("model_type");
        Form form = FORMS.get(type);
        if (form == null) {
            Set<String> known = new TreeSet<>(FORMS.keySet());
            throw new ModelException(config.source() + ": folders of model_type '" + type
                    + "' cannot be written as GGUF; those of " + known + " can");
        }
        Keys keys = new Keys(form.architecture, spec, config.source());
        keys.decoder(config);
        form.own.accept(keys, config);
        return new GgufForm(form.architecture, form.names, form.turnedRows, keys.all, keys.divisors);
    }

    private static void experts(Keys keys, FolderConfig config) {
        FeedForwardSpec.Experts experts = keys.experts(0);
        RouterSpec router = experts.router();
        keys.integer("expert_count", experts.experts());
        keys.integer("expert_used_count", router.perToken());
        keys.integer("expert_feed_forward_length", experts.width());
        if (!router.normalise()) {
            keys.put("expert_weights_norm", false);
        }
    }

    private static void deepSeek(Keys keys, FolderConfig config) {
        AttentionSpec.Latent a = keys.latent();
        keys.integer("attention.head_count", a.heads());
        keys.integer("attention.head_count_kv", 1);
        if (a.queryRank() > 0) {
            keys.integer("attention.q_lora_rank", a.queryRank());
        }
        keys.integer("attention.kv_lora_rank", a.latentDim());
        keys.integer("attention.key_length", a.latentDim() + a.rotaryDim());
        keys.integer("attention.value_length", a.latentDim());
        keys.integer("attention.key_length_mla", a.plainDim() + a.rotaryDim());
        keys.integer("attention.value_length_mla", a.valueDim());
        keys.rotary(a.rotary());
        RotarySpec rotary = a.rotary();
        if (rotary != null && rotary.scaling() instanceof RotarySpec.Yarn) {
            double all = config.yarnAllDimensions();
            if (all != 0) {
                keys.number("rope.scaling.yarn_log_multiplier", 0.1 * all);
            }
        }
        int dense = keys.denseLayers();
        keys.integer("leading_dense_block_count", dense);
        if (dense == keys.spec.layers().size()) {
            return;
        }
        FeedForwardSpec.Experts experts = keys.experts(dense);
        RouterSpec router = experts.router();
        keys.integer("expert_count", experts.experts());
        keys.integer("expert_used_count", router.perToken());
        keys.integer("expert_group_count", router.groups());
        keys.integer("expert_group_used_count", router.topGroups());
        keys.integer(
                "expert_gating_func",
                switch (router.score()) {
                    case SOFTMAX -> 1;
                    case SIGMOID -> 2;
                    case SQRT_SOFTPLUS -> 4;
                    default ->
                        throw new ModelException(
                                config.source() + ": scores " + router.score() + " have no number in GGUF");
                });
        keys.integer("expert_feed_forward_length", experts.width());
        keys.integer("expert_shared_count", experts.sharedWidth() / experts.width());
        keys.number("expert_weights_scale", router.scale());
        keys.put("expert_weights_norm", router.normalise());
    }

    /** Collects an architecture's keys. */
    private static final class Keys {
        final Map<String, Object> all = new LinkedHashMap<>();
        final DecoderSpec spec;
        float[] divisors = new float[0];
        private final String architecture;
        private final String source;

        Keys(String architecture, DecoderSpec spec, String source) {
            this.architecture = architecture;
            this.spec = spec;
            this.source = source;
        }

        void put(String key, Object value) {
            all.put(architecture + "." + key, value);
        }

        void integer(String key, long value) {
            put(key, value);
        }

        void number(String key, double value) {
            put(key, value);
        }

        /** What every decoder has. */
        void decoder(FolderConfig config) {
            integer("block_count", spec.layers().size());
            integer("context_length", spec.contextLength());
            integer("embedding_length", spec.hiddenSize());
            integer("feed_forward_length", config.integer("intermediate_size"));
            integer("vocab_size", spec.vocabularySize());
            number("attention.layer_norm_rms_epsilon", spec.normEps());
            if (spec.layers().getFirst().attention() instanceof AttentionSpec.GroupedQuery first) {
                grouped(first);
            }
        }

        private void grouped(AttentionSpec.GroupedQuery a) {
            if (spec.layers().stream().anyMatch(layer -> !layer.attention().equals(a))) {
                throw new ModelException(
                        source + ": layers differ in their attention (a sliding window on some of them),"
                                + " which GGUF files of architecture " + architecture + " cannot say");
            }
            integer("attention.head_count", a.heads());
            integer("attention.head_count_kv", a.kvHeads());
            integer("attention.key_length", a.headDim());
            integer("attention.value_length", a.headDim());
            if (a.window() > 0) {
                integer("attention.sliding_window", a.window());
            }
            rotary(a.rotary());
        }

        /** Nothing where nothing is rotated. */
        void rotary(@Nullable RotarySpec rotary) {
            if (rotary == null) {
                return;
            }
            integer("rope.dimension_count", rotary.dims());
            number("rope.freq_base", rotary.base());
            switch (rotary.scaling()) {
                case RotarySpec.Unscaled none -> {}
                case RotarySpec.Linear linear -> {
                    put("rope.scaling.type", "linear");
                    number("rope.scaling.factor", linear.factor());
                }
                case RotarySpec.Yarn yarn -> yarn(yarn);
                case RotarySpec.Llama3 llama -> divisors = divisors(rotary);
                case RotarySpec.Divisors given -> divisors = given.divisors().clone();
                default ->
                    throw new ModelException(source + ": the rotary scaling "
                            + rotary.scaling().getClass().getSimpleName() + " has no form in GGUF");
            }
        }

        private void yarn(RotarySpec.Yarn yarn) {
            double usual = RotarySpec.Yarn.magnitude(yarn.factor(), 1);
            boolean latent = spec.layers().getFirst().attention() instanceof AttentionSpec.Latent;
            boolean known = Math.abs(yarn.magnitude() - usual) < 1e-6 || latent && yarn.magnitude() == 1;
            if (!known || !yarn.truncate()) {
                throw new ModelException(source + ": YaRN with attention_factor " + yarn.magnitude()
                        + (yarn.truncate() ? "" : " and without truncate") + ", which GGUF files of architecture "
                        + architecture + " cannot say; expected " + usual);
            }
            put("rope.scaling.type", "yarn");
            number("rope.scaling.factor", yarn.factor());
            integer("rope.scaling.original_context_length", Math.round(yarn.originalContext()));
            number("rope.scaling.yarn_beta_fast", yarn.betaFast());
            number("rope.scaling.yarn_beta_slow", yarn.betaSlow());
        }

        FeedForwardSpec.Experts experts(int firstLayer) {
            for (int l = firstLayer; l < spec.layers().size(); l++) {
                if (!(spec.layers().get(l).feedForward() instanceof FeedForwardSpec.Experts)) {
                    throw new ModelException(
                            source + ": layer " + l + " has no experts and others have, which GGUF files of"
                                    + " architecture " + architecture + " cannot say");
                }
            }
            return (FeedForwardSpec.Experts) spec.layers().get(firstLayer).feedForward();
        }

        /** Layers before the first one with experts. */
        int denseLayers() {
            int dense = 0;
            while (dense < spec.layers().size()
                    && spec.layers().get(dense).feedForward() instanceof FeedForwardSpec.Gated) {
                dense++;
            }
            return dense;
        }

        AttentionSpec.Latent latent() {
            if (spec.layers().getFirst().attention() instanceof AttentionSpec.Latent latent) {
                return latent;
            }
            throw new ModelException(source + ": attention is not latent, which architecture " + architecture + " has");
        }
    }

    /** What the frequencies are divided by. */
    static float[] divisors(RotarySpec rotary) {
        double[] plain =
                new RotarySpec(rotary.dims(), rotary.layout(), rotary.base(), new RotarySpec.Unscaled()).frequencies();
        double[] scaled = rotary.frequencies();
        float[] divisors = new float[plain.length];
        for (int i = 0; i < divisors.length; i++) {
            divisors[i] = (float) (plain[i] / scaled[i]);
        }
        return divisors;
    }
}
