package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When requests are served, and what that costs: never what they are given. */
@Timeout(60)
class ServiceTest {
    private static final RandomModel MODEL = RandomModel.tiny();
    private static final Alone ALONE = new Alone(MODEL);

    private final Team team = Team.ofSize(1);
    private final Decoder decoder = Alone.load(MODEL, team, 32);
    private final KvCache cache = KvCache.open(decoder.cacheShape(), 64 * 40);
    private final Counters counters = new Counters();
    private final List<String> ends = new ArrayList<>();

    @AfterAll
    static void closeAlone() {
        ALONE.close();
    }

    @AfterEach
    void close() {
        cache.close();
        decoder.close();
        team.close();
    }

    private Batch batch(ScheduleOptions options) {
        return new Batch(new DecoderSteps(decoder), Drafters.ofTexts(options), team, cache, options, counters);
    }

    private static ScheduleOptions oneAtATime() {
        return ScheduleOptions.of(64 * 40).withMaxSequences(1);
    }

    private Track track(String name, Request request) {
        return new Track(request, new Listener() {
            @Override
            public void ended(Completion completion) {
                ends.add(name);
                if (completion.ending() == Ending.LENGTH) {
                    assertThat(completion.ids())
                            .containsExactly(ALONE.of(request).ids());
                }
            }
        });
    }

    private static Request request(int seed, int length, int maxTokens, Service service) {
        return Request.of(ALONE.prompt(new Random(seed), length), SamplingOptions.greedy(), maxTokens)
                .withService(service);
    }

    private static void run(Batch batch) {
        while (!batch.isEmpty()) {
            batch.step();
        }
    }

    @Test
    void higherPrioritiesGoFirst() {
        Batch batch = batch(oneAtATime());
        for (int i = 0; i < 6; i++) {
            int priority = new int[] {0, 2, 1, 2, 0, 1}[i];
            batch.add(track("" + priority + i, request(i, 5, 3, new Service("", priority, Long.MAX_VALUE))));
        }
        run(batch);
        assertThat(ends).containsExactly("21", "23", "12", "15", "00", "04");
    }

    @Test
    void aClientWithManyRequestsDoesNotKeepOthersWaiting() {
        Batch batch = batch(oneAtATime());
        for (int i = 0; i < 6; i++) {
            batch.add(track("many" + i, request(i, 5, 4, new Service("many", 0, Long.MAX_VALUE))));
        }
        batch.add(track("few0", request(10, 5, 4, new Service("few", 0, Long.MAX_VALUE))));
        batch.add(track("few1", request(11, 5, 4, new Service("few", 0, Long.MAX_VALUE))));
        run(batch);
        assertThat(ends.subList(0, 4)).containsExactly("many0", "few0", "many1", "few1");
    }

    @Test
    void whoComesBackHasNoCreditForBeingAway() {
        Batch batch = batch(oneAtATime());
        batch.add(track("early", request(1, 5, 2, new Service("sleeper", 0, Long.MAX_VALUE))));
        for (int i = 0; i < 8; i++) {
            batch.add(track("busy" + i, request(10 + i, 5, 20, new Service("busy", 0, Long.MAX_VALUE))));
        }
        while (!ends.contains("busy3")) {
            batch.step();
        }
        for (int i = 0; i < 3; i++) {
            batch.add(track("late" + i, request(20 + i, 5, 20, new Service("sleeper", 0, Long.MAX_VALUE))));
        }
        run(batch);
        assertThat(ends.indexOf("late2")).isGreaterThan(ends.indexOf("busy5"));
        assertThat(ends.indexOf("late1")).isLessThan(ends.indexOf("busy7"));
    }

    @Test
    void theLastOfTheLowestPriorityGivesItsPages() {
        Batch batch = batch(ScheduleOptions.of(64 * 4));
        try (KvCache small = KvCache.open(decoder.cacheShape(), 64 * 4)) {
            Batch tight = new Batch(
                    new DecoderSteps(decoder),
                    Drafters.ofTexts(ScheduleOptions.of(1)),
                    team,
                    small,
                    ScheduleOptions.of(64 * 4),
                    counters);
            tight.add(track("low", request(1, 30, 120, new Service("a", 0, Long.MAX_VALUE))));
            tight.add(track("high", request(2, 30, 120, new Service("b", 1, Long.MAX_VALUE))));
            run(tight);
            assertThat(counters.status(0).preemptions()).isPositive();
            assertThat(ends).containsExactly("high", "low");
        }
        assertThat(batch.isEmpty()).isTrue();
    }

