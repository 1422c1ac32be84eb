package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scored tokens are given what plain loops over a decoder's logits give them, whatever else is computed. */
@Timeout(60)
class ScoringTest {
    private static final RandomModel MODEL = RandomModel.tiny();
    private static final List<Text> TEXTS = texts();
    private static final double[][] EXPECTED = expected();

    private record Text(int[] tokens, int from) {}

    /** Questions with several answers after common beginnings, and texts on their own. */
    private static List<Text> texts() {
        Random random = new Random(11);
        int[] preamble = random.ints(150, 0, 96).toArray();
        List<Text> texts = new ArrayList<>();
        for (int question = 0; question < 5; question++) {
            int[] own = random.ints(3 + random.nextInt(40), 0, 96).toArray();
            for (int answer = 0; answer < 4; answer++) {
                int[] last = random.ints(1 + random.nextInt(9), 0, 96).toArray();
                int[] all = concat(concat(preamble, own), last);
                texts.add(new Text(all, all.length - last.length));
            }
        }
        texts.add(new Text(random.ints(2, 0, 96).toArray(), 1));
        texts.add(new Text(random.ints(140, 0, 96).toArray(), 1));
        return texts;
    }

    private static int[] concat(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    private static double[][] expected() {
        double[][] all = new double[TEXTS.size()][];
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 256)) {
            for (int i = 0; i < all.length; i++) {
                Text text = TEXTS.get(i);
                all[i] = new double[text.tokens().length - text.from()];
                try (KvCache cache = KvCache.open(decoder.cacheShape(), 256)) {
                    Sequence sequence = cache.sequence(256);
                    sequence.reserve(256);
                    Step step = decoder.step();
                    for (int p = 0; p < text.tokens().length; p++) {
                        step.add(text.tokens()[p], p, sequence.pages(), true);
                    }
                    decoder.forward(step, cache.layers());
                    for (int p = text.from(); p < text.tokens().length; p++) {
                        all[i][p - text.from()] = log(step.logits().row(p - 1), text.tokens()[p]);
                    }
                }
            }
        }
        return all;
    }

    private static double log(float[] logits, int token) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((double) logit - logits[token]);
        }
        return -Math.log(sum);
    }

    private static Scheduler open(Decoder decoder, Team team, int pages) {
        return Scheduler.open(decoder, team, ScheduleOptions.of(64 * pages));
    }

    /** The shape of steps, the size of the cache, the team, and who writes meanwhile: nothing changes a bit. */
    @ParameterizedTest(name = "steps of {0}, {1} pages, {2} workers, {3} writers")
    @CsvSource({"256, 60, 1, 0", "64, 60, 2, 5", "7, 4, 1, 0", "33, 9, 2, 3"})
    void tokensAreScoredAsAlone(int step, int pages, int workers, int writers) throws Exception {
        Random random = new Random(step);
        try (Team team = Team.ofSize(workers);
                Decoder decoder = Alone.load(MODEL, team, step);
                Scheduler scheduler = open(decoder, team, pages)) {
            List<Ticket> tickets = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                int[] prompt = random.ints(20, 0, 96).toArray();
                tickets.add(scheduler.submit(Request.of(prompt, SamplingOptions.greedy(), 40)));
            }
            List<CompletableFuture<double[]>> scores = new ArrayList<>();
            for (Text text : TEXTS) {
                scores.add(scheduler.score(text.tokens(), text.from(), Scope.SHARED));
            }
            for (int i = 0; i < scores.size(); i++) {
                assertThat(scores.get(i).get()).as("text %d", i).containsExactly(EXPECTED[i], within(1e-9));
            }
            for (int i = TEXTS.size() - 1; i >= 0; i--) {
                Text text = TEXTS.get(i);
                double[] again = scheduler
                        .score(text.tokens(), text.from(), Scope.SHARED)
                        .get();
                assertThat(again)
                        .as("text %d again", i)
                        .containsExactly(scores.get(i).get());
            }
            for (Ticket ticket : tickets) {
                assertThat(ticket.await().ids()).hasSize(40);
            }
            assertThat(scheduler.status().freeTokens()).isEqualTo(64 * pages);
        }
    }

    @Test
    void commonBeginningsAreComputedOnce() throws Exception {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = open(decoder, team, 60)) {
            List<CompletableFuture<double[]>> scores = new ArrayList<>();
            int all = 0;
            for (Text text : TEXTS.subList(0, 20)) {
                scores.add(scheduler.score(text.tokens(), text.from(), Scope.SHARED));
                all += text.tokens().length - 1;
            }
            for (CompletableFuture<double[]> score : scores) {
                score.get();
            }
            assertThat(scheduler.status().sharedTokens() + scheduler.status().promptTokens())
                    .isEqualTo(all);
            assertThat(scheduler.status().promptTokens()).isLessThan(150 + 5 * 43 + 20 * 20);
        }
    }

    @Test
    void whatCannotBeScoredIsRefused() throws Exception {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = open(decoder, team, 2)) {
            int[] text = new int[129];
            assertThat(scheduler.score(text, 129, Scope.SHARED).get()).isEmpty();
            assertThat(scheduler.score(text, 128, Scope.SHARED).get()).hasSize(1);
            assertThatThrownBy(() -> scheduler.score(text, 0, Scope.SHARED))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("from 1 to 129");
            assertThatThrownBy(() -> scheduler.score(new int[130], 1, Scope.SHARED))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("does not fit the cache of 128");
            assertThatThrownBy(() -> scheduler.score(new int[] {1, 96}, 1, Scope.SHARED))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("outside the vocabulary");
            CompletableFuture<double[]> cancelled = scheduler.score(text, 1, Scope.SHARED);
            cancelled.cancel(true);
            assertThat(scheduler.score(new int[] {1, 2}, 1, Scope.SHARED).get()).hasSize(1);
            CompletableFuture<double[]> late = scheduler.score(text, 1, Scope.SHARED);
            scheduler.close();
            assertThat(late).isDone();
        }
    }
}
