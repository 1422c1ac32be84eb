package dev.jerboa.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.schedule.RandomModel;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.ExpertMemory;
import dev.jerboa.model.decoder.ExpertTraffic;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.Step;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.synthetic.SyntheticModel;
import dev.jerboa.model.synthetic.SyntheticShape;
import dev.jerboa.model.tensor.MemoryTensors;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Experts that do not all fit in memory: the same bits as with all of them there, in no more memory than was given. */
class ExpertStreamingTest {
    private static final int[] PROMPT =
            Stream.iterate(7, id -> id * 31 % 509).limit(36).mapToInt(id -> id).toArray();

    static Stream<Arguments> subjects() {
        Ops best = OpsProvider.ops();
        return Stream.of(
                Arguments.of(best.tier(), SyntheticShape.TINY_MANY_EXPERTS, TypeMix.Q4_K_M, best),
                Arguments.of(best.tier(), SyntheticShape.TINY_MANY_EXPERTS, TypeMix.F16, best),
                Arguments.of(best.tier(), SyntheticShape.TINY_LATENT, TypeMix.Q8_0, best),
                Arguments.of("vector", SyntheticShape.TINY_MANY_EXPERTS, TypeMix.Q8_0, VectorOps.create()),
                Arguments.of("scalar", SyntheticShape.TINY_LATENT, TypeMix.Q4_0, new ScalarOps()));
    }

    /** A decoder's working set. */
    private record Opened(Team team, Decoder decoder, KvCache cache, Step step) implements AutoCloseable {
        static Opened of(Checkpoint checkpoint, Ops ops, int workers, ExpertMemory memory) {
            DecoderOptions options = DecoderOptions.of(Ops.Precision.FAST, 128).withExperts(memory);
            return of(ops, workers, team -> checkpoint.load(ops, team, options));
        }

        static Opened of(Ops ops, int workers, Function<Team, Decoder> loading) {
            Team team = Team.ofSize(workers);
            Decoder decoder = loading.apply(team);
            KvCache cache = KvCache.open(decoder.cacheShape(), 512, ops.cacheType(Ops.Precision.FAST));
            return new Opened(team, decoder, cache, decoder.step());
        }

        /** The logits of sequences whose tokens go side by side, {@code chunk} of each in a step. */
        float[][] logits(int chunk, int sequences) {
            List<Sequence> all = new ArrayList<>();
            for (int i = 0; i < sequences; i++) {
                Sequence sequence = cache.sequence(PROMPT.length);
                sequence.reserve(PROMPT.length);
                all.add(sequence);
            }
            float[][] rows = new float[PROMPT.length * sequences][];
            int vocabulary = decoder.spec().vocabularySize();
            for (int from = 0; from < PROMPT.length; from += chunk) {
                int to = Math.min(PROMPT.length, from + chunk);
                step.clear();
                for (int i = 0; i < sequences; i++) {
                    step.state(all.get(i).state());
                    for (int p = from; p < to; p++) {
                        step.add(
                                (PROMPT[p] + 3 * i) % Math.min(509, vocabulary),
                                p,
                                all.get(i).pages(),
                                true);
                    }
                }
                decoder.forward(step, cache.layers());
                for (int i = 0; i < sequences; i++) {
                    all.get(i).advance(to - from);
                    for (int p = from; p < to; p++) {
                        rows[i * PROMPT.length + p] = step.logits().row(i * (to - from) + p - from);
                    }
                }
            }
            all.forEach(Sequence::close);
            return rows;
        }

        ExpertTraffic traffic() {
            return decoder.expertTraffic().orElseThrow();
        }

        @Override
        public void close() {
            cache.close();
            decoder.close();
            team.close();
        }
    }

