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
    private static final Set<String> METHODS = Set.of("fp8", "mxfp4", "compressed-tensors", "gptq", "awq");
    private static final Set<String> FORMATS = Set.of("pack-quantized", "float-quantized", "naive-quantized", "dense");

    private static final Set<String> GPTQ_FORMATS = Set.of("gptq", "gptq_v2");
    private static final Set<String> AWQ_VERSIONS = Set.of("gemm", "GEMM");

    private final int gptqZeroOffset;

    private Quantization(int gptqZeroOffset) {
        this.gptqZeroOffset = gptqZeroOffset;
    }

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
     * What a config.json announces.
     *
     * @param source for messages
     * @throws ModelException for encodings that Jerboa does not read
     */
    public static Quantization of(Map<String, @Nullable Object> config, String source) {
        Map<?, ?> section = section(config);
        among(source, "quant_method", section.get("quant_method"), METHODS);
        switch (String.valueOf(section.get("quant_method"))) {
            case "compressed-tensors" -> requireGroups(section, source);
            case "gptq" -> {
                requireFourBits(section, source);
                among(source, "checkpoint_format", section.get("checkpoint_format"), GPTQ_FORMATS);
                requireNot(section, "is_marlin_format", source);
            }
            case "awq" -> {
                requireFourBits(section, source);
                among(source, "version", section.get("version"), AWQ_VERSIONS);
            }
            default -> {}
        }
        return new Quantization("gptq_v2".equals(section.get("checkpoint_format")) ? 0 : 1);
    }

    private static void requireFourBits(Map<?, ?> section, String source) {
        if (!(section.get("bits") instanceof Long bits && bits == 4)) {
            throw new ModelException(source + ": quantization_config.bits is " + section.get("bits")
                    + ", expected 4, which is what Jerboa reads of " + section.get("quant_method"));
        }
    }

    private static void requireNot(Map<?, ?> section, String key, String source) {
        if (Boolean.TRUE.equals(section.get(key))) {
            throw new ModelException(source + ": quantization_config." + key
                    + " is true, an order of weights that Jerboa does not read; take the folder that it was made from");
        }
    }

    private static void requireGroups(Map<?, ?> section, String source) {
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

    /** Whether there is a weight of this name that has to be converted. */
    public boolean has(TensorSource source, String name) {
        return PackedIntegers.has(source, name)
                || GroupedIntegers.has(source, name)
                || BlockScaled.mxfp4(source, name) != null;
    }

    /** The weight of this name where it has to be converted; null otherwise. */
    public @Nullable EncodedTensor encoded(TensorSource source, String name) {
        if (PackedIntegers.has(source, name)) {
            return PackedIntegers.of(source, name);
        }
        return GroupedIntegers.has(source, name)
                ? GroupedIntegers.of(source, name, gptqZeroOffset)
                : BlockScaled.mxfp4(source, name);
    }
}
