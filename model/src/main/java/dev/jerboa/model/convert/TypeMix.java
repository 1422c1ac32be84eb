package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A quantisation preset: one main type, and more bits where the community's files of that name have them. Vectors and
 * routers stay float32; the head (or the embedding that serves as one) is at least Q6_K in presets below 8 bits; the
 * presets with M in their name give the value and down projections of some layers Q6_K. Rows that are not whole blocks of
 * 256 fall back to a type of blocks of 32.
 */
public enum TypeMix {
    F32(DType.F32, 0),
    F16(DType.F16, 1),
    BF16(DType.BF16, 32),
    Q8_0(DType.Q8_0, 7),
    Q4_0(DType.Q4_0, 2),
    Q4_1(DType.Q4_1, 3),
    Q5_0(DType.Q5_0, 8),
    Q5_1(DType.Q5_1, 9),
    Q6_K(DType.Q6_K, 18),
    Q4_K_S(DType.Q4_K, 14),
    Q4_K_M(DType.Q4_K, 15),
    Q5_K_M(DType.Q5_K, 17);

    private final DType main;
    private final int fileType;

    TypeMix(DType main, int fileType) {
        this.main = main;
        this.fileType = fileType;
    }

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

    /**
     * The type of a tensor.
     *
     * @param name its name in GGUF
     * @param shape sizes, the contiguous one last
     * @param layer its layer, or −1
     * @param layers the number of layers
     * @param head whether it is the head, or the embedding that serves as head
     */
    public DType of(String name, long[] shape, int layer, int layers, boolean head) {
        if (shape.length < 2 || name.contains("ffn_gate_inp") || name.contains("norm")) {
            return DType.F32;
        }
        DType wanted = main;
        boolean small = main.blockSize() > 1 && main != DType.Q8_0;
        if (small && (head || more(name, layer, layers))) {
            wanted = DType.Q6_K;
        }
        return fitting(wanted, shape[shape.length - 1]);
    }

    private boolean more(String name, int layer, int layers) {
        boolean mixed = this == Q4_K_M || this == Q5_K_M;
        boolean favoured = name.contains("attn_v.") || name.contains("ffn_down");
        int eighth = layers / 8;
        return mixed && favoured && (layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2);
    }

    private static DType fitting(DType wanted, long cols) {
        if (cols % wanted.blockSize() == 0) {
            return wanted;
        }
        DType small = switch (wanted) {
            case Q4_K -> DType.Q5_0;
            case Q5_K -> DType.Q5_1;
            case Q6_K -> DType.Q8_0;
            default -> DType.F16;
        };
        return cols % small.blockSize() == 0 ? small : DType.F16;
    }
}
