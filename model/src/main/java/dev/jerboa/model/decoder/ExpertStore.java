package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Region;
import dev.jerboa.kernel.ops.Ops;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Places in memory for some of a decoder's experts, and who holds them.
 *
 * <pre>
 * a layer's choices → {@link #plan} (worker 0): those in memory are kept, the others get the places of the least used → ExpertLoads
 * every worker:  experts that are there … then those that come, each as it comes ({@link StreamedExperts#ready})
 * meanwhile      {@link #guess}: experts of the layer after, by its router on this layer's input, get places and are read behind the others
 * </pre>
 *
 * Where a step needs more experts of a layer than there are places it has them in waves, each of half of the places at most, so that
 * one is read while the one before is computed with. Each expert is read once a step.
 *
 * <p>Only worker 0 gives places away, between the router's barrier of a layer and the end of the layer, and only those that the layer's
 * present wave has no part in: other workers find all they need without a lock. How much an expert is used counts, the last steps more
 * than those before: long prompts, which go through all experts, do not drive out those that texts use all the time.
 */
final class ExpertStore implements AutoCloseable {
    /** What a use counts more than one in the step before: half as much some 35 steps ago. */
    private static final double GROWTH = 1.02;

    private static final double TOO_LARGE = 1e200;

    /** Of the places, those that guesses may take at a time. */
    private static final int GUESS_SHARE = 4;

    /** Of the last guesses by a router, the share that has to have been right for all of the next ones to be made. */
    private static final double WORTH_READING = 0.3;

    /** What a guess weighs among the last ones. */
    private static final double GUESS_WEIGHT = 0.02;

    /** Where guesses are not worth reading, one layer in so many still guesses, to see whether that has changed. */
    private static final int TRY_EVERY = 16;

    /** Experts of a wave's half of the places, of places of which at least two are needed. */
    static final int FEWEST_PLACES = 2;

    private final Map<Integer, StreamedExperts> layers = new LinkedHashMap<>();
    private final List<ExpertSlot> guesses = new ArrayList<>();
    private final ExpertLoads loads;
    private final long bytes;
    private final int places;
    private final int experts;

    /** Whether a worker of the last step met an expert that could not be read. */
    private volatile boolean stepFailed;

    // Of worker 0:
    private double use = 1;
    private long wave;
    private final int[] queue;
    private int queued;
    private int taken;
    private int mostOfWave;
    private double trust = 0.5;
    private boolean byRouter;
    private int tries;

    /** The experts of the waves: the one that is computed, and the one after it. */
    private final int[][] waves = new int[2][];

    private final int[] waveSizes = new int[2];

    private final LongAdder needed = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final LongAdder guessHits = new LongAdder();
    private final LongAdder readAheads = new LongAdder();
    private final LongAdder loaded = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder waited = new LongAdder();

    /**
     * A store of places that take {@code budget} bytes at most, but for a few that are needed in any case.
     *
     * @param byLayer the experts of each layer that has some
     */
    ExpertStore(
            Map<Integer, StreamedExperts.Projections> byLayer,
            long budget,
            Ops ops,
            Ops.Precision precision,
            Arena arena,
            int readers) {
        // By bytes of a place: layers whose experts are as large can have each other's.
        Map<Long, Map<Integer, StreamedExperts.Projections>> alike = new LinkedHashMap<>();
        byLayer.forEach((l, one) -> alike.computeIfAbsent(one.placeBytes(), bytes -> new LinkedHashMap<>())
                .put(l, one));
        double all = byLayer.values().stream()
                .mapToDouble(one -> (double) one.experts() * one.placeBytes())
                .sum();
        long allBytes = 0;
        int allPlaces = 0;
        for (Map.Entry<Long, Map<Integer, StreamedExperts.Projections>> entry : alike.entrySet()) {
            long one = entry.getKey();
            Map<Integer, StreamedExperts.Projections> group = entry.getValue();
            int count = experts(group);
            long share = (long) (budget * (one * (double) count / all));
            int most = (int) Math.min(count, Math.max(FEWEST_PLACES, share / one));
            List<ExpertSlot> slots = places(arena, most, one);
            group.forEach((l, given) -> layers.put(l, new StreamedExperts(this, given, slots, ops, precision)));
            allBytes += most * one;
            allPlaces += most;
        }
        this.bytes = allBytes;
        this.places = allPlaces;
        this.experts = experts(byLayer);
        int largest = byLayer.values().stream()
                .mapToInt(StreamedExperts.Projections::experts)
                .max()
                .orElse(0);
        this.queue = new int[largest];
        Arrays.setAll(waves, i -> new int[largest]);
        this.loads = new ExpertLoads(readers);
    }

    private static int experts(Map<Integer, StreamedExperts.Projections> layers) {
        return layers.values().stream()
                .mapToInt(StreamedExperts.Projections::experts)
                .sum();
    }

    private static List<ExpertSlot> places(Arena arena, int count, long bytes) {
        MemorySegment memory = arena.allocate(Math.multiplyExact(count, bytes), FloatRows.ALIGNMENT);
        List<ExpertSlot> slots = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            slots.add(new ExpertSlot(new Region(memory.asSlice(i * bytes, bytes))));
        }
        return slots;
    }

    /** The experts of a layer; null where they are all in memory. */
    @Nullable
    StreamedExperts layer(int layer) {
        return layers.get(layer);
    }

    ExpertTraffic traffic() {
        return new ExpertTraffic(
                experts,
                places,
                bytes,
                needed.sum(),
                hits.sum(),
                guessHits.sum(),
                loaded.sum(),
                bytesRead.sum(),
                readAheads.sum(),
                waited.sum());
    }

    /** Counts a load. */
    void loaded(long stored) {
        loaded.increment();
        bytesRead.add(stored);
    }

    /** A worker has met an expert that could not be read: the step ends. */
    void stepFailed() {
        stepFailed = true;
    }

    /** Begins a step: no worker runs. */
    void begin() {
        use *= GROWTH;
        if (use > TOO_LARGE) {
            double scale = 1 / use;
            for (StreamedExperts layer : layers.values()) {
                Arrays.setAll(layer.uses, e -> layer.uses[e] * scale);
            }
            use = 1;
        }
        if (loads.failed() | stepFailed) {
            stepFailed = false;
            loads.settle().forEach(ExpertStore::free);
            loads.failed(); // what has failed meanwhile is among the slots below
            layers.values()
                    .forEach(layer -> layer.places.stream()
                            .filter(slot -> slot.state == ExpertSlot.State.FAILED)
                            .forEach(ExpertStore::free));
        }
    }

    private static void free(ExpertSlot slot) {
        StreamedExperts held = slot.layer;
        if (held != null) {
            held.slot(slot.expert, null);
        }
        slot.layer = null;
        slot.state = ExpertSlot.State.FREE;
    }

    /**
     * Worker 0: has the experts loaded that a layer needs and that are not in memory; all of them, or where they are too many the first
     * wave ({@link #wave}).
     */
    void plan(Worker worker, StreamedExperts layer, int[] list, int count) {
        queued = 0;
        int guessedRight = 0;
        for (int i = 0; i < count; i++) {
            int e = list[i];
            layer.uses[e] += use;
            ExpertSlot slot = layer.slot(e);
            if (slot != null) {
                if (slot.guessed) {
                    guessedRight++;
                    trust(1);
                    loads.confirm(slot);
                }
                queue[queued++] = e;
            }
        }
        needed.add(count);
        hits.add(queued - guessedRight);
        guessHits.add(guessedRight);
        forgetGuesses();
        if (queued < count) {
            for (int i = 0; i < count; i++) {
                if (layer.slot(list[i]) == null) {
                    queue[queued++] = list[i];
                }
            }
        }
        taken = 0;
        mostOfWave = layer.holds(count) ? count : layer.places.size() / 2;
        long inUse = ++wave;
        waveSizes[0] = takeWave(worker, layer, waves[0], inUse);
    }

    /**
     * Worker 0, while wave {@code number} − 1 of a layer's experts is computed with: has those of wave {@code number} loaded.
     *
     * @return whether there are any
     */
    boolean planNext(Worker worker, StreamedExperts layer, int number) {
        if (taken == queued) {
            waveSizes[number & 1] = 0;
            return false;
        }
        long inUse = wave++;
        int size = takeWave(worker, layer, waves[number & 1], inUse);
        waveSizes[number & 1] = size;
        return true;
    }

    /** The experts of a wave that was planned; how many they are. */
    int wave(int number, int[] list) {
        int size = waveSizes[number & 1];
        System.arraycopy(waves[number & 1], 0, list, 0, size);
        return size;
    }

    private int takeWave(Worker worker, StreamedExperts layer, int[] into, long inUse) {
        int from = taken;
        int to = Math.min(queued, from + mostOfWave);
        for (int i = from; i < to; i++) {
            ExpertSlot there = layer.slot(queue[i]);
            if (there != null) {
                there.wave = wave;
            }
        }
        for (int i = from; i < to; i++) {
            if (layer.slot(queue[i]) == null) {
                give(place(worker, layer, inUse), layer, queue[i], false);
            }
            into[i - from] = queue[i];
        }
        taken = to;
        return to - from;
    }

    /** The place of the least used expert that nobody is using; waits for one where all are being loaded. */
    private ExpertSlot place(Worker worker, StreamedExperts layer, long inUse) {
        for (int turn = 0; ; turn++) {
            ExpertSlot slot = leastUsed(layer, inUse);
            if (slot != null) {
                return slot;
            }
            pause(worker, turn);
        }
    }

    private static @Nullable ExpertSlot leastUsed(StreamedExperts layer, long inUse) {
        ExpertSlot least = null;
        double uses = Double.POSITIVE_INFINITY;
        for (ExpertSlot slot : layer.places) {
            ExpertSlot.State state = slot.state;
            StreamedExperts held = slot.layer;
            if (held == null && state == ExpertSlot.State.FREE) {
                return slot;
            }
            boolean busy = state == ExpertSlot.State.WAITING || state == ExpertSlot.State.LOADING;
            if (held != null && !busy && !slot.guessed && slot.wave < inUse && held.uses[slot.expert] < uses) {
                least = slot;
                uses = held.uses[slot.expert];
            }
        }
        return least;
    }

    private void give(ExpertSlot slot, StreamedExperts layer, int expert, boolean guessed) {
        free(slot);
        slot.layer = layer;
        slot.expert = expert;
        slot.guessed = guessed;
        slot.wave = guessed ? 0 : wave;
        slot.state = ExpertSlot.State.WAITING;
        try {
            loads.add(slot);
        } catch (Throwable e) {
            slot.layer = null; // or later steps would wait for it
            slot.state = ExpertSlot.State.FREE;
            throw e;
        }
        layer.slot(expert, slot);
    }

    /** Worker 0, after the last {@link #plan} of a layer: has experts read that a later layer will probably need. */
    void guess(StreamedExperts later, int[] list, int count) {
        if (trust < WORTH_READING && ++tries % TRY_EVERY != 0) {
            return;
        }
        byRouter = true;
        int room = later.places.size() / GUESS_SHARE;
        for (int i = 0; i < count && guesses.size() < room; i++) {
            ExpertSlot there = later.slot(list[i]);
            if (there != null) {
                there.wave = Math.max(there.wave, wave); // not for other guesses
                continue;
            }
            ExpertSlot slot = leastUsed(later, wave);
            if (slot == null) {
                return;
            }
            give(slot, later, list[i], true);
            guesses.add(slot);
            readAheads.increment();
        }
    }

    /** The same for a step that will need most experts of the layer: some of those that are used most. */
    void guessMostUsed(StreamedExperts later) {
        byRouter = false;
        int room = later.places.size() / GUESS_SHARE;
        while (guesses.size() < room) {
            int most = -1;
            for (int e = 0; e < later.experts(); e++) {
                if (later.slot(e) == null && (most < 0 || later.uses[e] > later.uses[most])) {
                    most = e;
                }
            }
            ExpertSlot slot = most < 0 ? null : leastUsed(later, wave);
            if (slot == null || later == slot.layer) {
                return;
            }
            give(slot, later, most, true);
            guesses.add(slot);
            readAheads.increment();
        }
    }

    /** Takes guesses back that were not confirmed. */
    private void forgetGuesses() {
        for (ExpertSlot slot : guesses) {
            if (slot.guessed) {
                trust(0);
                if (loads.drop(slot)) {
                    free(slot);
                    readAheads.decrement();
                }
                slot.guessed = false;
            }
        }
        guesses.clear();
    }

    private void trust(int right) {
        if (byRouter) {
            trust += GUESS_WEIGHT * (right - trust);
        }
    }

    /** A worker that needs experts on their way: loads one itself, or waits a moment; ends where another worker has failed. */
    void pause(Worker worker, int turn) {
        worker.checkOthers();
        loads.pause(turn);
    }

    /** Counts what a step has waited. */
    void waited(long nanos) {
        waited.add(nanos);
    }

    /** Ends the threads; no step may be running. */
    @Override
    public void close() {
        loads.close();
    }
}
