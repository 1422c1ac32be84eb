package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A draft model changes how many steps there are, never what comes out. */
class DraftModelTest {
    private static final RandomModel MODEL = RandomModel.tiny();
    private static final Alone ALONE = new Alone(MODEL);

    @AfterAll
    static void close() {
        ALONE.close();
    }

    private static Request greedy(int seed, int promptLength, int maxTokens) {
        int[] prompt = ALONE.prompt(new Random(seed), promptLength);
        return Request.of(prompt, SamplingOptions.greedy(), maxTokens);
    }

    private static SchedulerStatus run(StepModelOf draftOf, ScheduleOptions options, List<Request> requests) {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Decoder small = Alone.load(MODEL, team, 32);
                Scheduler scheduler =
                        Scheduler.open(new DecoderSteps(decoder), draftOf.of(new DecoderSteps(small)), team, options)) {
            List<Completion> found = scheduler.run(requests);
            for (int i = 0; i < requests.size(); i++) {
                assertThat(found.get(i).ids())
                        .containsExactly(ALONE.of(requests.get(i)).ids());
            }
            assertThat(scheduler.status().freeTokens())
                    .isEqualTo(scheduler.status().cacheTokens());
            return scheduler.status();
        }
    }

    private interface StepModelOf {
        StepModel of(StepModel model);
    }

    private static ScheduleOptions options(int pages) {
        return ScheduleOptions.of(64 * pages).withPromptTokens(32).withSpeculation(Speculation.OFF, 6, 2);
    }

    @Test
    void aDraftModelThatIsTheModelIsRight() {
        // prompts of more than a step of the draft model, too
        SchedulerStatus status =
                run(model -> model, options(40).withMaxSequences(1), List.of(greedy(1, 20, 60), greedy(2, 100, 90)));
        assertThat(status.guessing()).isTrue();
        assertThat(status.guessedTokens()).isGreaterThan(100);
        assertThat(status.confirmedTokens()).isEqualTo(status.guessedTokens());
        assertThat(status.steps()).isLessThan(50);
    }

    @Test
    void oneThatIsWrongCostsStepsOnly() {
        SchedulerStatus status = run(Contrary::new, options(40), List.of(greedy(1, 20, 60), greedy(2, 100, 90)));
        assertThat(status.guessedTokens()).isPositive();
        assertThat(status.confirmedTokens()).isLessThan(status.guessedTokens() / 2);
    }

    @Test
    void oneThatIsRightNowAndThenForgetsWhatWasWrong() {
        int[] calls = {0};
        SchedulerStatus status = run(
                model -> new Contrary(model) {
                    @Override
                    public FloatRows run(List<KvLayer> cache) {
                        return ++calls[0] % 5 == 0 ? super.run(cache) : model.run(cache);
                    }
                },
                options(40).withMaxSequences(2),
                List.of(greedy(3, 30, 100), greedy(4, 10, 100), greedy(5, 60, 100)));
        assertThat(status.confirmedTokens()).isGreaterThan(20).isLessThan(status.guessedTokens());
    }

    /** Random draws, preemptions, and a cache of drafts that is as short as that of the model. */
    @Test
    void drawsAndShortMemory() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int[] prompt = ALONE.prompt(new Random(i), 20 + 10 * i);
            requests.add(Request.of(prompt, SamplingOptions.plain().withSeed(i), 60));
        }
        SchedulerStatus status = run(model -> model, options(4).withMaxSequences(4), requests);
        assertThat(status.guessedTokens()).isPositive();
    }

    /** Beginnings are shared in the model's cache, not in that of drafts, which is soon full. */
    @Test
    void whereDraftsFindNoPagesItIsCounted() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int[] prompt = ALONE.prompt(new Random(1), 140);
            requests.add(Request.of(prompt, SamplingOptions.plain().withSeed(i), 40));
        }
        ScheduleOptions options = options(7).withSpeculation(Speculation.OFF, 6, 3);
        SchedulerStatus status = run(model -> model, options, requests);
        assertThat(status.sharedTokens()).isGreaterThan(2 * 100);
        assertThat(status.draftShortages()).isPositive();
        assertThat(status.guessedTokens()).isPositive();
    }

    /** A long prompt is read by the draft model in pieces, so that nobody waits long for a token. */
    @Test
    void aLongPromptIsReadInPieces() {
        int[] read = {0};
        ScheduleOptions options =
                ScheduleOptions.of(64 * 20).withPromptTokens(10).withSpeculation(Speculation.OFF, 3, 2);
        Counters counters = new Counters();
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Decoder small = Alone.load(MODEL, team, 64);
                KvCache cache = KvCache.open(decoder.cacheShape(), 64 * 20);
                Drafters drafters = Drafters.of(
                        options, new DecoderSteps(decoder), new Counting(new DecoderSteps(small), read), counters)) {
            Batch batch = new Batch(new DecoderSteps(decoder), drafters, team, cache, options, counters);
            int[] written = {0};
            for (int i = 0; i < 2; i++) {
                batch.add(new Track(greedy(i, 100, 60), new Listener() {
                    @Override
                    public boolean token(Pick pick) {
                        written[0]++;
                        return true;
                    }
                }));
            }
            int most = 0;
            while (!batch.isEmpty()) {
                read[0] = 0;
                batch.step();
                most = Math.max(most, read[0]);
            }
            // a piece of the one, what the last step confirmed of the other, and two guesses after the first of each
            assertThat(most).isBetween(10, 10 + 4 + 2 * 2);
            assertThat(written[0]).isEqualTo(2 * 60);
            assertThat(counters.status(0).confirmedTokens()).isGreaterThan(40);
        }
    }

    /** Counts the tokens that are added. */
    private static final class Counting extends ForwardingSteps {
        private final int[] added;

        Counting(StepModel model, int[] added) {
            super(model);
            this.added = added;
        }

        @Override
        public void add(int token, int position, int[] pages, boolean wantLogits) {
            added[0]++;
            super.add(token, position, pages, wantLogits);
        }
    }

    /** The least likely token each time. */
    private static class Contrary extends ForwardingSteps {
        Contrary(StepModel model) {
            super(model);
        }

        @Override
        public FloatRows run(List<KvLayer> cache) {
            FloatRows logits = super.run(cache);
            for (int r = 0; r < logits.rows(); r++) {
                for (int id = 0; id < logits.cols(); id++) {
                    logits.set(r, id, -logits.get(r, id));
                }
            }
            return logits;
        }
    }
}
