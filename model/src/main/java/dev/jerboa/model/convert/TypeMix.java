package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A quantisation preset: one main type, and more bits where the community's files of that name have them, by the rules of the
 * GGUF reference engine.
 *
 * <pre>
 * vectors, norms, routers, convolutions                float32
 * head, or the embedding that serves as one            at least Q6_K below 8 bits
 * value and down projections, attention's output       by preset and layer
 * attention of a model of eight experts                Q8_0 keys and values, Q5_K outputs
 * rows that are not whole blocks of 256                a type of blocks of 32, else float16
 * </pre>
 */
public enum TypeMix {
    F32(DType.F32, 0),
    F16(DType.F16, 1),
    BF16(DType.BF16, 32),
    Q8_0(DType.Q8_0, 7),
    Q6_K(DType.Q6_K, 18),
    Q5_K_M(DType.Q5_K, 17),
    Q5_K_S(DType.Q5_K, 16),
    Q5_1(DType.Q5_1, 9),
    Q5_0(DType.Q5_0, 8),
    Q4_K_M(DType.Q4_K, 15),
    Q4_K_S(DType.Q4_K, 14),
    Q4_1(DType.Q4_1, 3),
    Q4_0(DType.Q4_0, 2),
    IQ4_NL(DType.IQ4_NL, 25),
    /** Experts in MXFP4, the rest in Q8_0; in a model without experts the feed-forward units are in MXFP4. */
    MXFP4(DType.MXFP4, 38),
    Q3_K_L(DType.Q3_K, 13),
    Q3_K_M(DType.Q3_K, 12),
    Q3_K_S(DType.Q3_K, 11),
    Q2_K(DType.Q2_K, 10);

    /** Matrices that stay float32: they are small, or choose. */
    private static final Pattern KEPT = Pattern.compile(
            "norm|ffn_gate_inp|ssm_conv1d|shortconv|attn_sinks|indexer\\.[kq]_proj|altup|laurel|per_layer_model_proj|hc_");

    /** The number of experts for which attention has more bits, as in Mixtral. */
    private static final int EIGHT = 8;

    private final DType main;
    private final int fileType;

    TypeMix(DType main, int fileType) {
        this.main = main;
        this.fileType = fileType;
    }

    /**
     * What types depend on besides the tensor.
     *
     * @param layers the number of layers
     * @param queriesPerKey query heads that share a key head; 1 in latent attention
     * @param experts the number of routed experts, 0 for none
     * @param calibrated whether importances are known
     */
    public record Model(int layers, int queriesPerKey, int experts, boolean calibrated) {}

    /** The preset with this name, in any case. */
    public static TypeMix named(String name) {
        for (TypeMix mix : values()) {
            if (mix.name().equalsIgnoreCase(name)) {
                return mix;
            }
        }
        throw new ModelException("type '" + name + "' is unknown; expected one of " + names());
    }

    /** The presets' names, lower case. */
    public static List<String> names() {
        return Arrays.stream(values())
                .map(mix -> mix.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableList());
    }

    /** The number that GGUF's {@code general.file_type} has for it. */
    public int fileType() {
        return fileType;
    }

    /** The type of most matrices. */
    public DType main() {
        return main;
    }

    /**
     * The type of a tensor.
     *
     * @param name its name in GGUF
     * @param shape sizes, the contiguous one last
     * @param layer its layer, or −1
     * @param head whether it is the head, or the embedding that serves as head
     */
    public DType of(String name, long[] shape, int layer, Model model, boolean head) {
        if (kept(name, shape)) {
            return DType.F32;
        }
        long cols = shape[shape.length - 1];
        if (main.blockSize() == 1) {
            return main;
        }
        if (head) {
            boolean eight = main == DType.Q8_0 || this == MXFP4 || cols % main.blockSize() != 0;
            return fitting(eight ? DType.Q8_0 : DType.Q6_K, cols);
        }
        return fitting(wanted(name, shape, layer, model), cols);
    }

    /** Whether a tensor is float32 in every file: a vector, a norm, a router, a convolution. */
    static boolean kept(String name, long[] shape) {
        return shape.length < 2
                || !name.endsWith("weight")
                || KEPT.matcher(name).find();
    }

