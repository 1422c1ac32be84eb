package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The experts of a layer, of which some are in memory. Workers read which; worker 0 changes it through the {@link ExpertStore}. */
final class StreamedExperts {
    /**
     * The projections of a layer's experts, which may be of several types.
     *
     * @param samples what each expert is; those of one type have the same
     */
    record Projections(
            List<ExpertMatrix> gates, List<ExpertMatrix> ups, List<ExpertMatrix> downs, List<ExpertSample> samples) {
        int experts() {
            return samples.size();
        }

        List<Weights> weights(Function<ExpertSample, Weights> projection) {
            return samples.stream().map(projection).toList();
        }

        /** Bytes of a place that any of the experts fits in. */
        long placeBytes() {
            return samples.stream().mapToLong(ExpertSample::heldBytes).max().orElseThrow();
        }

        /** Bytes of all experts as products read them. */
        long heldBytes() {
            return samples.stream().mapToLong(ExpertSample::heldBytes).sum();
        }

        /** Bytes of all experts in the file. */
        long storedBytes() {
            return samples.stream().mapToLong(ExpertSample::storedBytes).sum();
        }
    }

    private final ExpertStore store;
    private final Projections projections;
    private final Ops ops;
    private final Ops.Precision precision;
    private final AtomicReferenceArray<@Nullable ExpertSlot> slots;

    /** The places that this layer's experts share with those of layers whose experts are as large. Of worker 0, as is {@link #uses}. */
    final List<ExpertSlot> places;

    /** How often an expert was needed, lately above all. */
    final double[] uses;

    StreamedExperts(
            ExpertStore store, Projections projections, List<ExpertSlot> places, Ops ops, Ops.Precision precision) {
        this.store = store;
        this.projections = projections;
        this.places = places;
        this.ops = ops;
        this.precision = precision;
        this.slots = new AtomicReferenceArray<>(projections.experts());
        this.uses = new double[projections.experts()];
    }

    ExpertStore store() {
        return store;
    }

    Projections projections() {
        return projections;
    }

    int experts() {
        return projections.experts();
    }

    /** Where an expert is, or is on its way to; null where it is not. */
    @Nullable
    ExpertSlot slot(int expert) {
        return slots.get(expert);
    }

    void slot(int expert, @Nullable ExpertSlot slot) {
        slots.set(expert, slot);
    }

    /** Where an expert is that is there; null where it is not there yet. */
    @Nullable
    ExpertSlot ready(int expert) {
        ExpertSlot slot = slots.get(expert);
        if (slot == null) {
            return null;
        }
        return switch (slot.state) {
            case READY -> slot;
            case FAILED -> {
                store.stepFailed();
                throw failure(expert, slot.failure());
            }
            case FREE, WAITING, LOADING -> null;
        };
    }

    private static RuntimeException failure(int expert, Throwable cause) {
        if (cause instanceof OutOfMemoryError error) {
            throw error;
        }
        return new IllegalStateException(
                "expert " + expert + " could not be read; is the model's file still what it was? " + cause, cause);
    }

    /** Where an expert is that is there. */
    ExpertSlot held(int expert) {
        ExpertSlot slot = ready(expert);
        if (slot == null) {
            throw new IllegalStateException("expert " + expert + " has gone while it was in use");
        }
        return slot;
    }

    /** Whether a step can have so many experts at a time. */
    boolean holds(int experts) {
        return experts <= places.size();
    }

    /** Fills a slot from the file. In any thread. */
    void load(ExpertSlot slot) {
        int e = slot.expert;
        ExpertMatrix gate = projections.gates.get(e);
        ExpertMatrix up = projections.ups.get(e);
        ExpertMatrix down = projections.downs.get(e);
        askFor(gate);
        askFor(up);
        askFor(down);
        slot.memory.restart();
        slot.ready(resident(gate, slot), resident(up, slot), resident(down, slot));
        store.loaded(projections.samples.get(e).storedBytes());
    }

    /** Has the system begin to read. */
    private static void askFor(ExpertMatrix one) {
        Matrix stored = one.stored();
        if (stored != null && stored.data().isMapped()) {
            NativePages.readAhead(stored.data());
        }
    }

    private Weights resident(ExpertMatrix one, ExpertSlot slot) {
        try (Arena copies = Arena.ofConfined()) {
            return ops.resident(one.read().apply(copies), precision, slot.memory);
        }
    }
}
