package dev.jerboa.engine.eval.run;

import dev.jerboa.engine.chat.ReplyCollector;
import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.engine.eval.task.Extraction;
import dev.jerboa.engine.eval.task.Item;
import dev.jerboa.engine.eval.task.Shots;
import dev.jerboa.engine.eval.task.Task;
import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.AskListener;
import dev.jerboa.engine.generate.Asked;
import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.sample.SamplingOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a model a task's items, some at a time, and counts what is right. An item's result depends on the model and its prompt alone.
 *
 * <p>Of choices: {@code acc} takes the one with the greatest log-probability, {@code acc_norm} the one with the greatest per byte of the
 * choice's text; of equal ones the first. {@code right_bits_per_byte} is what the right choice costs. Of written replies, the most likely
 * token each time: {@code match:NAME} for every way to find the answer, {@code unended} where the most tokens were reached.
 */
public final class Evaluation {
    private static final double LN2 = 0.6931471805599453;

    private final LanguageModel model;
    private final Task task;
    private final Asking asking;
    private final Options options;

    /**
     * How items are asked.
     *
     * @param limit the first so many items; 0 for all
     * @param chat whether questions are put into the model's chat template
     * @param inFlight items that are under way at a time: changes the speed only
     * @param seed of bootstrapped intervals
     */
    public record Options(int limit, boolean chat, int inFlight, long seed) {
        public Options {
            if (limit < 0 || inFlight < 1) {
                throw new IllegalArgumentException("limit " + limit + ", items in flight " + inFlight
                        + ": expected whole numbers from 0, the last from 1");
            }
        }
    }

    /** @throws dev.jerboa.model.ModelException where the model has no tokenizer, or no chat template though one is to be used */
    public Evaluation(LanguageModel model, Task task, Shots shots, Options options) {
        if (options.chat() && !model.hasChatTemplate()) {
            throw new EvalException(model.name() + " has no chat template: ask without one, as plain text");
        }
        this.model = model;
        this.task = task;
        this.asking = new Asking(model, shots, task.separator(), options.chat());
        this.options = options;
    }

    /** Items that are asked. */
    public int count() {
        int all = task.items().size();
        return options.limit() == 0 ? all : Math.min(all, options.limit());
    }

    /** An item that is under way. */
    private interface Pending {
        ItemResult await() throws InterruptedException, ExecutionException;

        void cancel();
    }