    private DType wanted(String name, long[] shape, int layer, Model model) {
        if (this == MXFP4) {
            boolean unit = model.experts > 0 ? name.contains("_exps.") && shape.length == 3 : name.contains(".ffn_");
            return unit ? DType.MXFP4 : DType.Q8_0;
        }
        if (this == Q8_0 || layer < 0) {
            return main;
        }
        if (name.contains("attn_v.weight") || name.contains("attn_kv_b.weight")) {
            return value(layer, model);
        }
        if (name.contains("attn_k.weight")) {
            return model.experts == EIGHT ? DType.Q8_0 : main;
        }
        if (name.contains("ffn_down")) {
            return down(layer, model);
        }
        if (name.contains("attn_output.weight")) {
            return output(model);
        }
        if (name.contains("attn_qkv.weight")) {
            return fused(layer, model);
        }
        return main;
    }

    private DType value(int layer, Model model) {
        boolean grouped = model.queriesPerKey >= 4;
        DType type = switch (this) {
            case Q2_K -> grouped ? DType.Q4_K : DType.Q3_K;
            case Q3_K_M -> layer < 2 ? DType.Q5_K : DType.Q4_K;
            case Q3_K_L -> DType.Q5_K;
            case IQ4_NL -> grouped ? DType.Q5_K : main;
            case Q4_K_M, Q5_K_M -> favoured(layer, model.layers) ? DType.Q6_K : main;
            case Q4_K_S -> layer < 4 ? DType.Q5_K : main;
            default -> main;
        };
        boolean largeLlama = model.layers == 80 && model.queriesPerKey == 8;
        if (largeLlama && (type == DType.Q3_K || type == DType.Q4_K)) {
            type = DType.Q5_K;
        }
        return model.experts == EIGHT ? DType.Q8_0 : type;
    }

    private DType down(int layer, Model model) {
        boolean first = layer < model.layers / 8;
        return switch (this) {
            case Q2_K -> DType.Q3_K;
            case Q3_K_M -> layer < model.layers / 16 ? DType.Q5_K : DType.Q4_K;
            case Q3_K_L -> DType.Q5_K;
            case Q4_K_M, Q5_K_M -> favoured(layer, model.layers) ? DType.Q6_K : main;
            case Q4_K_S -> first ? DType.Q5_K : main;
            case IQ4_NL -> first && !model.calibrated ? DType.Q5_K : main;
            case Q4_0 -> first && model.calibrated ? DType.Q4_1 : main;
            case Q5_0 -> first && model.calibrated ? DType.Q5_1 : main;
            default -> main;
        };
    }

    private DType output(Model model) {
        if (model.experts == EIGHT) {
            return switch (this) {
                case Q2_K, Q3_K_S, Q3_K_M, IQ4_NL, Q4_K_S, Q4_K_M -> DType.Q5_K;
                default -> main;
            };
        }
        return switch (this) {
            case Q2_K -> DType.Q3_K;
            case Q3_K_M -> DType.Q4_K;
            case Q3_K_L -> DType.Q5_K;
            default -> main;
        };
    }

    private DType fused(int layer, Model model) {
        return switch (this) {
            case Q3_K_M, Q3_K_L -> DType.Q4_K;
            case Q4_K_M -> DType.Q5_K;
            case Q5_K_M -> DType.Q6_K;
            default -> value(layer, model);
        };
    }

    /** The first and last eighth of the layers, and every third between. */
    private static boolean favoured(int layer, int layers) {
        int eighth = layers / 8;
        return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
    }

    private static DType fitting(DType wanted, long cols) {
        if (cols % wanted.blockSize() == 0) {
            return wanted;
        }
        DType small = switch (wanted) {
            case Q2_K, Q3_K -> DType.Q4_0;
            case Q4_K -> DType.Q5_0;
            case Q5_K -> DType.Q5_1;
            case Q6_K -> DType.Q8_0;
            default -> DType.F16;
        };
        return cols % small.blockSize() == 0 ? small : DType.F16;
    }
}
