package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A config.json, read with type checks. Multimodal wrappers are seen through: the values are those of their
 * {@code text_config}. A key that is null counts as missing.
 */
record FolderConfig(Map<String, @Nullable Object> values, String source) {
    static FolderConfig of(Map<String, @Nullable Object> json, String source) {
        return json.get("text_config") instanceof Map<?, ?>
                ? new FolderConfig(Json.asObject(json.get("text_config"), source + ": text_config"), source)
                : new FolderConfig(json, source);
    }

    boolean has(String key) {
        return values.get(key) != null;
    }

    int integer(String key) {
        Object value = require(key, "an integer");
        if (value instanceof Long number && number == (int) (long) number) {
            return (int) (long) number;
        }
        if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1 << 30) {
            return (int) (double) number;
        }
        throw wrong(key, value, "an integer");
    }

    int integer(String key, int otherwise) {
        return has(key) ? integer(key) : otherwise;
    }

    double number(String key) {
        Object value = require(key, "a number");
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong(key, value, "a number");
    }

    double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        Object value = require(key, "a boolean");
        if (value instanceof Boolean bool) {
            return bool;
        }
        throw wrong(key, value, "a boolean");
    }

    String string(String key) {
        Object value = require(key, "a string");
        if (value instanceof String string) {
            return string;
        }
        throw wrong(key, value, "a string");
    }

    String string(String key, String otherwise) {
        return has(key) ? string(key) : otherwise;
    }

    /** The number of layers, at least one. */
    int layers() {
        int layers = integer("num_hidden_layers");
        if (layers < 1 || layers > 10_000) {
            throw new ModelException(source + ": num_hidden_layers is " + layers + ", expected 1 to 10000");
        }
        return layers;
    }

    /** The gate function of feed-forward units. */
    Activation activation() {
        String name = string("hidden_act", "silu");
        return switch (name) {
            case "silu", "swish" -> Activation.SILU;
            case "gelu_pytorch_tanh", "gelu_new" -> Activation.GELU_TANH;
            default -> throw new ModelException(source + ": hidden_act '" + name + "' is not supported");
        };
    }

    /** What a router makes of its logits. */
    RouterSpec.Score score(String otherwise) {
        String name = string("scoring_func", otherwise);
        return switch (name) {
            case "sigmoid" -> RouterSpec.Score.SIGMOID;
            case "softmax" -> RouterSpec.Score.SOFTMAX;
            case "sqrtsoftplus" -> RouterSpec.Score.SQRT_SOFTPLUS;
            default ->
                throw new ModelException(source + ": scoring_func '" + name
                        + "' is not supported; expected sigmoid, softmax or sqrtsoftplus");
        };
    }

    /**
     * Hyper-connections of {@code hc_mult} streams, or a plain residual where that is missing or 0. {@code hc_sinkhorn_iters} and
     * {@code hc_eps} are DeepSeek-V4's keys; Jerboa's own are {@code hc_kind} (hc, mhc, mhc-lite; otherwise mhc), {@code
     * hc_single_pass} (otherwise false) and {@code hc_head} (learned, sum, mean; otherwise sum for hc and learned for the others).
     */
    ResidualSpec residual() {
        int streams = integer("hc_mult", 0);
        if (streams == 0) {
            return ResidualSpec.PLAIN;
        }
        String kindName = string("hc_kind", "mhc");
        ResidualSpec.Kind kind = switch (kindName) {
            case "hc" -> ResidualSpec.Kind.CONNECTIONS;
            case "mhc" -> ResidualSpec.Kind.MANIFOLD;
            case "mhc-lite" -> ResidualSpec.Kind.LITE;
            default ->
                throw new ModelException(
                        source + ": hc_kind '" + kindName + "' is not supported; expected hc, mhc or mhc-lite");
        };
        String headName = string("hc_head", kind == ResidualSpec.Kind.CONNECTIONS ? "sum" : "learned");
        ResidualSpec.Head head = switch (headName) {
            case "learned" -> ResidualSpec.Head.LEARNED;
            case "sum" -> ResidualSpec.Head.SUM;
            case "mean" -> ResidualSpec.Head.MEAN;
            default ->
                throw new ModelException(
                        source + ": hc_head '" + headName + "' is not supported; expected learned, sum or mean");
        };
        try {
            return new ResidualSpec.Hyper(
                    kind,
                    streams,
                    integer("hc_sinkhorn_iters", 20),
                    (float) number("hc_eps", 1e-6),
                    flag("hc_single_pass", false),
                    head);
        } catch (IllegalArgumentException e) {
            throw new ModelException(source + ": keys hc_mult, hc_sinkhorn_iters, hc_eps: " + e.getMessage(), e);
        }
    }

    /** This with another value for a key. */
    FolderConfig with(String key, Object value) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(values);
        all.put(key, value);
        return new FolderConfig(all, source);
    }

    /** The entry of {@code layer_types} for a layer, or {@code otherwise} where the list is missing. */
    String layerType(int layer, String otherwise) {
        if (!has("layer_types")) {
            return otherwise;
        }
        List<@Nullable Object> types = Json.asList(values.get("layer_types"), source + ": layer_types");
        if (layer >= types.size() || !(types.get(layer) instanceof String type)) {
            throw new ModelException(source + ": layer_types has no text for layer " + layer);
        }
        return type;
    }

    /**
     * The rotary embedding, from {@code rope_theta} and {@code rope_scaling} or from {@code rope_parameters}, which newer
     * files have instead.
     */
    RotarySpec rotary(int dims, RotaryTable.Layout layout) {
        FolderConfig rope = rope();
        double base = rope.has("rope_theta") ? rope.number("rope_theta") : number("rope_theta", 10_000);
        return new RotarySpec(dims, layout, base, rope.scaling());
    }

    /**
     * What DeepSeek multiplies the softmax scale by when YaRN stretches the context: the square of YaRN's magnitude for
     * {@code mscale_all_dim}; 1 otherwise.
     */
    double softmaxFactor() {
        FolderConfig rope = rope();
        if (!rope.ropeType().equals("yarn")) {
            return 1;
        }
        double all = rope.number("mscale_all_dim", 0);
        double magnitude = all == 0 ? 1 : RotarySpec.Yarn.magnitude(rope.number("factor"), all);
        return magnitude * magnitude;
    }

    /** YaRN's {@code mscale_all_dim}; 0 where there is none. */
    double yarnAllDimensions() {
        return rope().number("mscale_all_dim", 0);
    }

    private FolderConfig rope() {
        String key = has("rope_parameters") ? "rope_parameters" : "rope_scaling";
        return new FolderConfig(
                has(key) ? Json.asObject(values.get(key), source + ": " + key) : Map.of(), source + ": " + key);
    }

    private String ropeType() {
        return string("rope_type", string("type", "default"));
    }

    private RotarySpec.Scaling scaling() {
        String type = ropeType();
        return switch (type) {
            case "default" -> new RotarySpec.Unscaled();
            case "linear" -> new RotarySpec.Linear(number("factor"));
            case "llama3" ->
                new RotarySpec.Llama3(
                        number("factor"),
                        number("low_freq_factor"),
                        number("high_freq_factor"),
                        number("original_max_position_embeddings"));
            case "yarn" ->
                new RotarySpec.Yarn(
                        number("factor"),
                        number("original_max_position_embeddings"),
                        number("beta_fast", 32),
                        number("beta_slow", 1),
                        flag("truncate", true),
                        yarnMagnitude());
            default -> throw new ModelException(source + ": rotary scaling '" + type + "' is not supported");
        };
    }

    private double yarnMagnitude() {
        double factor = number("factor");
        if (has("attention_factor")) {
            return number("attention_factor");
        }
        double m = number("mscale", 0);
        double all = number("mscale_all_dim", 0);
        return m != 0 && all != 0
                ? RotarySpec.Yarn.magnitude(factor, m) / RotarySpec.Yarn.magnitude(factor, all)
                : RotarySpec.Yarn.magnitude(factor, 1);
    }

    private Object require(String key, String expected) {
        Object value = values.get(key);
        if (value == null) {
            throw new ModelException(source + ": key " + key + " is missing, expected " + expected);
        }
        return value;
    }

    private ModelException wrong(String key, Object value, String expected) {
        return new ModelException(source + ": key " + key + " is " + Json.kind(value) + ", expected " + expected);
    }
}
