package dev.jerboa.model.adapter;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.ModulePlaces.Place;
import dev.jerboa.model.decoder.Adaptation;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An adapter on a model: low-rank products that a decoder computes beside the model's own, and tensors in which it is merged
 * already, where products beside would not do: with DoRA, whose rows are scaled, and in the up-projection of latents, which
 * decoders apply in two halves. Immutable.
 */
public final class AdaptedModel implements Adaptation {
    private final Adapter adapter;
    private final TensorSource tensors;
    private final Map<String, Product> products;

    private AdaptedModel(Adapter adapter, TensorSource tensors, Map<String, Product> products) {
        this.adapter = adapter;
        this.tensors = tensors;
        this.products = products;
    }

    static AdaptedModel of(Adapter adapter, Description description, TensorSource tensors, Arena arena) {
        ModuleLayout layout = new ModuleLayout(description, tensors);
        Merging merging = new Merging(layout);
        Map<String, Product> products = new LinkedHashMap<>();
        places(adapter, description, tensors).forEach((module, place) -> {
            if (module.magnitude() != null || place.slot() == Slot.LATENT_UP) {
                merging.add(place, module);
            } else {
                products.put(
                        key(place.slot(), place.layer(), place.expert()),
                        new Product(module.a(), layout.storedRows(place, module.b(), arena), module.scale()));
            }
        });
        Map<String, StoredTensor> merged = new LinkedHashMap<>();
        for (String name : merging.tensors()) {
            FloatRows values = merging.values(name, arena);
            merged.put(
                    name,
                    new StoredTensor(
                            tensors.source() + " with " + adapter.folder(),
                            name,
                            DType.F32,
                            tensors.tensor(name).shape(),
                            values.data().asSlice(0, (long) values.rows() * values.cols() * Float.BYTES)));
        }
        return new AdaptedModel(adapter, merged.isEmpty() ? tensors : new Replaced(tensors, merged), products);
    }

    /** The place of each module of an adapter. */
    static Map<Adapter.Module, Place> places(Adapter adapter, Description description, TensorSource tensors) {
        ModulePlaces places = ModulePlaces.of(description);
        Map<Adapter.Module, Place> found = new LinkedHashMap<>();
        for (Adapter.Module module : adapter.modules().values()) {
            Place place = places.find(module.name());
            if (place == null) {
                throw new ModelException(adapter.folder() + ": module " + module.name() + " is none of "
                        + tensors.source() + ", family " + description.spec().family() + ", which has "
                        + places.kinds() + " in " + description.spec().layers().size()
                        + " layers; the adapter belongs to another model");
            }
            if (module.a().cols() != place.cols() || module.b().rows() != place.rows()) {
                throw new ModelException(adapter.folder() + ": module " + module.name() + " is for "
                        + module.b().rows() + " × " + module.a().cols() + ", but that of " + tensors.source() + " is "
                        + place.rows() + " × " + place.cols() + "; the adapter belongs to another model");
            }
            found.put(module, place);
        }
        return found;
    }

    private static String key(Slot slot, int layer, int expert) {
        return slot + "/" + layer + "/" + expert;
    }

    public Adapter adapter() {
        return adapter;
    }

    /** The model's tensors, some of them merged. */
    public TensorSource tensors() {
        return tensors;
    }

    /** How many modules are merged, and take float32 memory. */
    public int mergedModules() {
        return adapter.modules().size() - products.size();
    }

    @Override
    public @Nullable Product beside(Slot slot, int layer, int expert) {
        return products.get(key(slot, layer, expert));
    }

    /** Tensors some of which are others. */
    private record Replaced(TensorSource wrapped, Map<String, StoredTensor> others) implements TensorSource {
        @Override
        public String source() {
            return wrapped.source();
        }

        @Override
        public Collection<StoredTensor> tensors() {
            List<StoredTensor> all = wrapped.tensors().stream()
                    .map(tensor -> others.getOrDefault(tensor.name(), tensor))
                    .toList();
            return all;
        }

        @Override
        public @Nullable StoredTensor find(String name) {
            StoredTensor other = others.get(name);
            return other == null ? wrapped.find(name) : other;
        }

        @Override
        public Matrix matrix(String name) {
            StoredTensor other = others.get(name);
            return other == null ? wrapped.matrix(name) : other.matrix();
        }

        @Override
        public List<Matrix> matrices(String name) {
            return others.containsKey(name) ? TensorSource.super.matrices(name) : wrapped.matrices(name);
        }

        @Override
        public @Nullable EncodedTensor encoded(String name) {
            return others.containsKey(name) ? null : wrapped.encoded(name);
        }

        @Override
        public boolean has(String name) {
            return wrapped.has(name);
        }
    }
}
