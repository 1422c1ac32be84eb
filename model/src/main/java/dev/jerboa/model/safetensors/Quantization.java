package dev.jerboa.model.safetensors;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The encodings of weights that {@code quantization_config} of a config.json announces, and how they are read. */
public final class Quantization {
    private static final Set<String> METHODS = Set.of("fp8", "mxfp4", "compressed-tensors");
    private static final Set<String> FORMATS = Set.of("pack-quantized", "float-quantized", "naive-quantized", "dense");

    private Quantization() {}

    /** The section, a wrapper's or its text model's; empty where there is none. */
    static Map<?, ?> section(Map<String, @Nullable Object> config) {
        Object own = config.get("quantization_config");
        if (own == null && config.get("text_config") instanceof Map<?, ?> text) {
            own = text.get("quantization_config");
        }
        return own instanceof Map<?, ?> map ? map : Map.of();
    }

    /** How compressed-tensors encodes weights, group by group. */
    static List<Object> weightGroups(Map<?, ?> section) {
        List<Object> all = new ArrayList<>();
        if (section.get("config_groups") instanceof Map<?, ?> groups) {
            for (Object group : groups.values()) {
                if (group instanceof Map<?, ?> one && one.get("weights") != null) {
                    all.add(Objects.requireNonNull(one.get("weights")));
                }
            }
        }
        return all;
    }

    /**
     * Refuses encodings that Jerboa does not read, by name.
     *
     * @param source for messages
     * @throws ModelException for those
     */
    public static void require(Map<String, @Nullable Object> config, String source) {
        Map<?, ?> section = section(config);
        among(source, "quant_method", section.get("quant_method"), METHODS);
        if (!"compressed-tensors".equals(section.get("quant_method"))) {
            return;
        }
        among(source, "format", section.get("format"), FORMATS);
        if (section.get("config_groups") instanceof Map<?, ?> groups) {
            for (Object group : groups.values()) {
                if (group instanceof Map<?, ?> one) {
                    among(source, "config_groups.format", one.get("format"), FORMATS);
                }
            }
        }
        for (Object group : weightGroups(section)) {
            if (group instanceof Map<?, ?> weights && Boolean.FALSE.equals(weights.get("symmetric"))) {
                throw new ModelException(
                        source + ": quantization_config has weights with zero points (symmetric is false),"
                                + " which Jerboa does not read; expected symmetric ones");
            }
        }
    }

    private static void among(String source, String key, @Nullable Object value, Set<String> known) {
        if (value != null && !(value instanceof String text && known.contains(text))) {
            throw new ModelException(source + ": quantization_config." + key + " is " + value
                    + ", which Jerboa does not read; expected one of "
                    + known.stream().sorted().toList());
        }
    }

    /** The weight of this name where it has to be converted; null otherwise. */
    public static @Nullable EncodedTensor encoded(TensorSource source, String name) {
        EncodedTensor packed = PackedIntegers.find(source, name);
        return packed != null ? packed : BlockScaled.mxfp4(source, name);
    }
}
