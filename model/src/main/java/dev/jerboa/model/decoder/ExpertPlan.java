package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Finds out, before any weight is brought into memory, whether a decoder's experts fit there. */
final class ExpertPlan {
    private static final System.Logger LOG = System.getLogger(ExpertPlan.class.getName());

    /** Threads that read files beside the workers: as many reads at a time as keep a disk busy. */
    private static final int READERS = 4;

    private final WeightReader reader;
    private final Map<Integer, StreamedExperts.Projections> byLayer = new LinkedHashMap<>();
    private final Map<ExpertForms, Sample> samples = new HashMap<>();
    private boolean inFiles;

    /** An expert that was brought into memory to see what it takes. */
    private record Sample(Weights gate, Weights up, Weights down, long bytes) {}

    private ExpertPlan(WeightReader reader) {
        this.reader = reader;
    }

    /**
     * Places for a decoder's experts; null where all of them fit.
     *
     * @param further whether the layer that predicts a token further is loaded too
     */
    static @Nullable ExpertStore store(
            DecoderSpec spec, boolean further, WeightReader reader, ExpertMemory memory, Arena arena) {
        if (memory.bytes() == Long.MAX_VALUE) {
            return null;
        }
        ExpertPlan plan = new ExpertPlan(reader);
        int layers = spec.layers().size();
        for (int l = 0; l < layers; l++) {
            plan.add(l, spec.layers().get(l), spec.hiddenSize());
        }
        if (further && !spec.predictions().isEmpty()) {
            plan.add(layers, spec.predictions().getFirst().layer(), spec.hiddenSize());
        }
        return plan.store(memory, arena);
    }

    private void add(int l, LayerSpec layer, int hidden) {
        if (!(layer.feedForward() instanceof FeedForwardSpec.Experts spec)) {
            return;
        }
        List<ExpertMatrix> gates = reader.expertMatrices(Slot.EXPERT_GATE, l, spec.experts(), spec.width(), hidden);
        List<ExpertMatrix> ups = reader.expertMatrices(Slot.EXPERT_UP, l, spec.experts(), spec.width(), hidden);
        List<ExpertMatrix> downs = reader.expertMatrices(Slot.EXPERT_DOWN, l, spec.experts(), hidden, spec.width());
        ExpertForms forms = forms(gates, ups, downs, 0, spec.width(), hidden);
        for (int e = 1; e < spec.experts(); e++) {
            if (!forms.equals(forms(gates, ups, downs, e, spec.width(), hidden))) {
                return; // of different types: they stay with the other weights
            }
        }
        for (ExpertMatrix one : List.of(gates.getFirst(), ups.getFirst(), downs.getFirst())) {
            Matrix stored = one.stored();
            inFiles |= stored == null || stored.data().isMapped();
        }
        Sample sample =
                samples.computeIfAbsent(forms, of -> sample(gates.getFirst(), ups.getFirst(), downs.getFirst()));
        long matrix = (long) spec.width() * hidden;
        long stored = forms.gate().bytes(matrix)
                + forms.up().bytes(matrix)
                + forms.down().bytes(matrix);
        byLayer.put(
                l,
                new StreamedExperts.Projections(
                        gates, ups, downs, sample.gate(), sample.up(), sample.down(), stored, sample.bytes()));
    }

    private static ExpertForms forms(
            List<ExpertMatrix> gates, List<ExpertMatrix> ups, List<ExpertMatrix> downs, int e, int width, int hidden) {
        return ExpertForms.of(gates.get(e), ups.get(e), downs.get(e), width, hidden);
    }

    private Sample sample(ExpertMatrix gate, ExpertMatrix up, ExpertMatrix down) {
        try (Counted memory = new Counted()) {
            Weights g = resident(gate, memory);
            Weights u = resident(up, memory);
            Weights d = resident(down, memory);
            return new Sample(g, u, d, memory.bytes());
        }
    }

    private Weights resident(ExpertMatrix one, Arena memory) {
        try (Arena copies = Arena.ofConfined()) {
            return reader.ops().resident(one.read().apply(copies), reader.precision(), memory);
        }
    }

    private @Nullable ExpertStore store(ExpertMemory memory, Arena arena) {
        long held = 0;
        long stored = 0;
        for (StreamedExperts.Projections layer : byLayer.values()) {
            held += layer.experts() * layer.heldBytes();
            stored += layer.experts() * layer.storedBytes();
        }
        long budget = memory.bytes();
        if (budget == ExpertMemory.AS_AVAILABLE) {
            OptionalLong room = reader.ops().roomForWeights();
            if (room.isEmpty() || !inFiles) {
                return null;
            }
            budget = Math.max(0, room.getAsLong() - (reader.storedBytes() - stored) - memory.besides());
        }
        if (held <= budget) {
            return null;
        }
        ExpertStore store = new ExpertStore(byLayer, budget, reader.ops(), reader.precision(), arena, READERS);
        ExpertTraffic traffic = store.traffic();
        LOG.log(
                System.Logger.Level.DEBUG,
                "experts: {0} of {1} fit in {2} of {3} MiB; the others are read from the file as tokens need them",
                Integer.toString(traffic.places()),
                Integer.toString(traffic.experts()),
                Long.toString(traffic.bytes() >> 20),
                Long.toString(held >> 20));
        return store;
    }

    /** An arena that counts what it gives, each allocation aligned as weights are. */
    private static final class Counted implements Arena {
        private final Arena arena = Arena.ofConfined();
        private long bytes;

        long bytes() {
            return bytes;
        }

        @Override
        public MemorySegment allocate(long byteSize, long byteAlignment) {
            bytes += byteSize + FloatRows.ALIGNMENT - 1 & -FloatRows.ALIGNMENT;
            return arena.allocate(byteSize, byteAlignment);
        }

        @Override
        public MemorySegment.Scope scope() {
            return arena.scope();
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
