package dev.jerboa.train.rl;

import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Accuracy;
import dev.jerboa.train.task.HeldOut;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Verdict;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.generate.Tasks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How many problems of a task a model gets right that it was never trained on, in wordings of training or in new ones: with the most
 * likely reply, and with several that are drawn. A function of the model, the task and the settings.
 *
 * @param task its name
 * @param heldOut false where the task has no problems to hold out, such as texts to be known by heart, and the wordings are those of
 *     training
 * @param greedy right answers when every token is the most likely one
 * @param unparseable greedy replies without an answer of the task's form
 * @param unended greedy replies that were cut at the most tokens
 * @param meanTokens of a greedy reply
 * @param drawn the same with drawn replies, where they were asked for
 */
public record TaskEvaluation(
        String task,
        boolean heldOut,
        Accuracy greedy,
        int unparseable,
        int unended,
        double meanTokens,
        Optional<Drawn> drawn) {

    /**
     * What is asked.
     *
     * @param count problems of a task, or as many as there are
     * @param samples drawn replies to each problem beside the greedy one; 0 for none
     * @param temperature of drawn replies
     * @param seed of problems and draws
     * @param wordings of the questions; the problems are the same in either
     */
    public record Settings(int count, int samples, float temperature, long seed, Wordings wordings) {
        /** In the wordings of training. */
        public Settings(int count, int samples, float temperature, long seed) {
            this(count, samples, temperature, seed, Wordings.TRAINED);
        }

        public Settings {
            if (count < 1 || samples < 0 || !(temperature > 0)) {
                throw new IllegalArgumentException("an evaluation with " + count + " problems, " + samples
                        + " samples and temperature " + temperature
                        + ", expected at least 1, at least 0 and more than 0");
            }
        }
    }

    /**
     * Several replies to each problem.
     *
     * @param samples k, the replies to a problem
     * @param mean the share of right replies, mean@k
     * @param standardError of the mean, over problems
     * @param pass problems with at least one right reply, pass@k
     */
    public record Drawn(int samples, double mean, double standardError, Accuracy pass) {}

    /** Asks a model. */
    public static TaskEvaluation of(Task task, Settings settings, Rollouts rollouts) {
        return of(task, settings, rollouts::of);
    }

    static TaskEvaluation of(
            Task task, Settings settings, Function<List<Rollouts.Draw>, List<Rollouts.Reply>> rollouts) {
        boolean shifted = Tasks.shifted().contains(task);
        Wordings wordings = settings.wordings;
        List<Problem> problems = shifted ? List.of() : HeldOut.problems(task, wordings, settings.count, settings.seed);
        boolean heldOut = shifted || wordings == Wordings.NEW || !problems.isEmpty();
        if (problems.isEmpty()) {
            problems = HeldOut.all(task, wordings, settings.count, settings.seed);
        }
        int unparseable = 0;
        int unended = 0;
        int correct = 0;
        double tokens = 0;
        List<Rollouts.Reply> replies = rollouts.apply(problems.stream()
                .map(problem -> new Rollouts.Draw(problem, SamplingOptions.greedy()))
                .toList());
        for (int i = 0; i < replies.size(); i++) {
            Rollouts.Reply reply = replies.get(i);
            Verdict verdict = Verdict.of(problems.get(i), reply.text());
            correct += verdict == Verdict.CORRECT ? 1 : 0;
            unparseable += verdict == Verdict.UNPARSEABLE ? 1 : 0;
            unended += reply.ended() ? 0 : 1;
            tokens += reply.ids().length;
        }
        return new TaskEvaluation(
                task.name(),
                heldOut,
                new Accuracy(correct, replies.size()),
                unparseable,
                unended,
                tokens / Math.max(1, replies.size()),
                settings.samples == 0 ? Optional.empty() : Optional.of(drawn(problems, settings, rollouts)));
    }

    private static Drawn drawn(
            List<Problem> problems, Settings settings, Function<List<Rollouts.Draw>, List<Rollouts.Reply>> rollouts) {
        int k = settings.samples;
        List<Rollouts.Draw> draws = new ArrayList<>();
        for (int p = 0; p < problems.size(); p++) {
            for (int s = 0; s < k; s++) {
                long seed = Draws.of(settings.seed, p, s).bits();
                SamplingOptions sampling = SamplingOptions.plain()
                        .withTemperature(settings.temperature)
                        .withSeed(seed);
                draws.add(new Rollouts.Draw(problems.get(p), sampling));
            }
        }
        List<Rollouts.Reply> replies = rollouts.apply(draws);
        int passed = 0;
        double sum = 0;
        double squares = 0;
        for (int p = 0; p < problems.size(); p++) {
            int right = 0;
            for (Rollouts.Reply reply : replies.subList(p * k, (p + 1) * k)) {
                right += Verdict.of(problems.get(p), reply.text()) == Verdict.CORRECT ? 1 : 0;
            }
            passed += right > 0 ? 1 : 0;
            double share = (double) right / k;
            sum += share;
            squares += share * share;
        }
        int n = problems.size();
        double mean = sum / Math.max(1, n);
        double variance = n < 2 ? Double.NaN : Math.max(0, squares - n * mean * mean) / (n - 1);
        return new Drawn(k, mean, Math.sqrt(variance / n), new Accuracy(passed, n));
    }
}