    @Test
    void timeIsUpForThoseThatWaitAndThoseThatRun() {
        Batch batch = batch(oneAtATime());
        long now = System.nanoTime();
        List<Ending> endings = new ArrayList<>();
        for (long deadline : new long[] {now + 50_000_000, now - 1}) {
            batch.add(new Track(request(1, 5, 2000, new Service("", 0, deadline)), new Listener() {
                @Override
                public void ended(Completion completion) {
                    endings.add(completion.ending());
                    if (deadline < now) {
                        assertThat(completion.ids()).isEmpty();
                    }
                }
            }));
        }
        run(batch);
        assertThat(endings).containsExactly(Ending.DEADLINE, Ending.DEADLINE);
        assertThat(cache.free()).isEqualTo(cache.capacity());
    }

    @Test
    void aListenerMayHaveEnough() {
        Batch batch = batch(oneAtATime());
        List<Completion> completions = new ArrayList<>();
        Request request = request(1, 5, 50, Service.USUAL);
        batch.add(new Track(request, new Listener() {
            private int left = 7;

            @Override
            public boolean token(Pick pick) {
                return --left > 0;
            }

            @Override
            public void ended(Completion completion) {
                completions.add(completion);
            }
        }));
        run(batch);
        assertThat(completions.getFirst().ending()).isEqualTo(Ending.ENOUGH);
        assertThat(completions.getFirst().ids())
                .containsExactly(Arrays.copyOf(ALONE.of(request).ids(), 7));
    }

    /** Turns of a conversation: a prompt that goes on from an earlier prompt and its reply computes what is new. */
    @Test
    void aConversationComputesWhatIsNew() {
        Batch batch = batch(oneAtATime());
        Request first = request(1, 100, 30, Service.USUAL);
        batch.add(track("first", first));
        run(batch);
        int[] reply = ALONE.of(first).ids();
        int[] next = Arrays.copyOf(first.prompt(), 150);
        System.arraycopy(reply, 0, next, 100, 30);
        System.arraycopy(ALONE.prompt(new Random(3), 20), 0, next, 130, 20);
        long before = counters.status(0).promptTokens();
        batch.add(track("second", Request.of(next, SamplingOptions.greedy(), 10)));
        run(batch);
        assertThat(counters.status(0).sharedTokens()).isEqualTo(129); // the reply's last token was never computed
        assertThat(counters.status(0).promptTokens() - before).isEqualTo(21);
        batch.add(track(
                "other scope", Request.of(next, SamplingOptions.greedy(), 10).withScope(new Scope(0, "somebody"))));
        run(batch);
        assertThat(counters.status(0).sharedTokens()).isEqualTo(129);
        batch.forget();
        batch.add(track("after forgetting", Request.of(next, SamplingOptions.greedy(), 10)));
        run(batch);
        assertThat(counters.status(0).sharedTokens()).isEqualTo(129);
        assertThat(ends).hasSize(4);
    }

    /** A system prompt that several requests begin with is computed once, though none of them is the other. */
    @Test
    void aCommonBeginningIsComputedOnce() {
        Batch batch = batch(ScheduleOptions.of(64 * 40));
        int[] system = ALONE.prompt(new Random(1), 90);
        for (int i = 0; i < 6; i++) {
            int[] prompt = Arrays.copyOf(system, 100 + i);
            System.arraycopy(ALONE.prompt(new Random(10 + i), 10 + i), 0, prompt, 90, 10 + i);
            batch.add(track("" + i, Request.of(prompt, SamplingOptions.greedy(), 20)));
        }
        run(batch);
        assertThat(ends).hasSize(6);
        assertThat(counters.status(0).promptTokens()).isLessThan(90 + 6 * 16 + 20);
    }

    /** Greedy replies of a small random model go round in circles, which guesses find. */
    @Test
    void guessesChangeTheNumberOfStepsOnly() {
        Batch batch = batch(oneAtATime().withSpeculation(Speculation.PROMPT_LOOKUP, 6, 4));
        for (int i = 0; i < 8; i++) {
            batch.add(track("" + i, request(i, 10, 200, Service.USUAL)));
        }
        run(batch);
        SchedulerStatus status = counters.status(0);
        assertThat(ends).hasSize(8);
        assertThat(status.pickedTokens()).isEqualTo(8 * 200);
        assertThat(status.confirmedTokens()).isPositive().isLessThanOrEqualTo(status.guessedTokens());
        assertThat(status.steps()).isLessThan(8 * 200);
        assertThat(cache.free()).isEqualTo(cache.capacity());
    }

