package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import dev.jerboa.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Completions are what each request is given alone, whatever else the scheduler does. */
class SchedulerTest {
    private static final RandomModel MODEL = RandomModel.tiny();
    private static final Alone ALONE = new Alone(MODEL);
    private static final List<Request> REQUESTS = ALONE.requests(new Random(1), 65);
    private static final int AMPLE = 65 * 256;

    @AfterAll
    static void close() {
        ALONE.close();
    }

    private static void same(Completion found, Request request) {
        same(found, request, ALONE);
    }

    private static void same(Completion found, Request request, Alone alone) {
        Completion expected = alone.of(request);
        assertThat(found.ids()).containsExactly(expected.ids());
        assertThat(found.ending()).isEqualTo(expected.ending());
        if (request.logProbabilities()) {
            assertThat(found.logProbabilities()).containsExactly(expected.logProbabilities(), within(1e-9));
        } else {
            assertThat(found.logProbabilities()).isEmpty();
        }
    }

    private static Request request(int promptSeed, int promptLength, long seed, int maxTokens) {
        int[] prompt = ALONE.prompt(new Random(promptSeed), promptLength);
        return Request.of(prompt, SamplingOptions.plain().withSeed(seed), maxTokens)
                .withLogProbabilities(true);
    }

    /** The shape of steps, the size of the cache, the order of requests and the team: nothing changes a bit. */
    @ParameterizedTest(name = "steps of {0}, {1} sequences, {2} prompt tokens, {3} pages, {4} workers")
    @CsvSource({
        "256, 65, 256, 260, 2",
        "64, 64, 64, 260, 1",
        "200, 65, 3, 260, 1",
        "7, 5, 2, 260, 1",
        "1, 1, 1, 260, 1",
        "32, 32, 32, 12, 2",
        "5, 5, 1, 4, 1"
    })
    void aRequestIsGivenTheSameAmongOthers(int step, int sequences, int promptTokens, int pages, int workers) {
        List<Request> requests = new ArrayList<>(REQUESTS);
        Collections.shuffle(requests, new Random(step));
        ScheduleOptions options =
                ScheduleOptions.of(64 * pages).withMaxSequences(sequences).withPromptTokens(promptTokens);
        try (Team team = Team.ofSize(workers);
                Decoder decoder = Alone.load(MODEL, team, step);
                Scheduler scheduler = Scheduler.open(decoder, team, options)) {
            List<Completion> completions = scheduler.run(requests);
            for (int i = 0; i < requests.size(); i++) {
                same(completions.get(i), requests.get(i));
            }
            SchedulerStatus status = scheduler.status();
            assertThat(status.freeTokens()).isEqualTo(64 * pages);
            assertThat(status.preemptions() > 0).isEqualTo(sequences > 4 && pages < 20);
            double[][] again = bits(scheduler.run(requests));
            assertThat(again).isDeepEqualTo(bits(completions));
        }
    }

    private static double[][] bits(List<Completion> completions) {
        return completions.stream().map(Completion::logProbabilities).toArray(double[][]::new);
    }

    static Stream<Arguments> tiers() {
        return Stream.of(OpsProvider.ops(), VectorOps.create(), new ScalarOps())
                .flatMap(ops ->
                        Stream.of(Ops.Precision.values()).map(precision -> Arguments.of(ops.tier(), precision, ops)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("tiers")
    void everyTierGivesTheSameAmongOthers(String tier, Ops.Precision precision, Ops ops) {
        List<Request> requests = REQUESTS.subList(0, 12);
        try (Alone alone = new Alone(MODEL, ops, precision);
                Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, ops, precision, team, 50);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 12))) {
            List<Completion> completions = scheduler.run(requests);
            for (int i = 0; i < requests.size(); i++) {
                same(completions.get(i), requests.get(i), alone);
            }
        }
    }

