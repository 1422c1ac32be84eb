package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Constraints;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models that keep running states of sequences: what is given is what is given alone, and what is known is gone on from. */
class RunningStatesTest {
    private static final RandomModel MODEL = RandomModel.recurrent();
    private static final Alone ALONE = new Alone(MODEL);

    @AfterAll
    static void close() {
        ALONE.close();
    }

    @ParameterizedTest(name = "steps of {0}, {1} sequences, {2} prompt tokens, {3} pages, {4} workers")
    @CsvSource({"64, 30, 64, 120, 2", "200, 30, 3, 120, 1", "7, 5, 2, 60, 3", "32, 32, 32, 12, 2", "5, 5, 1, 4, 1"})
    void aRequestIsGivenTheSameAmongOthers(int step, int sequences, int promptTokens, int pages, int workers) {
        List<Request> requests = ALONE.requests(new Random(step), 30);
        ScheduleOptions options =
                ScheduleOptions.of(64 * pages).withMaxSequences(sequences).withPromptTokens(promptTokens);
        try (Team team = Team.ofSize(workers);
                Decoder decoder = Alone.load(MODEL, team, step);
                Scheduler scheduler = Scheduler.open(decoder, team, options)) {
            List<Completion> completions = scheduler.run(requests);
            for (int i = 0; i < requests.size(); i++) {
                assertThat(completions.get(i).ids())
                        .containsExactly(ALONE.of(requests.get(i)).ids());
            }
            assertThat(scheduler.status().freeTokens()).isEqualTo(64 * pages);
            assertThat(scheduler.status().preemptions() > 0).isEqualTo(pages < 20);
        }
    }

    private static Request request(int[] prompt, int maxTokens) {
        return Request.of(prompt, SamplingOptions.greedy(), maxTokens);
    }