    /**
     * Asks what the folder has no results of yet.
     *
     * @param folder gets each result when it and all before it are there; null for none
     * @param progress told how many items are done
     */
    public Report run(@Nullable RunFolder folder, IntConsumer progress) {
        List<ItemResult> results = new ArrayList<>(folder == null ? List.of() : folder.done());
        int count = count();
        if (results.size() > count) {
            throw new EvalException("the log has " + results.size() + " results of a task with " + count + " items");
        }
        ArrayDeque<Pending> pending = new ArrayDeque<>();
        int next = results.size();
        try {
            while (results.size() < count) {
                while (next < count && pending.size() < options.inFlight()) {
                    pending.addLast(begin(next++));
                }
                ItemResult result = pending.getFirst().await();
                pending.removeFirst();
                if (folder != null) {
                    folder.append(result);
                }
                results.add(result);
                progress.accept(results.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EvalException("interrupted after " + results.size() + " items", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new EvalException(
                    "line " + task.items().get(results.size()).line() + ": asking failed: " + cause.getMessage(),
                    cause);
        } finally {
            pending.forEach(Pending::cancel);
        }
        return Report.of(results, options.seed());
    }

    private Pending begin(int index) {
        return switch (task.items().get(index)) {
            case Item.Choices choices -> new Choosing(index, choices);
            case Item.Written written -> new Reading(index, written);
        };
    }

    /** Choices whose tokens are being scored. */
    private final class Choosing implements Pending {
        private final int index;
        private final Item.Choices item;
        private final List<CompletableFuture<double[]>> scores = new ArrayList<>();
        private boolean cut;

        Choosing(int index, Item.Choices item) {
            this.index = index;
            this.item = item;
            for (Item.Choice choice : item.choices()) {
                Asking.Scored scored = asking.scored(item, choice);
                cut |= scored.cut();
                scores.add(model.score(scored.tokens(), scored.from(), 0));
            }
        }

        @Override
        public ItemResult await() throws InterruptedException, ExecutionException {
            int count = scores.size();
            List<Double> sums = new ArrayList<>();
            List<Integer> tokens = new ArrayList<>();
            int likeliest = 0;
            int perByte = 0;
            double[] normed = new double[count];
            for (int i = 0; i < count; i++) {
                double[] logs = scores.get(i).get();
                double sum = 0;
                for (double log : logs) {
                    sum += log;
                }
                if (!Double.isFinite(sum)) {
                    throw new EvalException("line " + item.line() + ": the log-probability of choice " + (i + 1)
                            + " is " + sum + ": the model's weights or this computation are damaged");
                }
                sums.add(sum);
                tokens.add(logs.length);
                normed[i] = sum / bytes(i);
                likeliest = sum > sums.get(likeliest) ? i : likeliest;
                perByte = normed[i] > normed[perByte] ? i : perByte;
            }
            Map<String, Boolean> right = new LinkedHashMap<>();
            right.put("acc", likeliest == item.right());
            right.put("acc_norm", perByte == item.right());
            Map<String, @Nullable Object> details = new LinkedHashMap<>();
            details.put("answer", item.right());
            details.put("likeliest", likeliest);
            details.put("likeliest_per_byte", perByte);
            details.put("log_probabilities", sums);
            details.put("tokens", tokens);
            details.put("cut", cut);
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("right_bits_per_byte", -normed[item.right()] / LN2);
            return new ItemResult(index, item.line(), item.group(), right, values, details);
        }

        private int bytes(int choice) {
            return item.choices().get(choice).text().getBytes(StandardCharsets.UTF_8).length;
        }

        @Override
        public void cancel() {
            scores.forEach(score -> score.cancel(true));
        }
    }

    /** A reply that is being written. */
    private final class Reading implements Pending {
        private final int index;
        private final Item.Written item;
        private final boolean cut;
        private final Ear ear = new Ear();
        private final Asked asked;

        Reading(int index, Item.Written item) {
            this.index = index;
            this.item = item;
            Asking.Continued continued = asking.continued(item, task.maxTokens());
            this.cut = continued.cut();
            Ask ask = Ask.of(continued.prompt(), SamplingOptions.greedy())
                    .withMaxTokens(task.maxTokens())
                    .withStops(task.stops());
            this.asked = model.ask(ask, ear);
        }

        @Override
        public ItemResult await() throws InterruptedException, ExecutionException {
            Outcome outcome = ear.outcome.get();
            if (outcome.reason() == FinishReason.CANCELLED) {
                throw new EvalException("the model was closed");
            }
            String reply = ear.text.answer().toString();
            Map<String, Boolean> right = new LinkedHashMap<>();
            Map<String, @Nullable Object> found = new LinkedHashMap<>();
            for (Extraction extraction : task.extractions()) {
                Optional<String> answer = extraction.of(reply);
                right.put(
                        "match:" + extraction.name(),
                        answer.isPresent() && extraction.matches(answer.get(), item.target()));
                found.put(extraction.name(), answer.orElse(null));
            }
            right.put("unended", outcome.reason() == FinishReason.LENGTH);
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("reply_tokens", (double) outcome.tokens().generated());
            Map<String, @Nullable Object> details = new LinkedHashMap<>();
            details.put("target", item.target());
            details.put("found", found);
            details.put("reply", reply);
            details.put("finish", outcome.reason().name().toLowerCase(Locale.ROOT));
            details.put("cut", cut);
            return new ItemResult(index, item.line(), item.group(), right, values, details);
        }

        @Override
        public void cancel() {
            asked.cancel();
        }
    }

    /** Hears a reply. */
    private static final class Ear implements AskListener {
        final ReplyCollector text = new ReplyCollector();
        final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

        @Override
        public void answer(CharSequence piece) {
            text.answer(piece);
        }

        @Override
        public void reasoning(CharSequence piece) {
            text.reasoning(piece);
        }

        @Override
        public void callStarted(int index, String id, String name) {
            text.callStarted(index, id, name);
        }

        @Override
        public void callArguments(int index, CharSequence json) {
            text.callArguments(index, json);
        }

        @Override
        public void callFinished(int index, boolean whole) {
            text.callFinished(index, whole);
        }

        @Override
        public void ended(Outcome outcome) {
            this.outcome.complete(outcome);
        }

        @Override
        public void failed(RuntimeException cause) {
            outcome.completeExceptionally(cause);
        }
    }
}
