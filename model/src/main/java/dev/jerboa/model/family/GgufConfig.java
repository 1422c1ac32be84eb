package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Set;

/** GGUF metadata seen from an architecture: keys without the architecture's prefix. */
record GgufConfig(Metadata metadata, String source) {
    /** Architectures whose YaRN does not round the ends of its ramp; no key says so. */
    static final Set<String> UNTRUNCATED = Set.of("gpt-oss");

    String architecture() {
        return metadata.string("general.architecture");
    }

    private String key(String name) {
        return architecture() + "." + name;
    }

    boolean has(String name) {
        return metadata.has(key(name));
    }

    int integer(String name) {
        return metadata.integer(key(name));
    }

    int integer(String name, int otherwise) {
        return metadata.integer(key(name), otherwise);
    }

    double number(String name) {
        return metadata.number(key(name));
    }

    double number(String name, double otherwise) {
        return metadata.number(key(name), otherwise);
    }

    boolean flag(String name, boolean otherwise) {
        return metadata.flag(key(name), otherwise);
    }

    String string(String name, String otherwise) {
        return metadata.string(key(name), otherwise);
    }

    /** Refuses another value of a key than the family knows. */
    void require(String name, int expected) {
        if (integer(name, expected) != expected) {
            throw new ModelException(source + ": " + key(name) + " is " + integer(name)
                    + ", which Jerboa does not run for " + architecture() + "; expected " + expected);
        }
    }

    /** The whole number that a list has for a layer. */
    int integerOfLayer(String name, int layer) {
        long[] all = metadata.integers(key(name));
        if (layer >= all.length || all[layer] != (int) all[layer]) {
            throw new ModelException(source + ": " + key(name) + " has no integer for layer " + layer);
        }
        return (int) all[layer];
    }

    /** The number that a list has for a layer. */
    double numberOfLayer(String name, int layer) {
        double[] all = metadata.numbers(key(name));
        if (layer >= all.length) {
            throw new ModelException(source + ": " + key(name) + " has no number for layer " + layer);
        }
        return all[layer];
    }

    /** The number of layers, at least one; the blocks that predict further tokens, counted with them in files, are left out. */
    int layers() {
        int layers = integer("block_count") - integer("nextn_predict_layers", 0);
        if (layers < 1 || layers > 10_000) {
            throw new ModelException(source + ": " + key("block_count") + " is " + layers + ", expected 1 to 10000");
        }
        return layers;
    }

    float normEps() {
        return (float) number("attention.layer_norm_rms_epsilon");
    }

    /** The vocabulary's size, from the embedding. */
    int vocabularySize(TensorSource tensors) {
        return tensors.tensor("token_embd.weight").matrix().rows();
    }

    /** The rotary embedding; files of Llama 3.1 carry its frequency divisors as a tensor. */
    RotarySpec rotary(int dims, RotaryTable.Layout layout, TensorSource tensors) {
        double base = number("rope.freq_base", 10_000);
        if (tensors.has("rope_freqs.weight")) {
            float[] divisors = tensors.tensor("rope_freqs.weight").floats();
            if (divisors.length != dims / 2) {
                throw new ModelException(
                        source + ": tensor rope_freqs.weight has " + divisors.length + " values, expected " + dims / 2);
            }
            return new RotarySpec(dims, layout, base, new RotarySpec.Divisors(divisors));
        }
        return new RotarySpec(dims, layout, base, scaling());
    }

    /**
     * The router of a mixture of experts, as the keys of experts say.
     *
     * @param gating {@code expert_gating_func} where the file does not say it: 1 softmax, 2 sigmoid
     * @param normalise whether weights are normalised where the file does not say it
     */
    RouterSpec router(boolean bias, int gating, boolean normalise) {
        int function = integer("expert_gating_func", gating);
        if (function != 1 && function != 2) {
            throw new ModelException(source + ": " + key("expert_gating_func") + " is " + function
                    + ", expected 1 (softmax) or 2 (sigmoid)");
        }
        return RouterSpec.of(
                        function == 1 ? RouterSpec.Score.SOFTMAX : RouterSpec.Score.SIGMOID,
                        integer("expert_used_count"))
                .withBias(bias)
                .withGroups(
                        Math.max(1, integer("expert_group_count", 1)),
                        Math.max(1, integer("expert_group_used_count", 1)),
                        RouterSpec.GroupScore.SUM_OF_BEST_TWO)
                .withNormalised(flag("expert_weights_norm", normalise))
                .withScale((float) number("expert_weights_scale", 1));
    }

    private RotarySpec.Scaling scaling() {
        String type = string("rope.scaling.type", "none");
        double factor = number("rope.scaling.factor", number("rope.scale_linear", 1));
        if (factor == 0) {
            factor = 1;
        }
        return switch (type) {
            case "none" -> factor == 1 ? new RotarySpec.Unscaled() : new RotarySpec.Linear(factor);
            case "linear" -> new RotarySpec.Linear(factor);
            case "yarn" ->
                new RotarySpec.Yarn(
                        factor,
                        number("rope.scaling.original_context_length", number("context_length")),
                        number("rope.scaling.yarn_beta_fast", 32),
                        number("rope.scaling.yarn_beta_slow", 1),
                        !UNTRUNCATED.contains(architecture()),
                        yarnMagnitude(factor));
            default -> throw new ModelException(source + ": rotary scaling '" + type + "' is not supported");
        };
    }

    /** With a logarithmic multiplier (DeepSeek) cosines keep their size and the softmax scale changes instead. */
    private double yarnMagnitude(double factor) {
        double mix = number("rope.scaling.yarn_ext_factor", 1);
        if (mix != 1) {
            throw new ModelException(source + ": " + key("rope.scaling.yarn_ext_factor") + " is " + mix
                    + ", expected 1: Jerboa mixes stretched and plain frequencies fully");
        }
        double explicit = number("rope.scaling.yarn_attn_factor", number("rope.scaling.attn_factor", 1));
        return explicit * (yarnLogMultiplier() != 0 ? 1 : RotarySpec.Yarn.magnitude(factor, 1));
    }

    /** The converter's 0.1 · mscale_all_dim; 0 where there is none. */
    double yarnLogMultiplier() {
        return string("rope.scaling.type", "none").equals("yarn") ? number("rope.scaling.yarn_log_multiplier", 0) : 0;
    }
}
