package dev.jerboa.model.decoder;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What a container calls the tensor of a {@link Slot}: patterns in which {@code {l}} stands for the layer and {@code {e}}
 * for the expert. Expert slots whose pattern has no {@code {e}} are stacked: one tensor whose first dimension counts experts.
 *
 * @param layout of stacks named by {@link Slot#EXPERT_GATE_UP} and {@link Slot#EXPERT_DOWNS}
 * @param lessOne slots of norms whose weights are stored less 1 ("zero-centred")
 */
public record TensorNames(Map<Slot, String> patterns, ExpertLayout layout, Set<Slot> lessOne) {
    public TensorNames {
        patterns = Collections.unmodifiableMap(new EnumMap<>(patterns));
        lessOne = Set.copyOf(lessOne);
    }

    /** Names of tensors that are stored as they are used. */
    public TensorNames(Map<Slot, String> patterns) {
        this(patterns, ExpertLayout.OUTPUTS_FIRST, Set.of());
    }

    /** These names with some replaced. */
    public TensorNames with(Map<Slot, String> others) {
        Map<Slot, String> all = new EnumMap<>(patterns);
        all.putAll(others);
        return new TensorNames(all, layout, lessOne);
    }

    /** These names with another layout of stacks. */
    public TensorNames with(ExpertLayout other) {
        return new TensorNames(patterns, other, lessOne);
    }

    /** These names without some. */
    public TensorNames without(Slot... slots) {
        Map<Slot, String> all = new EnumMap<>(patterns);
        for (Slot slot : slots) {
            all.remove(slot);
        }
        return new TensorNames(all, layout, lessOne);
    }

    /** These names for a container that stores the norms of some slots less 1. */
    public TensorNames lessOne(Slot... slots) {
        Set<Slot> all = EnumSet.noneOf(Slot.class);
        all.addAll(lessOne);
        all.addAll(Arrays.asList(slots));
        return new TensorNames(patterns, layout, all);
    }

    public boolean has(Slot slot) {
        return patterns.containsKey(slot);
    }

    /** Whether the experts of this slot lie in one tensor. */
    public boolean stacked(Slot slot) {
        return !pattern(slot).contains("{e}");
    }

    /** The tensor's name in {@code layer} (any number for slots outside layers). */
    public String name(Slot slot, int layer) {
        return pattern(slot).replace("{l}", Integer.toString(layer));
    }

    /** What the names of a layer's tensors begin with, and those of no others; its norm's name where they have nothing in common. */
    String layerPrefix(int layer) {
        String norm = pattern(Slot.ATTENTION_NORM);
        int end = norm.indexOf("{l}.");
        return end < 0 ? name(Slot.ATTENTION_NORM, layer) : norm.substring(0, end) + layer + ".";
    }

    /** The tensor's name for one expert. */
    public String name(Slot slot, int layer, int expert) {
        return name(slot, layer).replace("{e}", Integer.toString(expert));
    }

    /** The name of the bias beside the matrix of a slot. */
    public String biasName(Slot slot, int layer) {
        return biasName(name(slot, layer));
    }

    static String biasName(String weightName) {
        return weightName.endsWith(".weight")
                ? weightName.substring(0, weightName.length() - ".weight".length()) + ".bias"
                : weightName + "_bias";
    }

    private String pattern(Slot slot) {
        String pattern = patterns.get(slot);
        if (pattern == null) {
            throw new IllegalArgumentException("this container has no name for " + slot);
        }
        return pattern;
    }
}