    private static Checkpoint model(Path folder, SyntheticShape shape, TypeMix mix) {
        Path file = folder.resolve("model.gguf");
        new SyntheticModel(shape, mix).write(file, share -> {});
        return Checkpoint.open(file);
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("subjects")
    void aQuarterOfTheExpertsGivesTheBitsOfAll(
            String tier, SyntheticShape shape, TypeMix mix, Ops ops, @TempDir Path folder) {
        try (Checkpoint checkpoint = model(folder, shape, mix)) {
            long given = checkpoint.expertSizes().bytes() / 4;
            float[][] whole;
            float[][] two;
            long all;
            try (Opened held = Opened.of(checkpoint, ops, 2, ExpertMemory.ALL)) {
                assertThat(held.decoder.expertTraffic()).isEmpty();
                whole = held.logits(PROMPT.length, 1);
                two = held.logits(PROMPT.length, 2);
                all = held.decoder.ownWeightBytes();
            }
            for (int workers : ops == OpsProvider.ops() ? new int[] {1, 2, 3} : new int[] {2}) {
                try (Opened held = Opened.of(checkpoint, ops, workers, ExpertMemory.of(given))) {
                    assertThat(held.traffic().bytes()).isPositive().isLessThanOrEqualTo(given);
                    assertThat(held.traffic().places())
                            .isLessThanOrEqualTo(checkpoint.expertSizes().experts() / 4);
                    long own = held.decoder.ownWeightBytes();
                    if (all > given) {
                        assertThat(own).isLessThan(all - 2 * given);
                    }
                    for (int chunk : new int[] {PROMPT.length, 7, 1}) {
                        assertThat(held.logits(chunk, 1))
                                .as("%d workers, steps of %d", workers, chunk)
                                .isDeepEqualTo(whole);
                    }
                    assertThat(held.logits(6, 2)).as("two sequences").isDeepEqualTo(two);
                    assertThat(held.logits(1, 2)).as("two sequences").isDeepEqualTo(two);
                    assertThat(held.decoder.ownWeightBytes()).isEqualTo(own);
                    ExpertTraffic traffic = held.traffic();
                    assertThat(traffic.needed()).isGreaterThan(traffic.hits() + traffic.readAheadHits());
                    assertThat(traffic.hits()).isPositive();
                    assertThat(traffic.hitRate()).isBetween(0.01, 0.99);
                    assertThat(traffic.loads()).isGreaterThan(traffic.readAheadHits());
                    assertThat(traffic.bytesRead())
                            .isGreaterThan(checkpoint.expertSizes().bytes() / 2);
                }
            }
        }
    }

    @Test
    void whatIsUsedAgainIsThere(@TempDir Path folder) {
        try (Checkpoint checkpoint = model(folder, SyntheticShape.TINY_MANY_EXPERTS, TypeMix.Q8_0);
                Opened held = Opened.of(
                        checkpoint,
                        OpsProvider.ops(),
                        2,
                        ExpertMemory.of(checkpoint.expertSizes().bytes() / 2))) {
            Sequence sequence = held.cache.sequence(16);
            sequence.reserve(16);
            ExpertTraffic before = held.traffic();
            assertThat(before.hitRate()).isEqualTo(1);
            for (int i = 0; i < 5; i++) {
                before = held.traffic();
                held.step.clear();
                held.step.state(sequence.state());
                held.step.add(1, 0, sequence.pages(), true);
                held.decoder.forward(held.step, held.cache.layers());
            }
            ExpertTraffic after = held.traffic();
            assertThat(after.needed() - before.needed())
                    .as("experts of a token")
                    .isEqualTo(3 * 2);
            assertThat(after.hits() + after.readAheadHits() - before.hits() - before.readAheadHits())
                    .isEqualTo(3 * 2);
            assertThat(after.needed()).isEqualTo(5 * 3 * 2);
            sequence.close();
        }
    }

    @Test
    void whatCannotBeReadFailsTheStepAndNoLaterOne(@TempDir Path folder) {
        Ops ops = OpsProvider.ops();
        AtomicBoolean broken = new AtomicBoolean();
        Ops breaking = (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("resident") && broken.get()) {
                        throw new IllegalStateException("no such bytes");
                    }
                    try {
                        return method.invoke(ops, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        try (Checkpoint checkpoint = model(folder, SyntheticShape.TINY_MANY_EXPERTS, TypeMix.Q8_0);
                Opened whole = Opened.of(checkpoint, ops, 2, ExpertMemory.ALL)) {
            float[][] expected = whole.logits(1, 1);
            for (int round = 0; round < 10; round++) { // loads of the failed step may end at any time
                try (Opened held = Opened.of(checkpoint, breaking, 2, ExpertMemory.of(0))) {
                    assertThat(held.traffic().places()).isEqualTo(2);
                    broken.set(true);
                    assertThatThrownBy(() -> held.logits(1, 1))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("expert")
                            .hasMessageContaining("no such bytes");
                    broken.set(false);
                    assertThat(held.logits(1, 1)).isDeepEqualTo(expected);
                }
            }
        }
    }

    /** A queue of loads that takes none. */
    private static final class Refusing extends ArrayDeque<Object> {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean add(Object load) {
            throw new IllegalArgumentException("injected");
        }
    }

    private static Object value(Object of, String field) throws ReflectiveOperationException {
        Field found = of.getClass().getDeclaredField(field);
        found.setAccessible(true);
        return found.get(of);
    }

    /** Worker 0 fails between a layer's router and its plan of experts, while the others wait for experts. */
    @Test
    @Timeout(60)
    void whoeverFailsEndsTheStepForAll(@TempDir Path folder) throws ReflectiveOperationException {
        try (Checkpoint checkpoint = model(folder, SyntheticShape.TINY_MANY_EXPERTS, TypeMix.Q8_0);
                Opened whole = Opened.of(checkpoint, OpsProvider.ops(), 3, ExpertMemory.ALL);
                Opened held = Opened.of(checkpoint, OpsProvider.ops(), 3, ExpertMemory.of(0))) {
            Object loads = value(value(held.decoder, "experts"), "loads");
            Field wanted = loads.getClass().getDeclaredField("wanted");
            wanted.setAccessible(true);
            Object queue = wanted.get(loads);
            for (int chunk : new int[] {1, 30}) {
                wanted.set(loads, new Refusing());
                assertThatThrownBy(() -> held.logits(chunk, 1))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("injected")
                        .hasNoSuppressedExceptions();
                wanted.set(loads, queue);
                assertThat(held.logits(chunk, 1)).isDeepEqualTo(whole.logits(chunk, 1));
            }
        }
    }

    /** The tensors of a model, every other expert of which is rounded to BF16, and the down projections of some others too. */
    private record Mixed(MemoryTensors whole, Arena arena, Map<String, StoredTensor> made) implements TensorSource {
        @Override
        public String source() {
            return whole.source();
        }

        @Override
        public Collection<StoredTensor> tensors() {
            return whole.tensors().stream().map(this::changed).toList();
        }

        @Override
        public @Nullable StoredTensor find(String name) {
            StoredTensor found = whole.find(name);
            return found == null ? null : changed(found);
        }

        private StoredTensor changed(StoredTensor one) {
            boolean odd = one.name().startsWith("EXPERT_") && one.name().matches(".*[13]");
            return odd || one.name().startsWith("EXPERT_DOWN") && one.name().endsWith(".2")
                    ? made.computeIfAbsent(one.name(), name -> rounded(one))
                    : one;
        }

        private StoredTensor rounded(StoredTensor one) {
            float[] values = one.floats();
            MemorySegment data = arena.allocate(2L * values.length, 64);
            for (int i = 0; i < values.length; i++) {
                data.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(values[i]) >>> 16));
            }
            return new StoredTensor(one.source(), one.name(), DType.BF16, one.shape(), data);
        }
    }

    /** Experts of one layer may be of several types: places are large enough for each. */
    @Test
    void expertsOfSeveralTypesAreStreamedToo() {
        RandomModel model = RandomModel.tiny();
        Ops ops = OpsProvider.ops();
        try (Arena arena = Arena.ofShared()) {
            Mixed tensors = new Mixed(model.tensors(), arena, new HashMap<>());
            DecoderOptions options = DecoderOptions.of(Ops.Precision.EXACT, 128);
            try (Opened whole = Opened.of(
                            ops, 2, team -> Decoder.load(model.spec(), model.names(), tensors, ops, team, options));
                    Opened held = Opened.of(
                            ops,
                            2,
                            team -> Decoder.load(
                                    model.spec(),
                                    model.names(),
                                    tensors,
                                    ops,
                                    team,
                                    options.withExperts(ExpertMemory.of(0))))) {
                assertThat(held.traffic().places()).isEqualTo(2);
                assertThat(held.traffic().experts()).isEqualTo(4);
                for (int chunk : new int[] {PROMPT.length, 5, 1}) {
                    assertThat(held.logits(chunk, 1)).isDeepEqualTo(whole.logits(chunk, 1));
                }
                assertThat(held.traffic().loads()).isGreaterThan(4);
            }
        }
    }

    /** A decoder that cannot be loaded leaves no memory and no threads behind. */
    @Test
    void whatCannotBeLoadedLeavesNothing() {
        RandomModel model = RandomModel.tiny();
        Ops ops = OpsProvider.ops();
        List<Arena> arenas = new ArrayList<>();
        Ops watched = (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("weights")) {
                        arenas.add((Arena) arguments[2]);
                    }
                    try {
                        return method.invoke(ops, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        TensorNames names = model.names().with(Map.of(Slot.OUTPUT_NORM, "nowhere"));
        DecoderOptions options = DecoderOptions.of(Ops.Precision.EXACT, 16).withExperts(ExpertMemory.of(0));
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (Team team = Team.ofSize(1)) {
            assertThatThrownBy(() -> Decoder.load(model.spec(), names, model.tensors(), watched, team, options))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("nowhere");
        }
        assertThat(arenas).isNotEmpty().allMatch(arena -> !arena.scope().isAlive());
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> !before.contains(thread))
                        .map(Thread::getName))
                .noneMatch(name -> name.startsWith("jerboa-experts"));
    }
}
