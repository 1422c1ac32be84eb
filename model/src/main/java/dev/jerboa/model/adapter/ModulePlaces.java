package dev.jerboa.model.adapter;

import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.family.Description;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The linear modules of a model that adapters can be beside, by their published names without {@code .weight}: all projections of
 * attention, of gated units and of experts. Embedding, head and routers are left alone, and so are what selects positions and
 * projections of groups of heads. Immutable.
 */
public final class ModulePlaces {
    /** The expert of a place that is no expert's. */
    public static final int NO_EXPERT = -1;

    private static final String WEIGHT = ".weight";

    private final TensorNames published;
    private final TensorNames names;
    private final Map<String, Place> places = new LinkedHashMap<>();

    /**
     * A linear module.
     *
     * @param module its published name, such as {@code model.layers.0.self_attn.q_proj}
     * @param expert {@link #NO_EXPERT} where it is no expert's
     * @param rows outputs
     * @param cols inputs
     */
    public record Place(String module, Slot slot, int layer, int expert, int rows, int cols) {
        /** The last part of the name, such as {@code q_proj}: what configurations list. */
        public String kind() {
            return module.substring(module.lastIndexOf('.') + 1);
        }
    }

    private ModulePlaces(Description description) {
        this.published = description.published();
        this.names = description.names();
    }

    /** Those of a model. */
    public static ModulePlaces of(Description description) {
        ModulePlaces all = new ModulePlaces(description);
        DecoderSpec spec = description.spec();
        for (int l = 0; l < spec.layers().size(); l++) {
            LayerSpec layer = spec.layers().get(l);
            all.attention(layer.attention(), l, spec.hiddenSize());
            all.feedForward(layer.feedForward(), l, spec.hiddenSize());
        }
        return all;
    }

    private void attention(AttentionSpec attention, int l, int hidden) {
        switch (attention) {
            case AttentionSpec.GroupedQuery a -> {
                int keys = a.kvHeads() * a.headDim();
                add(Slot.QUERY, l, a.queryOutputs(), hidden);
                add(Slot.KEY, l, keys, hidden);
                add(Slot.VALUE, l, keys, hidden);
                add(Slot.ATTENTION_OUTPUT, l, hidden, a.heads() * a.headDim());
            }
            case AttentionSpec.Latent a -> {
                int queries = a.heads() * (a.plainDim() + a.rotaryDim());
                if (a.queryRank() > 0) {
                    add(Slot.QUERY_DOWN, l, a.queryRank(), hidden);
                    add(Slot.QUERY_UP, l, queries, a.queryRank());
                } else {
                    add(Slot.QUERY, l, queries, hidden);
                }
                add(Slot.LATENT_DOWN, l, a.latentDim() + a.rotaryDim(), hidden);
                add(Slot.LATENT_UP, l, a.heads() * (a.plainDim() + a.valueDim()), a.latentDim());
                add(Slot.ATTENTION_OUTPUT, l, hidden, a.heads() * a.valueDim());
            }
            case AttentionSpec.DeltaRule a -> deltaRule(a, l, hidden);
            case AttentionSpec.Lightning a -> {
                int width = a.heads() * a.headDim();
                add(Slot.STATE_INPUTS_BY_HEAD, l, 3 * width, hidden);
                add(Slot.STATE_GATE, l, width, hidden);
                add(Slot.STATE_OUTPUT, l, hidden, width);
            }
            case AttentionSpec.Selected a -> attention(a.base(), l, hidden);
            case AttentionSpec.Compressed a -> {
                add(Slot.QUERY_DOWN, l, a.queryRank(), hidden);
                add(Slot.QUERY_UP, l, a.heads() * a.headDim(), a.queryRank());
                add(Slot.KEY_VALUE, l, a.headDim(), hidden);
                if (a.compression() != null) {
                    int width = a.compression().halves() * a.headDim();
                    add(Slot.COMPRESSOR_VALUE, l, width, hidden);
                    add(Slot.COMPRESSOR_GATE, l, width, hidden);
                }
                add(Slot.ATTENTION_OUTPUT, l, hidden, a.groups() * a.groupRank());
            }
        }
    }

