package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Constraints;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Adaptation;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.Step;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The model's own prediction layer changes how many steps there are, never what comes out. */
class MultiTokenPredictionTest {
    private static final RandomModel MODEL = RandomModel.predictable();
    private static final Alone ALONE = new Alone(MODEL);

    @AfterAll
    static void close() {
        ALONE.close();
    }

    private static Decoder load(Team team, int stepTokens, List<Adaptation> adaptations, boolean further) {
        return Decoder.load(
                MODEL.spec(),
                MODEL.names(),
                MODEL.tensors(),
                OpsProvider.ops(),
                team,
                DecoderOptions.of(Ops.Precision.EXACT, stepTokens)
                        .withAdaptations(adaptations)
                        .withFurther(further));
    }

    private static ScheduleOptions options(int pages) {
        return ScheduleOptions.of(64 * pages).withSpeculation(Speculation.MULTI_TOKEN_PREDICTION, 6, 4);
    }

    /** Runs requests, compares them with what they are given alone, and tells what it took. */
    private static SchedulerStatus run(int stepTokens, ScheduleOptions options, List<Request> requests) {
        try (Team team = Team.ofSize(2);
                Decoder decoder = load(team, stepTokens, List.of(), true);
                Scheduler scheduler = Scheduler.open(decoder, team, options)) {
            List<Completion> found = scheduler.run(requests);
            for (int i = 0; i < requests.size(); i++) {
                Completion alone = ALONE.of(requests.get(i));
                assertThat(found.get(i).ids()).containsExactly(alone.ids());
                assertThat(found.get(i).ending()).isEqualTo(alone.ending());
                if (requests.get(i).logProbabilities()) {
                    assertThat(found.get(i).logProbabilities()).containsExactly(alone.logProbabilities(), within(1e-9));
                }
            }
            assertThat(scheduler.status().freeTokens())
                    .isEqualTo(scheduler.status().cacheTokens());
            return scheduler.status();
        }
    }

    private static Request greedy(int seed, int promptLength, int maxTokens) {
        return Request.of(ALONE.prompt(new Random(seed), promptLength), SamplingOptions.greedy(), maxTokens);
    }

    @Test
    void severalTokensAStepAreConfirmed() {
        SchedulerStatus status = run(64, options(20).withMaxSequences(1), List.of(greedy(1, 20, 200)));
        assertThat(status.pickedTokens()).isEqualTo(200);
        assertThat(status.steps()).isLessThan(100);
        assertThat(status.confirmedTokens()).isGreaterThan(100);
        assertThat(status.draftShortages()).isZero();
    }

    /** All kinds of sampling, prompts in pieces, and beginnings that are shared. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverElseRuns(long seed) {
        Random random = new Random(seed);
        ScheduleOptions options = ScheduleOptions.of(64 * (4 + random.nextInt(6)))
                .withMaxSequences(2 + random.nextInt(12))
                .withPromptTokens(1 + random.nextInt(30))
                .withSpeculation(Speculation.MULTI_TOKEN_PREDICTION, 1 + random.nextInt(6), 1 + random.nextInt(20));
        SchedulerStatus status = run(13 + random.nextInt(40), options, ALONE.requests(random, 40));
        assertThat(status.confirmedTokens()).isPositive();
        assertThat(status.sharedTokens()).isPositive();
    }

    /** Where a constraint forces nothing, the layer guesses as it does without. */
    @Test
    void withAConstraint() {
        List<byte[]> tokens = new ArrayList<>();
        for (int id = 0; id < MODEL.spec().vocabularySize(); id++) {
            tokens.add(id == 0 ? new byte[0] : new byte[] {(byte) (' ' + id % 90)});
        }
        Constraint anything =
                new Constraints(Vocabulary.of(tokens, Map.of("<stop>", 0), new int[] {0}), 1).regex("[ -~]*");
        Request request = greedy(1, 20, 200).withConstraint(anything).withStopTokens(Set.of(0));
        SchedulerStatus status = run(64, options(20).withMaxSequences(1), List.of(request));
        assertThat(status.confirmedTokens()).isGreaterThan(100);
    }

