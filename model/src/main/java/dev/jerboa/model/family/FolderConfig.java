package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.QueryScaling;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A config.json, read with type checks. Multimodal wrappers are seen through: the values are those of their
 * {@code text_config}, but that the head is tied where either says so, and that the {@code model_type} is the wrapper's where the text
 * model has none. A key that is null counts as missing.
 */
record FolderConfig(Map<String, @Nullable Object> values, String source) {
    private static final String TIED = "tie_word_embeddings";

    /** Kinds of rotary scaling that begin with the context of the first training. */
    private static final Set<String> STRETCHED_FROM_ORIGINAL = Set.of("yarn", "llama3");

    static FolderConfig of(Map<String, @Nullable Object> json, String source) {
        if (!(json.get("text_config") instanceof Map<?, ?>)) {
            return new FolderConfig(json, source);
        }
        FolderConfig text = new FolderConfig(Json.asObject(json.get("text_config"), source + ": text_config"), source);
        Object type = json.get("model_type");
        text = type == null ? text : text.otherwise("model_type", type);
        boolean tied = new FolderConfig(json, source).flag(TIED, false);
        return tied ? text.with(TIED, true) : text;
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

    /** This without a key. */
    FolderConfig without(String key) {
        Map<String, @Nullable Object> others = new LinkedHashMap<>(values);
        others.remove(key);
        return new FolderConfig(others, source);
    }

    /** This with a value for a key that is missing. */
    FolderConfig otherwise(String key, Object value) {
        return has(key) ? this : with(key, value);
    }

    /**
     * This with the values that the published code has for keys that a file leaves out. A key that is null stays so: there it means
     * none, or to be derived from others.
     */
    FolderConfig defaults(Map<String, Object> published) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(published);
        all.putAll(values);
        return new FolderConfig(all, source);
    }

    /** Refuses values of a key that would change the mathematics in a way that the family does not know. */
    void expect(String key, Object expected) {
        Object value = values.get(key);
        boolean alike = value instanceof Number a && expected instanceof Number b
                ? a.doubleValue() == b.doubleValue()
                : expected.equals(value);
        if (value != null && !alike) {
            throw new ModelException(
                    source + ": key " + key + " is " + value + ", which Jerboa does not run; expected " + expected);
        }
    }

    /** Refuses lists of a key that hold anything else. */
    void expectAll(String key, Object expected) {
        for (Object value : list(key)) {
            if (!expected.equals(value)) {
                throw new ModelException(source + ": key " + key + " holds " + value
                        + ", which Jerboa does not run; expected " + expected);
            }
        }
    }

    /** The list of a key, empty where it is missing. */
    List<@Nullable Object> list(String key) {
        return has(key) ? Json.asList(values.get(key), source + ": " + key) : List.of();
    }

    /** The object under a key; an empty one where it is missing. */
    FolderConfig object(String key) {
        return new FolderConfig(
                has(key) ? Json.asObject(values.get(key), source + ": " + key) : Map.of(), source + ": " + key);
    }

    /** The text that a list has for a layer. */
    String ofLayer(String key, int layer) {
        List<@Nullable Object> all = Json.asList(require(key, "a list"), source + ": " + key);
        if (layer >= all.size() || !(all.get(layer) instanceof String text)) {
            throw new ModelException(source + ": " + key + " has no text for layer " + layer);
        }
        return text;
    }

    /** The whole number that a list has for a layer. */
    int numberOfLayer(String key, int layer) {
        List<@Nullable Object> all = Json.asList(require(key, "a list"), source + ": " + key);
        if (layer >= all.size() || !(all.get(layer) instanceof Long number) || number != (int) (long) number) {
            throw new ModelException(source + ": " + key + " has no integer for layer " + layer);
        }
        return (int) (long) number;
    }

