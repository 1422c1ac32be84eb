package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Collects the keys of an architecture, from a decoder's description, and refuses what they cannot say. */
final class GgufKeys {
    final Map<String, Object> all = new LinkedHashMap<>();
    final DecoderSpec spec;
    float[] divisors = new float[0];
    private final String architecture;
    private final String source;

    GgufKeys(String architecture, DecoderSpec spec, String source) {
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

    /** Refuses a model that the architecture's keys cannot describe. */
    void require(boolean said, String what) {
        if (!said) {
            throw new ModelException(
                    source + ": " + what + ", which GGUF files of architecture " + architecture + " cannot say");
        }
    }

    /** What every decoder has. */
    void decoder(FolderConfig config) {
        integer("block_count", spec.layers().size());
        integer("context_length", spec.contextLength());
        integer("embedding_length", spec.hiddenSize());
        for (String key : List.of("dense_intermediate_size", "intermediate_size_mlp", "intermediate_size")) {
            if (config.has(key)) {
                integer("feed_forward_length", config.integer(key));
                break;
            }
        }
        integer("vocab_size", spec.vocabularySize());
        number("attention.layer_norm_rms_epsilon", spec.normEps());
        for (LayerSpec layer : spec.layers()) {
            require(
                    !(layer.feedForward() instanceof FeedForwardSpec.Gated gated && gated.bias()),
                    "gated units have biases");
            Activation activation = switch (layer.feedForward()) {
                case FeedForwardSpec.Gated gated -> gated.activation();
                case FeedForwardSpec.Experts experts -> experts.activation();
            };
            require(activation == Activation.SILU, "gates are " + activation + " (hidden_act), which files do not say");
        }
    }

    /** Grouped-query attention that all layers have. */
    AttentionSpec.GroupedQuery grouped() {
        AttentionSpec first = spec.layers().getFirst().attention();
        require(
                spec.layers().stream().allMatch(layer -> layer.attention().equals(first)),
                "layers differ in their attention (a sliding window on some of them)");
        AttentionSpec.GroupedQuery a = grouped(first);
        heads(a);
        if (a.window() > 0) {
            integer("attention.sliding_window", a.window());
        }
        rotary(a.rotary());
        return a;
    }

    AttentionSpec.GroupedQuery grouped(AttentionSpec attention) {
        AttentionSpec base = attention instanceof AttentionSpec.Selected selected ? selected.base() : attention;
        if (base instanceof AttentionSpec.GroupedQuery a) {
            return a;
        }
        throw new ModelException(
                source + ": attention is not grouped-query, which architecture " + architecture + " has");
    }

    /** Grouped-query attention of the first layer that has it. */
    AttentionSpec.GroupedQuery firstGrouped() {
        for (LayerSpec layer : spec.layers()) {
            if (layer.attention() instanceof AttentionSpec.GroupedQuery a) {
                return a;
            }
        }
        throw new ModelException(source + ": no layer has grouped-query attention, which files of architecture "
                + architecture + " need");
    }

    void heads(AttentionSpec.GroupedQuery a) {
        integer("attention.head_count", a.heads());
        integer("attention.head_count_kv", a.kvHeads());
        integer("attention.key_length", a.headDim());
        integer("attention.value_length", a.headDim());
    }

    void rotary(@Nullable RotarySpec rotary) {
        if (rotary == null) {
            throw new ModelException(source + ": a first layer without rotation, which GGUF files of architecture "
                    + architecture + " cannot say");
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
        boolean known = Math.abs(yarn.magnitude() - usual) < 1e-6
                || yarn.magnitude() == 1 && GgufForms.WHOLE_COSINES.contains(architecture);
        require(known, "YaRN has attention_factor " + yarn.magnitude() + " (the usual one is " + usual + ")");
        require(
                yarn.truncate() != GgufConfig.UNTRUNCATED.contains(architecture),
                "YaRN has truncate " + yarn.truncate());
        yarnKeys(yarn);
    }

    void yarnKeys(RotarySpec.Yarn yarn) {
        put("rope.scaling.type", "yarn");
        number("rope.scaling.factor", yarn.factor());
        integer("rope.scaling.original_context_length", Math.round(yarn.originalContext()));
        number("rope.scaling.yarn_beta_fast", yarn.betaFast());
        number("rope.scaling.yarn_beta_slow", yarn.betaSlow());
    }

    /** The experts of the layers that have some; which these are has to be what {@code sparse} says. */
    FeedForwardSpec.Experts experts(IntPredicate sparse) {
        FeedForwardSpec.@Nullable Experts found = null;
        for (int l = 0; l < spec.layers().size(); l++) {
            FeedForwardSpec unit = spec.layers().get(l).feedForward();
            boolean has = unit instanceof FeedForwardSpec.Experts;
            require(
                    has == sparse.test(l),
                    "layer " + l + " has " + (has ? "" : "no ") + "experts and others have " + (has ? "none" : "some"));
            if (unit instanceof FeedForwardSpec.Experts experts) {
                require(found == null || found.equals(experts), "layers differ in their experts");
                found = experts;
            }
        }
        if (found == null) {
            throw new ModelException(
                    source + ": no layer has experts, which files of architecture " + architecture + " need");
        }
        return found;
    }

    /** Keys of experts. */
    void mixture(FeedForwardSpec.Experts experts) {
        integer("expert_count", experts.experts());
        integer("expert_used_count", experts.router().perToken());
        integer("expert_feed_forward_length", experts.width());
        boolean biases = experts.form().biases() || experts.form().sharedBiases();
        require(!biases || architecture.equals("gpt-oss"), "experts have biases");
    }

    /** Groups of experts. */
    void groups(RouterSpec router) {
        if (router.groups() > 1) {
            integer("expert_group_count", router.groups());
            integer("expert_group_used_count", router.topGroups());
        }
    }

    /** What a router makes of its logits. */
    void gating(RouterSpec router) {
        integer(
                "expert_gating_func",
                switch (router.score()) {
                    case SOFTMAX -> 1;
                    case SIGMOID -> 2;
                    case SQRT_SOFTPLUS -> 4;
                    default ->
                        throw new ModelException(source + ": scores " + router.score() + " have no number in GGUF");
                });
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

    /** The latent attention of the first layer that has it. */
    AttentionSpec.Latent latent() {
        for (LayerSpec layer : spec.layers()) {
            AttentionSpec attention = layer.attention();
            AttentionSpec base = attention instanceof AttentionSpec.Selected selected ? selected.base() : attention;
            if (base instanceof AttentionSpec.Latent latent) {
                RotarySpec rotary = latent.rotary();
                require(
                        rotary == null || rotary.layout() == Layout.INTERLEAVED,
                        "rotated dimensions are halves (rope_interleave is false)");
                return latent;
            }
        }
        throw new ModelException(source + ": attention is not latent, which architecture " + architecture + " has");
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