    @Test
    void samplesOfAPromptComputeItOnce() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(64 * 64))) {
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                requests.add(request(7, 150, i, 20));
            }
            List<Completion> completions = scheduler.run(requests);
            for (int i = 0; i < 8; i++) {
                same(completions.get(i), requests.get(i));
            }
            assertThat(completions.stream().map(c -> Arrays.toString(c.ids())).distinct())
                    .hasSizeGreaterThan(6);
            assertThat(scheduler.status().promptTokens()).isEqualTo(150 + 7);
            assertThat(scheduler.status().sharedTokens()).isEqualTo(7 * 149);
            assertThat(scheduler.status().pickedTokens()).isEqualTo(8 * 20);
        }
    }

    @Test
    void aListenerHearsWhatTheCompletionHas() throws InterruptedException {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(AMPLE))) {
            List<Integer> ids = new ArrayList<>();
            List<Double> logs = new ArrayList<>();
            AtomicReference<Completion> end = new AtomicReference<>();
            Ticket ticket = scheduler.submit(request(1, 5, 3, 30), new Listener() {
                @Override
                public boolean token(Pick pick) {
                    ids.add(pick.id());
                    logs.add(pick.logProbability());
                    return true;
                }

                @Override
                public void ended(Completion completion) {
                    end.set(completion);
                }
            });
            Completion completion = ticket.await();
            assertThat(ticket.isDone()).isTrue();
            assertThat(end.get()).isSameAs(completion);
            assertThat(completion.ids())
                    .containsExactly(ids.stream().mapToInt(i -> i).toArray());
            assertThat(completion.logProbabilities()).containsExactly(logs.toArray(Double[]::new));
            ticket.cancel(); // too late to matter
            assertThat(ticket.await()).isSameAs(completion);
        }
    }

    /** Threads that submit and cancel at any time, in a cache that holds a few requests. */
    @Test
    void manyThreadsAtATime() throws InterruptedException {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 32);
                Scheduler scheduler = Scheduler.open(
                        decoder, team, ScheduleOptions.of(64 * 14).withPromptTokens(8))) {
            Map<Request, Completion> found = Collections.synchronizedMap(new HashMap<>());
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                Random random = new Random(t);
                List<Request> own = ALONE.requests(random, 12);
                threads.add(Thread.startVirtualThread(() -> {
                    List<Ticket> tickets = own.stream().map(scheduler::submit).toList();
                    for (int i = 0; i < own.size(); i++) {
                        if (i % 4 == 3) {
                            tickets.get(i).cancel();
                        }
                        found.put(own.get(i), tickets.get(i).join());
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(found).hasSize(48);
            found.forEach((request, completion) -> {
                if (completion.ending() == Ending.CANCELLED) {
                    assertThat(Arrays.copyOf(ALONE.of(request).ids(), completion.ids().length))
                            .isEqualTo(completion.ids()); // of none, where it was cancelled before it began
                } else {
                    same(completion, request);
                }
            });
            assertThat(scheduler.status().freeTokens()).isEqualTo(64 * 14);
        }
    }

    @Test
    void aFailureEndsItsOwnRequestOnly() throws InterruptedException {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(AMPLE))) {
            Map<Integer, Float> all = new HashMap<>();
            for (int id = 0; id < MODEL.spec().vocabularySize(); id++) {
                all.put(id, Float.NEGATIVE_INFINITY);
            }
            Request good = request(1, 5, 3, 30);
            Ticket forbidden =
                    scheduler.submit(good.withSampling(SamplingOptions.plain().withLogitBias(all)));
            Ticket deaf = scheduler.submit(good, new Listener() {
                @Override
                public boolean token(Pick pick) {
                    throw new IllegalArgumentException("no more of this");
                }
            });
            Ticket other = scheduler.submit(good);
            assertThatIllegalStateException()
                    .isThrownBy(forbidden::await)
                    .withMessageContaining("every token is forbidden");
            assertThatIllegalStateException().isThrownBy(deaf::await).withMessageContaining("no more of this");
            same(other.await(), good);
            assertThatIllegalStateException()
                    .isThrownBy(() -> scheduler.run(List.of(
                            good, good.withSampling(SamplingOptions.plain().withLogitBias(all)))));
            same(scheduler.run(List.of(good)).getFirst(), good);
            assertThat(scheduler.status().freeTokens()).isEqualTo(AMPLE);
        }
    }

    @Test
    void aDecoderThatFailsEndsAll() {
        Team team = Team.ofSize(1);
        try (Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(AMPLE))) {
            team.close();
            Ticket ticket = scheduler.submit(request(1, 5, 3, 30));
            assertThatIllegalStateException()
                    .isThrownBy(ticket::await)
                    .withMessageContaining("a step of the decoder failed")
                    .withMessageContaining("team is closed");
            assertThatIllegalStateException().isThrownBy(() -> scheduler.submit(request(1, 5, 3, 30)));
        }
    }

    @Test
    void anInterruptCancelsARun() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(4096))) {
            Request long1 = request(1, 5, 3, 4000);
            Thread.currentThread().interrupt();
            List<Completion> completions = scheduler.run(List.of(long1, long1));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(completions).extracting(Completion::ending).containsOnly(Ending.CANCELLED);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingCancels(boolean begun) throws InterruptedException {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64)) {
            Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(4096));
            CountDownLatch first = new CountDownLatch(begun ? 1 : 0);
            Ticket ticket = scheduler.submit(request(1, 5, 3, 4000), new Listener() {
                @Override
                public boolean token(Pick pick) {
                    first.countDown();
                    return true;
                }
            });
            first.await();
            scheduler.close();
            scheduler.close();
            Completion completion = ticket.await();
            assertThat(completion.ending()).isEqualTo(Ending.CANCELLED);
            assertThat(completion.ids().length > 0 || !begun).isTrue();
            assertThat(completion.logProbabilities()).hasSameSizeAs(completion.ids());
            ticket.cancel();
            assertThatIllegalStateException().isThrownBy(() -> scheduler.submit(request(1, 5, 3, 4)));
        }
    }

    @Test
    void whatCannotRunIsRefused() {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 8);
                Scheduler scheduler = Scheduler.open(decoder, team, ScheduleOptions.of(128))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.submit(request(1, 100, 1, 30)))
                    .withMessageContaining("the cache of 128");
            same(scheduler.run(List.of(request(1, 100, 1, 29))).getFirst(), request(1, 100, 1, 29));
            Request wrong = Request.of(new int[] {1, 96}, SamplingOptions.greedy(), 1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.run(List.of(wrong)))
                    .withMessageContaining("token id 96 is outside the vocabulary of 96");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Request.of(new int[0], SamplingOptions.greedy(), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Request.of(new int[] {1}, SamplingOptions.greedy(), 0));
        assertThatIllegalArgumentException().isThrownBy(() -> ScheduleOptions.of(0));
    }
}