    @Test
    void theLikeliestTokensAreTold() {
        Batch batch = batch(oneAtATime());
        Request request = request(1, 5, 20, Service.USUAL).withLikeliest(5);
        List<Pick> picks = new ArrayList<>();
        batch.add(new Track(request, new Listener() {
            @Override
            public boolean token(Pick pick) {
                return picks.add(pick);
            }
        }));
        run(batch);
        assertThat(picks).hasSize(20);
        for (Pick pick : picks) {
            assertThat(pick.likeliest()).hasSize(5).doesNotHaveDuplicates();
            assertThat(pick.likeliest()[0]).isEqualTo(pick.id());
            assertThat(pick.likeliestLogProbabilities()[0]).isCloseTo(pick.logProbability(), within(1e-12));
            for (int i = 1; i < 5; i++) {
                assertThat(pick.likeliestLogProbabilities()[i])
                        .isLessThanOrEqualTo(pick.likeliestLogProbabilities()[i - 1]);
            }
            assertThat(Arrays.stream(pick.likeliestLogProbabilities())
                            .map(Math::exp)
                            .sum())
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void moreThanMayWaitIsRefused() throws InterruptedException {
        try (Scheduler scheduler = Scheduler.open(decoder, team, oneAtATime().withMaxWaiting(2))) {
            CountDownLatch running = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            Ticket first = scheduler.submit(request(1, 5, 20, Service.USUAL), new Listener() {
                @Override
                public boolean token(Pick pick) {
                    running.countDown();
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    return true;
                }
            });
            running.await();
            Ticket second = scheduler.submit(request(2, 5, 20, Service.USUAL));
            Ticket third = scheduler.submit(request(3, 5, 20, Service.USUAL));
            assertThatThrownBy(() -> scheduler.submit(request(4, 5, 20, Service.USUAL)))
                    .isInstanceOf(OverloadedException.class)
                    .hasMessageContaining("2 requests wait");
            Ticket withThird = scheduler.submit(request(3, 5, 20, Service.USUAL), Listener.NONE, true);
            goOn.countDown();
            for (Ticket ticket : List.of(first, second, third, withThird)) {
                assertThat(ticket.await().ending()).isEqualTo(Ending.LENGTH);
            }
        }
    }

    /** What a listener throws ends its own request, whatever it was told. */
    @Test
    void aListenerThatThrowsEndsItsRequestOnly() throws InterruptedException {
        Request request = request(1, 40, 20, Service.USUAL);
        try (Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 20))) {
            List<Ticket> broken = new ArrayList<>();
            for (int last : new int[] {0, 32, 40}) {
                broken.add(scheduler.submit(request.withScope(new Scope(0, "" + last)), new Listener() {
                    @Override
                    public void prompt(int known, int takenOver) {
                        if (known >= last) {
                            throw new UnsupportedOperationException("at " + last);
                        }
                    }
                }));
            }
            Ticket other = scheduler.submit(request.withScope(new Scope(0, "other")));
            assertThat(other.await().ids()).containsExactly(ALONE.of(request).ids());
            for (Ticket ticket : broken) {
                assertThatThrownBy(ticket::await)
                        .isInstanceOf(IllegalStateException.class)
                        .hasRootCauseInstanceOf(UnsupportedOperationException.class);
            }
            SchedulerStatus status = scheduler.status();
            assertThat(status.freeTokens()).isEqualTo(status.cacheTokens());
            assertThat(status.running() + status.waiting()).isZero();
        }
    }

    /** Whoever waits is told the end, whatever the listeners of others throw at theirs; and why the scheduler takes no more. */
    @Test
    void aDecoderThatFailsIsToldToAll() {
        StepModel failing = new ForwardingSteps(new DecoderSteps(decoder)) {
            @Override
            public FloatRows run(List<KvLayer> cache) {
                throw new UnsupportedOperationException("no step");
            }
        };
        try (Scheduler scheduler = Scheduler.open(failing, team, ScheduleOptions.of(64 * 20))) {
            Listener broken = new Listener() {
                @Override
                public void failed(RuntimeException cause) {
                    throw new StackOverflowError("in a listener");
                }
            };
            Ticket first = scheduler.submit(request(1, 5, 20, Service.USUAL), broken);
            assertThatThrownBy(first::await).hasRootCauseInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() ->
                            scheduler.submit(request(2, 5, 20, Service.USUAL)).await())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no step");
        }
    }
}
