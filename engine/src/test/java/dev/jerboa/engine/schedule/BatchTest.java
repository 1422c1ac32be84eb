package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of a batch one by one. */
class BatchTest {
    private static final RandomModel MODEL = RandomModel.tiny();
    private static final Alone ALONE = new Alone(MODEL);

    private static final RandomModel RECURRENT = RandomModel.recurrent();
    private static final Alone RECURRENT_ALONE = new Alone(RECURRENT);

    @AfterAll
    static void close() {
        ALONE.close();
        RECURRENT_ALONE.close();
    }

    /** A request and what it has heard. */
    private static final class Heard implements Listener {
        final Request request;
        final Alone alone;
        final Track track;
        int tokens;

        @Nullable
        Completion completion;

        Heard(Request request, Alone alone) {
            this.request = request;
            this.alone = alone;
            this.track = new Track(request, this);
        }

        @Override
        public boolean token(Pick pick) {
            assertThat(pick.id()).isEqualTo(alone.of(request).ids()[tokens++]);
            return true;
        }

        @Override
        public void ended(Completion end) {
            assertThat(completion).isNull();
            completion = end;
        }

        @Override
        public void failed(RuntimeException cause) {
            throw new AssertionError(cause);
        }
    }

    /** Arrivals, cancellations and steps in random order, with small and smaller caches. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyOrderOfEvents(long seed) {
        anyOrder(seed, MODEL, ALONE);
    }

    /** The same where sequences have running states, many rows of them and few. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void anyOrderOfEventsWithRunningStates(long seed) {
        anyOrder(seed, RECURRENT, RECURRENT_ALONE);
    }

    private static void anyOrder(long seed, RandomModel model, Alone alone) {
        boolean states = model.spec().keepsStates();
        Random random = new Random(seed);
        int stepTokens = 1 + random.nextInt(40);
        int pages = 4 + random.nextInt(12);
        ScheduleOptions options = ScheduleOptions.of(64 * pages)
                .withMaxSequences(1 + random.nextInt(20))
                .withPromptTokens(random.nextInt(30))
                .withSpeculation(
                        random.nextBoolean() && !states ? Speculation.PROMPT_LOOKUP : Speculation.OFF,
                        1 + random.nextInt(6),
                        1 + random.nextInt(20));
        int rows = 1 + random.nextInt(random.nextBoolean() ? 4 : 40);
        List<Request> requests = alone.requests(random, 40);
        List<Heard> all = new ArrayList<>();
        Counters counters = new Counters();
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(model, team, stepTokens);
                KvCache cache = KvCache.open(decoder.cacheShape(), options.cacheTokens(), CacheType.F32, rows)) {
            Batch batch =
                    new Batch(new DecoderSteps(decoder), Drafters.ofTexts(options), team, cache, options, counters);
            while (all.size() < requests.size() || !batch.isEmpty()) {
                int event = random.nextInt(12);
                if (event == 0 && all.size() < requests.size()) {
                    for (int i = random.nextInt(8); i >= 0 && all.size() < requests.size(); i--) {
                        Heard heard = new Heard(requests.get(all.size()), alone);
                        all.add(heard);
                        batch.add(heard.track);
                    }
                } else if (event == 1 && !all.isEmpty() && random.nextInt(4) == 0) {
                    Heard heard = all.get(random.nextInt(all.size()));
                    batch.cancel(heard.track);
                    assertThat(heard.completion).isNotNull();
                } else if (!batch.isEmpty()) {
                    batch.step();
                }
            }
            assertThat(cache.free()).isEqualTo(cache.capacity());
            assertThat(cache.freeStateRows()).isEqualTo(states ? rows : 0);
        }
        int cancelled = 0;
        for (Heard heard : all) {
            Completion found = Objects.requireNonNull(heard.completion);
            assertThat(found.ids()).hasSize(heard.tokens);
            if (found.ending() == Ending.CANCELLED) {
                cancelled++;
            } else {
                assertThat(found.ending()).isEqualTo(alone.of(heard.request).ending());
                assertThat(found.ids()).containsExactly(alone.of(heard.request).ids());
            }
        }
        assertThat(cancelled).isLessThan(30);
        assertThat(counters.status(0).waiting() + counters.status(0).running()).isZero();
    }

    private static Heard heard(int promptLength, int maxTokens) {
        int[] prompt = ALONE.prompt(new Random(promptLength), promptLength);
        return new Heard(Request.of(prompt, SamplingOptions.plain().withSeed(promptLength), maxTokens), ALONE);
    }

    /** A long prompt takes promptTokens of a step, and every sequence that writes has a token in each. */
    @Test
    void aLongPromptStallsNobody() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 16);
                KvCache cache = KvCache.open(decoder.cacheShape(), 64 * 20)) {
            ScheduleOptions options = ScheduleOptions.of(64 * 20).withPromptTokens(10);
            Counters counters = new Counters();
            Batch batch =
                    new Batch(new DecoderSteps(decoder), Drafters.ofTexts(options), team, cache, options, counters);
            List<Heard> writers = new ArrayList<>();
            for (int i = 1; i <= 8; i++) {
                writers.add(heard(i, 60));
                batch.add(writers.getLast().track);
            }
            while (writers.stream().anyMatch(writer -> writer.tokens == 0)) {
                batch.step();
            }
            Heard prompt = heard(150, 5);
            batch.add(prompt.track);
            long before = counters.status(0).promptTokens();
            int steps = 0;
            while (prompt.tokens == 0) {
                int[] tokens =
                        writers.stream().mapToInt(writer -> writer.tokens).toArray();
                batch.step();
                steps++;
                for (int i = 0; i < tokens.length; i++) {
                    assertThat(writers.get(i).tokens).isEqualTo(tokens[i] + 1);
                }
                assertThat(counters.status(0).promptTokens() - before).isEqualTo(Math.min(150, 8L * steps));
            }
            batch.cancelAll();
        }
    }

    /** Even where as many write as a step has tokens, but for one. */
    @Test
    void aPromptGoesOnBesideFullSteps() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 4);
                KvCache cache = KvCache.open(decoder.cacheShape(), 64 * 20)) {
            Batch batch = new Batch(
                    new DecoderSteps(decoder),
                    Drafters.ofTexts(ScheduleOptions.of(1)),
                    team,
                    cache,
                    ScheduleOptions.of(64 * 20),
                    new Counters());
            List<Heard> writers = List.of(heard(1, 200), heard(2, 200), heard(3, 200));
            writers.forEach(writer -> batch.add(writer.track));
            Heard prompt = heard(30, 5);
            batch.add(prompt.track);
            for (int i = 0; i < 40; i++) {
                batch.step();
            }
            assertThat(prompt.tokens).isPositive();
            batch.cancelAll();
        }
    }

    /** Guesses that are right leave room in a small step for a prompt to go on. */
    @Test
    void guessesDoNotKeepAPromptWaiting() {
        ScheduleOptions options = ScheduleOptions.of(64 * 20).withSpeculation(Speculation.OFF, 8, 4);
        Counters counters = new Counters();
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 4);
                Decoder same = Alone.load(MODEL, team, 64);
                KvCache cache = KvCache.open(decoder.cacheShape(), 64 * 20);
                Drafters drafters = Drafters.of(options, new DecoderSteps(decoder), new DecoderSteps(same), counters)) {
            Batch batch = new Batch(new DecoderSteps(decoder), drafters, team, cache, options, counters);
            int[] prompt = ALONE.prompt(new Random(5), 5);
            Heard writer = new Heard(Request.of(prompt, SamplingOptions.greedy(), 60), ALONE);
            batch.add(writer.track);
            while (writer.tokens < 10) {
                batch.step();
            }
            Heard reader = heard(30, 5);
            batch.add(reader.track);
            batch.step();
            while (writer.completion == null && reader.tokens == 0) {
                int before = reader.track.sequence().length();
                batch.step();
                assertThat(reader.tokens > 0 || reader.track.sequence().length() > before)
                        .isTrue();
            }
            while (!batch.isEmpty()) {
                batch.step();
            }
            assertThat(counters.status(0).confirmedTokens()).isPositive();
        }
    }
}