    /** Sequences that grow beyond the cache begin again, in the layer's cache too. */
    @Test
    void memoryForFew() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int[] prompt = ALONE.prompt(new Random(i), 60);
            requests.add(Request.of(prompt, SamplingOptions.plain().withSeed(i), 90));
        }
        ScheduleOptions options = options(6).withSpeculation(Speculation.MULTI_TOKEN_PREDICTION, 4, 6);
        SchedulerStatus status = run(32, options, requests);
        assertThat(status.preemptions()).isPositive();
        assertThat(status.confirmedTokens()).isGreaterThan(6 * 20);
    }

    /** A beginning that is taken over has left no states; guesses are made all the same. */
    @Test
    void beginningsThatAreTakenOver() {
        int[] prompt = ALONE.prompt(new Random(3), 140);
        Request first = Request.of(prompt, SamplingOptions.greedy(), 60);
        Request second = Request.of(prompt, SamplingOptions.plain().withSeed(5).withTemperature(0.5f), 80);
        try (Team team = Team.ofSize(1);
                Decoder decoder = load(team, 64, List.of(), true);
                Scheduler scheduler = Scheduler.open(decoder, team, options(20))) {
            assertThat(scheduler.run(List.of(first)).getFirst().ids())
                    .containsExactly(ALONE.of(first).ids());
            long before = scheduler.status().confirmedTokens();
            assertThat(scheduler.run(List.of(second)).getFirst().ids())
                    .containsExactly(ALONE.of(second).ids());
            assertThat(scheduler.status().sharedTokens()).isGreaterThanOrEqualTo(128);
            assertThat(scheduler.status().confirmedTokens() - before).isGreaterThan(20);
        }
    }

    @Test
    void adaptersSideBySide() {
        List<Adaptation> adaptations = List.of(onQueries(1), onQueries(2));
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            requests.add(
                    greedy(i / 3, 90, 60).withScope(new Scope(i % 3 - 1, "")).withLikeliest(0));
        }
        List<Completion> plain;
        try (Team team = Team.ofSize(1);
                Decoder decoder = load(team, 64, adaptations, false);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 20))) {
            plain = scheduler.run(requests);
            assertThat(plain.get(0).logProbabilities())
                    .isNotEqualTo(plain.get(1).logProbabilities());
        }
        try (Team team = Team.ofSize(1);
                Decoder decoder = load(team, 64, adaptations, true);
                Scheduler scheduler = Scheduler.open(
                        decoder,
                        team,
                        ScheduleOptions.of(64 * 20).withSpeculation(Speculation.MULTI_TOKEN_PREDICTION, 4, 6))) {
            List<Completion> found = scheduler.run(requests);
            for (int i = 0; i < requests.size(); i++) {
                assertThat(found.get(i).ids()).containsExactly(plain.get(i).ids());
                assertThat(found.get(i).logProbabilities())
                        .containsExactly(plain.get(i).logProbabilities());
            }
            assertThat(scheduler.status().confirmedTokens()).isGreaterThan(60);
        }
    }

    private static Adaptation onQueries(int seed) {
        Random random = new Random(seed);
        FloatRows a = FloatRows.allocate(Arena.ofAuto(), 4, 64);
        FloatRows b = FloatRows.allocate(Arena.ofAuto(), 4 * 24, 4);
        for (FloatRows rows : List.of(a, b)) {
            for (int r = 0; r < rows.rows(); r++) {
                for (int c = 0; c < rows.cols(); c++) {
                    rows.set(r, c, (float) random.nextGaussian());
                }
            }
        }
        return (slot, layer, expert) -> slot == Slot.QUERY && layer < 2 ? new Adaptation.Product(a, b, 0.2f) : null;
    }

    @Test
    void itsCacheIsCounted() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = load(team, 8, List.of(), true);
                Scheduler plain = Scheduler.open(decoder, team, ScheduleOptions.of(640));
                Scheduler guessing = Scheduler.open(decoder, team, options(10))) {
            long layer = KvCache.bytes(decoder.furtherCacheShape(), 640, CacheType.F32);
            assertThat(layer).isEqualTo(640 * 40 * 4L);
            assertThat(guessing.cacheBytes()).isEqualTo(plain.cacheBytes() + layer);
        }
    }

    @Test
    void aDecoderWithoutTheLayerIsRefused() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = load(team, 8, List.of(), false)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Scheduler.open(decoder, team, options(10)))
                    .withMessageContaining("without the layer that predicts");
        }
    }

    /**
     * DeepSeek-V3 of random weights, whose guesses are seldom right: greedy tokens are those of an independent implementation, and
     * guesses those of the layer run over the whole text at once.
     */
    @Test
    void agreesWithTheReference() {
        Path folder = SharedFolder.require("oracle/hf/deepseek_v3");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(folder);
                Decoder decoder = checkpoint.load(
                        OpsProvider.ops(),
                        team,
                        DecoderOptions.of(Ops.Precision.EXACT, 128).withFurther(true))) {
            TensorSource expected = SafetensorsFolder.open(folder.resolve("expect.safetensors"), arena);
            List<Request> requests = List.of(
                    Request.of(integers(expected.tensor("prompt.1").floats()), SamplingOptions.greedy(), 24),
                    Request.of(integers(expected.tensor("prompt.2").floats()), SamplingOptions.greedy(), 30));
            Recording model = new Recording(new DecoderSteps(decoder));
            List<Completion> found;
            try (Scheduler scheduler = Scheduler.open(model, team, options(20).withPromptTokens(7))) {
                found = scheduler.run(requests);
            }
            assertThat(found.getFirst().ids())
                    .containsExactly(integers(expected.tensor("greedy").floats()));
            for (int i = 0; i < 2; i++) {
                int[] prompt = requests.get(i).prompt();
                int[] ids = found.get(i).ids();
                int[] text = IntStream.concat(IntStream.of(prompt), IntStream.of(ids))
                        .toArray();
                List<List<Integer>> guesses = model.guesses(i);
                assertThat(guesses).hasSizeGreaterThan(4);
                assertThat(guesses).anyMatch(some -> some.size() > 2);
                assertThat(guesses).isEqualTo(wholeText(decoder, text, guesses));
            }
        }
    }

    /** The guesses at the same places, from one pass over the whole text; each list begins with the place. */
    private static List<List<Integer>> wholeText(Decoder decoder, int[] text, List<List<Integer>> like) {
        List<List<Integer>> all = new ArrayList<>();
        try (KvCache cache = KvCache.open(decoder.cacheShape(), 256);
                KvCache own = KvCache.open(decoder.furtherCacheShape(), 256)) {
            int[] pages = {0, 1, 2, 3};
            Step step = decoder.step();
            for (int p = 0; p < text.length - 1; p++) {
                step.add(text[p], p, pages, false);
            }
            step.keepStates();
            decoder.forward(step, cache.layers());
            Step further = decoder.step();
            for (int p = 0; p < text.length - 1; p++) {
                further.addAfter(step.states(), p, text[p + 1], p, pages, true);
            }
            further.keepStates();
            decoder.predictFurther(further, own.layers().getFirst());
            int vocabulary = decoder.spec().vocabularySize();
            Step next = decoder.step();
            for (List<Integer> some : like.reversed()) { // what is guessed overwrites later positions
                int at = some.getFirst();
                List<Integer> guesses = new ArrayList<>(List.of(at));
                guesses.add(Likeliest.of(further.logits(), at - 2, vocabulary));
                FloatRows before = further.states().slice(at - 2, 1);
                for (int g = 2; g < some.size(); g++) {
                    next.clear();
                    next.addAfter(before, 0, guesses.getLast(), at + g - 3, pages, true);
                    next.keepStates();
                    decoder.predictFurther(next, own.layers().getFirst());
                    guesses.add(Likeliest.of(next.logits(), 0, vocabulary));
                    before = next.states();
                }
                all.addFirst(guesses);
            }
        }
        return all;
    }

    /** Takes down the guesses of each sequence: the tokens that want logits after one that does. */
    private static final class Recording extends ForwardingSteps {
        private final List<int[]> sequences = new ArrayList<>();
        private final List<List<List<Integer>>> guesses = new ArrayList<>();
        private int @Nullable [] predicted;

        Recording(StepModel model) {
            super(model);
        }

        /** Of the sequence that came so soon: place and tokens of each time. */
        List<List<Integer>> guesses(int sequence) {
            return guesses.get(sequence).stream()
                    .filter(some -> some.size() > 1)
                    .toList();
        }

        @Override
        public void clear() {
            predicted = null;
            super.clear();
        }

        @Override
        public void add(int token, int position, int[] pages, boolean wantLogits) {
            if (!sequences.contains(pages)) { // arrays are equal where they are the same
                sequences.add(pages);
                guesses.add(new ArrayList<>());
            }
            List<List<Integer>> own = guesses.get(sequences.indexOf(pages));
            if (wantLogits && predicted == pages) {
                own.getLast().add(token);
            } else if (wantLogits) {
                predicted = pages;
                own.add(new ArrayList<>(List.of(position + 1)));
            }
            super.add(token, position, pages, wantLogits);
        }
    }

    private static int[] integers(float[] values) {
        return IntStream.range(0, values.length).map(i -> (int) values[i]).toArray();
    }
}
