package dev.jerboa.model.tensor;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Float32 tensors that lie in memory under a checkpoint's names: what training holds, as a decoder reads it.
 *
 * <p>The values are not copied. They belong to the arena of their tables, which must outlive every decoder made from them. A
 * decoder packs most weights when it is made and reads some in place, so values that have changed want a new decoder, and none
 * may change while one computes.
 */
public final class MemoryTensors implements TensorSource {
    private final String source;
    private final Map<String, StoredTensor> tensors;

    private MemoryTensors(String source, Map<String, StoredTensor> tensors) {
        this.source = source;
        this.tensors = tensors;
    }

    /**
     * Begins an empty collection.
     *
     * @param source what messages call it
     */
    public static Builder named(String source) {
        return new Builder(source);
    }

    /** Collects tensors. One thread; may go on after {@link #build}. */
    public static final class Builder {
        private final String source;
        private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

        private Builder(String source) {
            this.source = source;
        }

        /**
         * Adds a tensor, whose values are the table's in order.
         *
         * @param shape sizes from the outermost dimension to the contiguous one
         * @throws IllegalArgumentException where the shape has another number of values, or the name is taken
         */
        public Builder add(String name, FloatRows values, long... shape) {
            long elements = StoredTensor.elements(shape);
            long found = (long) values.rows() * values.cols();
            if (elements != found) {
                throw new IllegalArgumentException(source + ": tensor " + name + " has " + found
                        + " values, expected the " + elements + " of its shape");
            }
            MemorySegment data = values.data().asSlice(0, elements * Float.BYTES);
            if (tensors.putIfAbsent(name, new StoredTensor(source, name, DType.F32, shape, data)) != null) {
                throw new IllegalArgumentException(source + ": there are two tensors " + name);
            }
            return this;
        }

        /** The tensors added so far. */
        public MemoryTensors build() {
            return new MemoryTensors(source, Collections.unmodifiableMap(new LinkedHashMap<>(tensors)));
        }
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public Collection<StoredTensor> tensors() {
        return tensors.values();
    }

    @Override
    public @Nullable StoredTensor find(String name) {
        return tensors.get(name);
    }
}
