package dev.jerboa.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.GenerationDefaults;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CompletionTest {
    private static final GenerateOptions DEFAULTS = GenerateOptions.defaults();

    @Test
    void continuesUntilTheModelEnds() {
        ScriptedModel script = ScriptedModel.answering(512, before -> "world!");
        try (LanguageModel model = script.open(100, 100, "")) {
            List<Chunk> chunks = new ArrayList<>();
            Reply reply = model.complete("Hello |", DEFAULTS, chunks::add);
            assertThat(reply.text()).isEqualTo("world!");
            assertThat(reply.reasoning()).isEmpty();
            assertThat(reply.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(reply.message()).isEmpty();
            assertThat(reply.tokens()).isEqualTo(new TokenCounts(8, 0, 7));
            assertThat(chunks).extracting(Chunk::text).containsExactly("w", "o", "r", "l", "d", "!");
            assertThat(reply.timings().promptTokens()).isEqualTo(8);
            assertThat(reply.timings().generationTokens()).isEqualTo(6);
            assertThat(reply.timings().promptTokensPerSecond()).isPositive();
        }
        assertThat(script.closed).isTrue();
    }

    @Test
    void readsLongPromptsInChunks() {
        ScriptedModel script = ScriptedModel.answering(4, before -> "ab");
        try (LanguageModel model = script.open(100, 100, "")) {
            assertThat(model.complete("123456789|", DEFAULTS).text()).isEqualTo("ab"); // 11 tokens with BOS
            assertThat(script.steps).containsExactly(4, 4, 3, 1, 1);
        }
    }

    @Test
    void endsAtTheLengthAskedFor() {
        try (LanguageModel model =
                ScriptedModel.answering(9, before -> "abcdef").open(100, 100, "")) {
            Reply reply = model.complete("|", DEFAULTS.withMaxTokens(3));
            assertThat(reply.text()).isEqualTo("abc");
            assertThat(reply.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(reply.tokens().generated()).isEqualTo(3);
        }
    }

    @Test
    void endsBeforeAStopString() {
        try (LanguageModel model =
                ScriptedModel.answering(9, before -> "one\nUser: two").open(100, 100, "")) {
            List<String> pieces = new ArrayList<>();
            Reply reply =
                    model.complete("|", DEFAULTS.withStops(List.of("\nUser:")), chunk -> pieces.add(chunk.text()));
            assertThat(reply.text()).isEqualTo("one");
            assertThat(String.join("", pieces)).isEqualTo("one");
            assertThat(reply.finishReason()).isEqualTo(FinishReason.STOP_STRING);
            assertThat(reply.message()).contains("User:");
        }
    }

    @Test
    void textHeldBackForAStopComesAtTheEnd() {
        try (LanguageModel model =
                ScriptedModel.answering(9, before -> "one\nUs").open(100, 100, "")) {
            List<String> pieces = new ArrayList<>();
            Reply reply =
                    model.complete("|", DEFAULTS.withStops(List.of("\nUser:")), chunk -> pieces.add(chunk.text()));
            assertThat(reply.text()).isEqualTo("one\nUs");
            assertThat(pieces).containsExactly("o", "n", "e", "\nUs");
        }
    }

    @Test
    void saysWhenTheContextIsFull() {
        try (LanguageModel model =
                ScriptedModel.answering(9, before -> "x".repeat(1000)).open(70, 128, "")) {
            Reply reply = model.complete("12345678|", DEFAULTS);
            assertThat(reply.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
            assertThat(reply.tokens()).isEqualTo(new TokenCounts(10, 0, 61)); // 60 fit, one more is predicted
            assertThat(reply.message()).contains("context of 70 tokens is full");

            Reply tooLong = model.complete("1".repeat(70), DEFAULTS);
            assertThat(tooLong.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
            assertThat(tooLong.message()).contains("71 tokens").contains("holds 70");
            assertThat(tooLong.tokens().generated()).isZero();

            Reply exact = model.complete("1".repeat(69), DEFAULTS);
            assertThat(exact.tokens().generated()).isEqualTo(1);
        }
    }

    @Test
    void whereTheCacheIsFullOneWaitsForTheOther() {
        ScriptedModel script = ScriptedModel.answering(500, before -> "x".repeat(1000));
        try (LanguageModel model = script.open(128, 128, "")) {
            List<Reply> inner = new ArrayList<>();
            Reply outer = model.complete("|", DEFAULTS.withMaxTokens(100), chunk -> {
                if (inner.isEmpty()) {
                    inner.add(model.complete("|", DEFAULTS));
                }
            });
            assertThat(inner.getFirst().tokens().generated()).isEqualTo(127);
            assertThat(outer.tokens().generated()).isEqualTo(100);
        }
    }

    @Test
    void cancelsFromAnotherThread() throws Exception {
        ScriptedModel script = ScriptedModel.answering(9, before -> "x".repeat(1000));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        try (LanguageModel model = script.open(1000, 1000, "")) {
            Cancellation cancellation = new Cancellation();
            CompletableFuture<Reply> reply = CompletableFuture.supplyAsync(
                    () -> model.complete("|", DEFAULTS.withCancellation(cancellation), chunk -> {
                        begun.countDown();
                        await(cancelled);
                    }));
            await(begun);
            cancellation.cancel();
            cancelled.countDown();
            assertThat(reply.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(reply.get().text()).isEqualTo("x");
            Reply atOnce = model.complete("|", DEFAULTS.withCancellation(cancellation));
            assertThat(atOnce.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(atOnce.tokens().generated()).isZero();
        }
    }

    @Test
    void anInterruptCancelsAndStaysSet() {
        try (LanguageModel model = ScriptedModel.answering(9, before -> "abc").open(100, 100, "")) {
            Reply reply = model.complete(
                    "|", DEFAULTS, chunk -> Thread.currentThread().interrupt());
            assertThat(reply.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void closingWaitsForTheStepAndEndsRunningReplies() throws Exception {
        ScriptedModel script = ScriptedModel.answering(9, before -> "x".repeat(1000));
        CountDownLatch inStep = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        script.duringStep = step -> {
            if (step == 3) {
                inStep.countDown();
                await(goOn);
                assertThat(script.closed).isFalse();
            }
        };
        LanguageModel model = script.open(1000, 1000, "");
        CompletableFuture<Reply> reply = CompletableFuture.supplyAsync(() -> model.complete("|", DEFAULTS));
        await(inStep);
        Thread closer = Thread.ofVirtual().start(model::close);
        goOn.countDown();
        assertThatThrownBy(reply::get)
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the model is closed");
        closer.join();
        assertThat(script.closed).isTrue();
        model.close();
        assertThatThrownBy(() -> model.complete("|", DEFAULTS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the model is closed");
        assertThatThrownBy(() -> model.chat(ChatOptions.defaults())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void manyCompletionsOnVirtualThreadsDoNotMix() throws Exception {
        ScriptedModel script =
                ScriptedModel.answering(3, before -> before.replace("|", "").repeat(12));
        try (LanguageModel model = script.open(200, 20 * 256, "");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String prompt = "prompt " + i + "|";
                replies.add(threads.submit(() -> model.complete(prompt, DEFAULTS)));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(replies.get(i).get().text()).isEqualTo(("prompt " + i).repeat(12));
            }
        }
    }

    @Test
    void logitsThatAreNoNumbersAreReportedAndPagesComeBack() {
        try (LanguageModel model =
                ScriptedModel.answering(9, before -> "ab\u0003").open(100, 100, "")) {
            assertThatThrownBy(() -> model.complete("|", DEFAULTS)).hasMessageContaining("NaN");
            assertThat(model.complete("|", DEFAULTS.withMaxTokens(2)).text()).isEqualTo("ab");
        }
    }

    @Test
    void ignoresTheEndWhereAsked() {
        try (LanguageModel model = ScriptedModel.answering(9, before -> "ab").open(100, 100, "")) {
            Reply reply = model.complete("|", DEFAULTS.withIgnoreEnd(true).withMaxTokens(5));
            assertThat(reply.tokens().generated()).isEqualTo(5);
            assertThat(reply.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void aModelWithoutTemplateSaysWhatToDo() {
        try (LanguageModel model = ScriptedModel.answering(9, before -> "").open(100, 100, "")) {
            assertThat(model.hasChatTemplate()).isFalse();
            assertThatThrownBy(() -> model.chat(ChatOptions.defaults()))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("no chat template");
        }
    }

    @Test
    void publishesAtTheSubscribersPace() throws Exception {
        ScriptedModel script = ScriptedModel.answering(9, before -> "abcdef");
        try (LanguageModel model = script.open(100, 100, "")) {
            Collector all = new Collector(1, Integer.MAX_VALUE);
            model.publish("|", DEFAULTS).subscribe(all);
            assertThat(all.text.get(10, TimeUnit.SECONDS)).isEqualTo("abcdef");

            Collector two = new Collector(1, 2);
            model.publish("|", DEFAULTS).subscribe(two);
            assertThat(two.text.get(10, TimeUnit.SECONDS)).isEqualTo("ab");
        }
    }

    @Test
    void publishesErrors() {
        ScriptedModel script = ScriptedModel.answering(9, before -> "a\u0003");
        try (LanguageModel model = script.open(100, 100, "")) {
            Collector failing = new Collector(Long.MAX_VALUE, Integer.MAX_VALUE);
            model.publish("|", DEFAULTS).subscribe(failing);
            assertThatThrownBy(() -> failing.text.get(10, TimeUnit.SECONDS)).hasMessageContaining("NaN");
            Collector negative = new Collector(0, Integer.MAX_VALUE);
            model.publish("|", DEFAULTS).subscribe(negative);
            assertThatThrownBy(() -> negative.text.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void progressOfThePromptIsToldBeforeEachStepAndAtTheEnd() {
        List<String> told = new ArrayList<>();
        try (LanguageModel model = ScriptedModel.answering(4, text -> "ok").open(100, 100, "")) {
            model.complete("0123456789|", DEFAULTS.withProgress((done, total) -> told.add(done + "/" + total)));
        }
        assertThat(told).containsExactly("0/12", "4/12", "8/12", "12/12");
    }

    @Test
    void defaultSamplingIsThePublishersOrElseGreedy() {
        assertThat(Jerboa.sampling(new GenerationDefaults(new int[0], false, null, null, null, null, null)))
                .isEqualTo(SamplingOptions.greedy());
        assertThat(Jerboa.sampling(new GenerationDefaults(new int[0], true, 0.6f, 20, 0.95f, null, 1.05f)))
                .isEqualTo(SamplingOptions.plain()
                        .withTemperature(0.6f)
                        .withTopK(20)
                        .withTopP(0.95f)
                        .withRepetitionPenalty(1.05f));
    }

    @Test
    void contextsLongerThanTheModelAreRefused() {
        assertThat(OpenOptions.defaults().contextFor(100_000)).isEqualTo(8192);
        assertThat(OpenOptions.defaults().contextFor(512)).isEqualTo(512);
        assertThat(OpenOptions.defaults().withContextLength(20_000).contextFor(100_000))
                .isEqualTo(20_000);
        assertThatThrownBy(() -> OpenOptions.defaults().withContextLength(1000).contextFor(512))
                .hasMessageContaining("1000")
                .hasMessageContaining("512");
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody came");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Asks for {@code batch} chunks at a time and cancels after {@code limit}. */
    private static final class Collector implements Flow.Subscriber<Chunk> {
        final CompletableFuture<String> text = new CompletableFuture<>();
        private final StringBuilder got = new StringBuilder();
        private final long batch;
        private final int limit;
        private Flow.Subscription subscription = new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        };

        Collector(long batch, int limit) {
            this.batch = batch;
            this.limit = limit;
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            subscription = s;
            s.request(batch);
        }

        @Override
        public void onNext(Chunk chunk) {
            got.append(chunk.text());
            if (got.length() == limit) {
                subscription.cancel();
                text.complete(got.toString());
            }
            subscription.request(batch);
        }

        @Override
        public void onError(Throwable e) {
            text.completeExceptionally(e);
        }

        @Override
        public void onComplete() {
            text.complete(got.toString());
        }
    }
}