    private static int[] joined(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    /** A conversation: each turn's prompt is the last one, its reply and more. */
    @Test
    void aTurnGoesOnWhereTheLastOneEnded() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 50);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 20))) {
            Request first = request(ALONE.prompt(new Random(1), 70), 30);
            Completion reply = scheduler.run(List.of(first)).getFirst();
            int[] prompt = joined(first.prompt(), reply.ids(), ALONE.prompt(new Random(2), 20));
            long before = scheduler.status().promptTokens();
            Completion second = scheduler.run(List.of(request(prompt, 10))).getFirst();
            assertThat(second.ids())
                    .containsExactly(ALONE.of(request(prompt, 10)).ids());
            // all but the last token of the reply, which was never computed
            assertThat(scheduler.status().sharedTokens()).isEqualTo(70 + 30 - 1);
            assertThat(scheduler.status().promptTokens() - before).isEqualTo(1 + 20);
        }
    }

    /** Samples of a prompt compute it once up to its last page's end. */
    @Test
    void samplesOfAPromptShareItsPages() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 64))) {
            int[] prompt = ALONE.prompt(new Random(7), 150);
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                requests.add(Request.of(prompt, SamplingOptions.plain().withSeed(i), 20));
            }
            List<Completion> completions = scheduler.run(requests);
            for (int i = 0; i < 8; i++) {
                assertThat(completions.get(i).ids())
                        .containsExactly(ALONE.of(requests.get(i)).ids());
            }
            assertThat(scheduler.status().sharedTokens()).isEqualTo(7 * 128);
            assertThat(scheduler.status().promptTokens()).isEqualTo(150 + 7 * 22);
        }
    }

    @Test
    void nothingIsGuessedFor() {
        ScheduleOptions options = ScheduleOptions.of(64 * 20).withSpeculation(Speculation.PROMPT_LOOKUP, 6, 20);
        Request request = request(joined(new int[] {1, 2, 3, 4, 1, 2, 3, 4}, new int[] {1, 2, 3}), 40);
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Decoder small = Alone.load(MODEL, team, 32)) {
            for (StepModel draft : new StepModel[] {null, new DecoderSteps(small)}) {
                try (Scheduler scheduler = Scheduler.open(new DecoderSteps(decoder), draft, team, options)) {
                    assertThat(scheduler.run(List.of(request)).getFirst().ids())
                            .containsExactly(ALONE.of(request).ids());
                    assertThat(scheduler.status().guessedTokens()).isZero();
                    assertThat(scheduler.status().guessing()).isFalse();
                }
            }
        }
    }

    /** A draft model's own states: its guesses are those of a fresh pass, whatever became of the ones before. */
    @Test
    void aDraftModelTakesWrongGuessesBack() {
        Random random = new Random(11);
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 40);
                DraftModel draft =
                        new DraftModel(new DecoderSteps(decoder), ScheduleOptions.of(64 * 8), 96, new Counters())) {
            Drafter drafter = draft.drafter(300, 5);
            int[] tokens = Arrays.copyOf(ALONE.prompt(random, 20), 300);
            int[] guesses = new int[5];
            int known = 20;
            int asked = 0;
            while (known < Alone.LONGEST_PROMPT - 10) {
                draft.begin(40);
                int count = drafter.guess(tokens, known, guesses, 5);
                if (count > 0) {
                    int[] alone = ALONE.of(request(Arrays.copyOf(tokens, known), count))
                            .ids();
                    assertThat(Arrays.copyOf(guesses, count)).containsExactly(alone);
                    asked++;
                    int right = random.nextInt(count + 1);
                    System.arraycopy(guesses, 0, tokens, known, right);
                    drafter.learn(count, right);
                    known += right;
                }
                tokens[known++] = random.nextInt(96); // the pick after the last right guess
            }
            assertThat(asked).isGreaterThan(20);
            drafter.close();
        }
    }

    /** A cache takes about as many bytes of states as of pages, within bounds; both count. */
    @Test
    void statesAreWithinTheBound() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 16)) {
            long each = KvCache.stateBytes(decoder.cacheShape());
            int floats = 3 * (2 * 2 * 8 + 4 * 6) + 4 * 8 * 6 + 2 * (3 * 3 * 8) + 3 * 8 * 8;
            assertThat(each).isEqualTo(4L * floats);
            for (int tokens : IntStream.of(64, 640, 6400, 64_000).toArray()) {
                int rows = KvCache.statesFor(decoder.cacheShape(), tokens, CacheType.F32, 10);
                long pages = KvCache.bytes(decoder.cacheShape(), tokens, CacheType.F32);
                assertThat(rows).isEqualTo((int) Math.clamp(pages / each, 4, 20));
                try (Scheduler scheduler =
                        Scheduler.open(decoder, team, ScheduleOptions.of(tokens).withMaxSequences(10))) {
                    assertThat(scheduler.cacheBytes()).isEqualTo(pages + rows * each);
                    assertThat(scheduler.status().stateRows()).isEqualTo(rows);
                }
            }
        }
    }

    /** Text that a constraint forces is no surer than other guesses: it can be written with other tokens. */
    @Test
    void forcedTextIsNotGuessed() {
        Constraint constraint = new Constraints(ForcedTextTest.vocabulary(), 1)
                .jsonSchema(ForcedTextTest.SCHEMA, SchemaOptions.DEFAULT);
        Request request = request(new int[] {5, 6, 7}, 60).withConstraint(constraint);
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 20))) {
            int[] ids = scheduler.run(List.of(request)).getFirst().ids();
            assertThat(ids).hasSizeGreaterThan(20);
            assertThat(scheduler.status().guessedTokens()).isZero();
            assertThat(scheduler.status().steps()).isEqualTo(ids.length);
        }
    }

    /** Texts that are scored after a common beginning compute it once: a step ends where the others go on from. */
    @Test
    void scoredTextsShareTheirBeginning() throws Exception {
        int[] preamble = ALONE.prompt(new Random(3), 140);
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 256);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 40))) {
            List<CompletableFuture<double[]>> scores = new ArrayList<>();
            List<int[]> texts = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int[] text = joined(preamble, ALONE.prompt(new Random(20 + i), 6));
                texts.add(text);
                scores.add(scheduler.score(text, 140, Scope.SHARED));
            }
            for (CompletableFuture<double[]> score : scores) {
                assertThat(score.get()).hasSize(6);
            }
            assertThat(scheduler.status().sharedTokens()).isEqualTo(3 * 128);
            assertThat(scheduler.status().promptTokens()).isEqualTo(145 + 3 * 17);
            scheduler.forget();
            for (int i = 0; i < 4; i++) {
                double[] alone = scheduler
                        .score(texts.get(i), 140, new Scope(0, "alone " + i))
                        .get();
                assertThat(scores.get(i).get()).containsExactly(alone);
            }
        }
    }
}
