package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
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
    private final Map<ExpertForms, ExpertSample> samples = new HashMap<>();
    private boolean inFiles;

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
        List<ExpertSample> all = new ArrayList<>();
        for (int e = 0; e < spec.experts(); e++) {
            ExpertMatrix gate = gates.get(e);
            ExpertMatrix up = ups.get(e);
            ExpertMatrix down = downs.get(e);
            inFiles |= isInFile(gate) || isInFile(up) || isInFile(down);
            all.add(samples.computeIfAbsent(
                    ExpertForms.of(gate, up, down, spec.width(), hidden), forms -> sample(forms, gate, up, down)));
        }
        byLayer.put(l, new StreamedExperts.Projections(gates, ups, downs, List.copyOf(all)));
    }

    private static boolean isInFile(ExpertMatrix one) {
        Matrix stored = one.stored();
        return stored == null || stored.data().isMapped();
    }

    /** Brings an expert into memory, for a moment, to see what it takes. */
    private ExpertSample sample(ExpertForms forms, ExpertMatrix gate, ExpertMatrix up, ExpertMatrix down) {
        try (Counted memory = new Counted()) {
            return new ExpertSample(
                    resident(gate, memory),
                    resident(up, memory),
                    resident(down, memory),
                    forms.storedBytes(),
                    memory.bytes());
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
            held += layer.heldBytes();
            stored += layer.storedBytes();
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
