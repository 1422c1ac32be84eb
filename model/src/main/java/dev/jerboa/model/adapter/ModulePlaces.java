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

    private ModulePlaces(TensorNames published) {
        this.published = published;
    }

    /** Those of a model. */
    public static ModulePlaces of(Description description) {
        ModulePlaces all = new ModulePlaces(description.published());
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
                add(Slot.QUERY, l, a.heads() * a.headDim(), hidden);
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

    private void add(Slot slot, int layer, int expert, int rows, int cols) {
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
