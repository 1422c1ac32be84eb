package dev.jerboa.train.network;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.MemoryTensors;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.train.autograd.Parameter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All parameters of a network by name, in the order in which they were first asked for. Memory belongs to the arena. */
public final class Parameters {
    private static final int EXCHANGED = 1 << 14;

    private final Arena arena;
    private final Map<String, Parameter> all = new LinkedHashMap<>();

    /** None yet. */
    public Parameters(Arena arena) {
        this.arena = arena;
    }

    /** The parameter of this name, made of zeros the first time. */
    public Parameter of(String name, long... shape) {
        return of(true, name, shape);
    }

    /** The parameter of this name that training leaves alone, made of zeros the first time. */
    public Parameter fixed(String name, long... shape) {
        return of(false, name, shape);
    }

    private Parameter of(boolean trained, String name, long... shape) {
        if (Arrays.stream(shape).anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException(
                    name + " would be " + Arrays.toString(shape) + ", expected sizes from 1");
        }
        Parameter known = all.computeIfAbsent(
                name, n -> trained ? Parameter.of(arena, n, shape) : Parameter.fixed(arena, n, shape));
        if (!Arrays.equals(known.shape(), shape)) {
            throw new IllegalArgumentException(known + " is asked for as " + Arrays.toString(shape));
        }
        return known;
    }

    /** All of them, in order. */
    public Collection<Parameter> all() {
        return Collections.unmodifiableCollection(all.values());
    }

    public boolean has(String name) {
        return all.containsKey(name);
    }

    /** The parameter of this name. */
    public Parameter get(String name) {
        Parameter found = all.get(name);
        if (found == null) {
            throw new IllegalArgumentException("no parameter is called " + name);
        }
        return found;
    }

    /** The number of values in all. */
    public long elements() {
        return all.values().stream().mapToLong(Parameter::elements).sum();
    }

    /**
     * Reads all values.
     *
     * @throws ModelException where a tensor is missing or of another size
     */
    public void load(TensorSource tensors) {
        for (Parameter parameter : all.values()) {
            StoredTensor stored = tensors.tensor(parameter.name());
            if (stored.elements() != parameter.elements()) {
                throw new ModelException(tensors.source() + ": tensor " + parameter.name() + " is "
                        + Arrays.toString(stored.shape()) + ", expected " + Arrays.toString(parameter.shape()));
            }
            MemorySegment.copy(
                    stored.floats(), 0, parameter.value().data(), FloatRows.FLOAT, 0, (int) parameter.elements());
        }
    }

    /**
     * The values as a decoder reads them, shared and not copied: rollouts need no checkpoint. A decoder made of them is to be made
     * anew after they change.
     *
     * @param source what messages call them
     */
    public MemoryTensors tensors(String source) {
        MemoryTensors.Builder tensors = MemoryTensors.named(source);
        all.values().forEach(parameter -> tensors.add(parameter.name(), parameter.value(), parameter.shape()));
        return tensors.build();
    }

    /** Copies of all values in {@code in}, in order. */
    public List<FloatRows> copy(Arena in) {
        List<FloatRows> copies = new ArrayList<>();
        for (Parameter parameter : all.values()) {
            FloatRows copy = FloatRows.allocate(in, parameter.rows(), parameter.cols());
            long bytes = Float.BYTES * parameter.elements();
            MemorySegment.copy(parameter.value().data(), 0, copy.data(), 0, bytes);
            copies.add(copy);
        }
        return copies;
    }

    /** Exchanges all values with tables that {@link #copy} made. */
    public void exchange(List<FloatRows> others) {
        MemorySegment between = MemorySegment.ofArray(new float[EXCHANGED]);
        int i = 0;
        for (Parameter parameter : all.values()) {
            MemorySegment mine = parameter.value().data();
            MemorySegment other = others.get(i++).data();
            long bytes = Float.BYTES * parameter.elements();
            for (long at = 0; at < bytes; at += between.byteSize()) {
                long count = Math.min(between.byteSize(), bytes - at);
                MemorySegment.copy(mine, at, between, 0, count);
                MemorySegment.copy(other, at, mine, at, count);
                MemorySegment.copy(between, 0, other, at, count);
            }
        }
    }

    /** Sets all gradients to zero. */
    public void clearGradients() {
        all.values().forEach(parameter -> parameter.gradient().data().fill((byte) 0));
    }
}