    /** The entry of {@code layer_types} for a layer, or {@code otherwise} where the list is missing. */
    String layerType(int layer, String otherwise) {
        return has("layer_types") ? ofLayer("layer_types", layer) : otherwise;
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
     * The dimensions of a head of {@code headDim} that are rotated, the first ones: {@code partial_rotary_factor} of them, which newer
     * files have in {@code rope_parameters}, or {@code rotary_dim}.
     *
     * @param otherwise the factor where the file says nothing
     */
    int rotaryDims(int headDim, double otherwise) {
        FolderConfig rope = rope();
        String key = "partial_rotary_factor";
        double factor = rope.has(key) ? rope.number(key) : number(key, Double.NaN);
        boolean given = !Double.isNaN(factor);
        int dims = given ? (int) (headDim * factor) : integer("rotary_dim", (int) (headDim * otherwise));
        if (given && has("rotary_dim") && integer("rotary_dim") != dims) {
            throw new ModelException(source + ": rotary_dim is " + integer("rotary_dim") + ", but " + key + " " + factor
                    + " of " + headDim + " dimensions is " + dims + "; expected both to say the same");
        }
        if (dims <= 0 || dims % 2 != 0 || dims > headDim) {
            throw new ModelException(source + ": " + dims + " of " + headDim
                    + " dimensions are rotated (partial_rotary_factor, rotary_dim), expected an even number of them");
        }
        return dims;
    }

    /** The factor that {@link #rotaryDims} would have, or {@code otherwise} where the file says nothing. */
    double rotaryFactor(double otherwise) {
        FolderConfig rope = rope();
        String key = "partial_rotary_factor";
        return rope.has(key) ? rope.number(key) : number(key, otherwise);
    }

    /**
     * How queries are scaled by position where {@code llama_4_scaling_beta} says so, from the context on that the model was first
     * trained with; null for not at all.
     */
    @Nullable
    QueryScaling queryScaling() {
        FolderConfig rope = rope();
        double beta = rope.number("llama_4_scaling_beta", number("llama_4_scaling_beta", 0));
        return beta == 0 ? null : new QueryScaling(beta, rope.number("original_max_position_embeddings"), 0);
    }

    /**
     * What DeepSeek multiplies the softmax scale by when the context is stretched, in whatever way: the square of YaRN's magnitude
     * for {@code mscale_all_dim}; 1 otherwise.
     */
    double softmaxFactor() {
        FolderConfig rope = rope();
        if (rope.ropeType().equals("default")) {
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

    /** What a file says of its rotation, in the older form or the newer one. */
    FolderConfig rope() {
        FolderConfig older = object("rope_scaling");
        return stretched(older.values.isEmpty() ? object("rope_parameters") : older);
    }

    /**
     * Rotary parameters of this file with what it says elsewhere: the context that a model was first trained with, beside them or else
     * {@code max_position_embeddings}, and a factor of null, which is the one of these to the other.
     */
    FolderConfig stretched(FolderConfig rope) {
        String context = "max_position_embeddings";
        String original = "original_max_position_embeddings";
        if (!STRETCHED_FROM_ORIGINAL.contains(rope.ropeType())) {
            return rope;
        }
        FolderConfig whole = has(original) ? rope.with(original, number(original)) : rope;
        if (has(context)) {
            whole = whole.otherwise(original, number(context));
            if (rope.ropeType().equals("yarn") && whole.values.containsKey("factor")) {
                whole = whole.otherwise("factor", number(context) / whole.number(original));
            }
        }
        return whole;
    }

    private String ropeType() {
        return string("rope_type", string("type", "default"));
    }

    /** What an object of rotary parameters says of the frequencies. */
    RotarySpec.Scaling scaling() {
        String type = ropeType();
        return switch (type) {
            // dynamic frequencies are stretched past the context alone, by the length of what is computed at once
            case "default", "dynamic" -> new RotarySpec.Unscaled();
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
                        orElse("beta_fast", 32),
                        orElse("beta_slow", 1),
                        flag("truncate", true),
                        yarnMagnitude());
            default -> throw new ModelException(source + ": rotary scaling '" + type + "' is not supported");
        };
    }

    /** A number that 0 leaves to {@code otherwise}, as null does. */
    private double orElse(String key, double otherwise) {
        double value = number(key, 0);
        return value == 0 ? otherwise : value;
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