    /** Those that the container has as they are published: GGUF files join some, and may order rows otherwise. */
    private void deltaRule(AttentionSpec.DeltaRule a, int l, int hidden) {
        if (a.tiled()) {
            return;
        }
        int keys = a.keyHeads() * a.keyDim();
        int values = a.valueHeads() * a.valueDim();
        addAlike(Slot.STATE_INPUTS_BY_HEAD, l, 2 * keys + 2 * values, hidden);
        addAlike(Slot.STATE_INPUTS, l, a.channels(), hidden);
        if (!published.has(Slot.STATE_INPUTS_BY_HEAD) && !published.has(Slot.STATE_INPUTS)) {
            addAlike(Slot.QUERY, l, keys, hidden);
            addAlike(Slot.KEY, l, keys, hidden);
            addAlike(Slot.VALUE, l, values, hidden);
        }
        addAlike(Slot.STATE_GATE, l, values, hidden);
        addAlike(Slot.STATE_GATE_DOWN, l, a.rank(), hidden);
        addAlike(Slot.STATE_GATE_UP, l, values, a.rank());
        addAlike(Slot.STATE_RATES_BY_HEAD, l, 2 * a.valueHeads(), hidden);
        addAlike(Slot.STATE_STRENGTH, l, a.valueHeads(), hidden);
        addAlike(Slot.STATE_DECAY, l, a.decays(), hidden);
        addAlike(Slot.STATE_DECAY_DOWN, l, a.rank(), hidden);
        addAlike(Slot.STATE_DECAY_UP, l, a.decays(), a.rank());
        addAlike(Slot.STATE_OUTPUT, l, hidden, values);
    }

    private void addAlike(Slot slot, int layer, int rows, int cols) {
        if (published.has(slot) && names.has(slot)) {
            add(slot, layer, rows, cols);
        }
    }

    private void feedForward(FeedForwardSpec feedForward, int l, int hidden) {
        switch (feedForward) {
            case FeedForwardSpec.Gated gated -> {
                add(Slot.GATE, l, gated.width(), hidden);
                add(Slot.UP, l, gated.width(), hidden);
                add(Slot.DOWN, l, hidden, gated.width());
            }
            case FeedForwardSpec.Experts experts -> {
                if (experts.sharedWidth() > 0) {
                    add(Slot.SHARED_GATE, l, experts.sharedWidth(), hidden);
                    add(Slot.SHARED_UP, l, experts.sharedWidth(), hidden);
                    add(Slot.SHARED_DOWN, l, hidden, experts.sharedWidth());
                }
                for (int e = 0; e < experts.experts(); e++) {
                    add(Slot.EXPERT_GATE, l, e, experts.width(), hidden);
                    add(Slot.EXPERT_UP, l, e, experts.width(), hidden);
                    add(Slot.EXPERT_DOWN, l, e, hidden, experts.width());
                }
            }
        }
    }

    private void add(Slot slot, int layer, int rows, int cols) {
        add(slot, layer, NO_EXPERT, rows, cols);
    }

    /** Projections that are published as parts of another tensor are no modules. */
    private void add(Slot slot, int layer, int expert, int rows, int cols) {
        if (!published.has(slot) || expert != NO_EXPERT && published.stacked(slot)) {
            return;
        }
        String tensor = expert == NO_EXPERT ? published.name(slot, layer) : published.name(slot, layer, expert);
        String module = tensor.substring(0, tensor.length() - WEIGHT.length());
        places.put(module, new Place(module, slot, layer, expert, rows, cols));
    }

    /** All of them, in order of layers. */
    public Collection<Place> all() {
        return Collections.unmodifiableCollection(places.values());
    }

    /** The place of a module, or null where the model has none of this name. */
    public @Nullable Place find(String module) {
        return places.get(module);
    }

    /** The last parts of their names, such as {@code q_proj}. */
    public Set<String> kinds() {
        Set<String> kinds = new TreeSet<>();
        places.values().forEach(place -> kinds.add(place.kind()));
        return kinds;
    }
}
