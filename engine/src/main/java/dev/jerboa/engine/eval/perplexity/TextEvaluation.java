package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.engine.eval.statistic.Mean;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures models on a text. Rows of logits are shared out to the team and their figures added in the text's order, so results are the
 * same for any number of threads. One thread at a time.
 */
public final class TextEvaluation {
    private final EvalText text;
    private final PerplexityOptions options;
    private final Team team;
    private final List<Window> windows;
    private final int scored;
    private final IntConsumer progress;

    /**
     * @param team shares out rows; usually the models' own
     * @param progress told how many tokens are scored
     * @throws EvalException where the text is too short
     */
    public TextEvaluation(EvalText text, PerplexityOptions options, Team team, IntConsumer progress) {
        this.text = text;
        this.options = options;
        this.team = team;
        this.windows = Windows.of(text.tokens().length, options);
        this.scored = Windows.scored(windows);
        this.progress = progress;
    }

    /** Tokens that are scored. */
    public int scored() {
        return scored;
    }

    /** The figures of a step's rows, written by workers, each row by one. */
    private static final class Rows {
        final double[] loss;
        final double[] baseLoss;
        final double[] divergence;
        final boolean[] same;

        Rows(int most) {
            loss = new double[most];
            baseLoss = new double[most];
            divergence = new double[most];
            same = new boolean[most];
        }
    }

    private Distribution[] distributions(int vocabularySize) {
        Distribution[] all = new Distribution[team.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Distribution(vocabularySize);
        }
        return all;
    }

    /** What a worker does with a row. */
    private interface RowWork {
        void row(Worker worker, int row);
    }

    private void share(int rows, RowWork work) {
        team.run(worker -> {
            for (int row = worker.from(rows, 1), end = worker.to(rows, 1); row < end; row++) {
                work.row(worker, row);
            }
        });
    }

    /**
     * A model's perplexity.
     *
     * @param save the file that its distributions are written to, for {@link #against(Subject, LogitsFile)}; null for none
     */
    public Perplexity of(Subject subject, @Nullable Path save) {
        int vocabulary = subject.model().vocabularySize();
        if (save == null) {
            return of(subject, null, null);
        }
        Map<String, @Nullable Object> header = LogitsFile.header(text, options, windows.size(), scored, vocabulary);
        try (LogitsFile.Writer writer = new LogitsFile.Writer(save, header)) {
            int most = WindowWalk.mostRows(vocabulary, subject.model().maxStepTokens());
            Perplexity perplexity = of(subject, writer, LogitsFile.buffer(most, vocabulary));
            writer.finish();
            return perplexity;
        }
    }

    private Perplexity of(Subject subject, LogitsFile.@Nullable Writer writer, @Nullable MemorySegment encoded) {
        int vocabulary = subject.model().vocabularySize();
        Distribution[] models = distributions(vocabulary);
        Mean losses = new Mean();
        try (WindowWalk walk = new WindowWalk(text, options, windows, List.of(subject))) {
            Rows rows = new Rows(walk.mostRows());
            walk(walk, (targets, count, logits) -> {
                FloatRows table = logits.getFirst();
                share(count, (worker, row) -> {
                    Distribution model = models[worker.id()];
                    int target = text.tokens()[targets[row]];
                    model.read(table, row);
                    rows.loss[row] = -model.log(target);
                    if (encoded != null) {
                        LogitsFile.encode(model, target, encoded, row);
                    }
                });
                for (int row = 0; row < count; row++) {
                    losses.add(finite(rows.loss[row], targets[row]));
                }
                if (writer != null && encoded != null) {
                    writer.write(encoded, count, vocabulary);
                }
            });
        }
        return Perplexity.of(options, windows.size(), losses, bytes());
    }

    private void walk(WindowWalk walk, WindowWalk.Visitor visitor) {
        int[] done = {0};
        boolean more = true;
        while (more) {
            more = walk.step((targets, count, logits) -> {
                visitor.rows(targets, count, logits);
                done[0] += count;
                progress.accept(done[0]);
            });
        }
    }

    /** Compares a model with another that reads the same text beside it. */
    public Comparison against(Subject subject, Subject base) {
        int vocabulary = subject.model().vocabularySize();
        if (base.model().vocabularySize() != vocabulary) {
            throw new EvalException("the model has a vocabulary of " + vocabulary + " tokens and the base model of "
                    + base.model().vocabularySize() + ": distributions compare over the same tokens only");
        }
        Distribution[] models = distributions(vocabulary);
        Distribution[] bases = distributions(vocabulary);
        return compare(
                List.of(subject, base),
                (worker, logits, row, target, rows) -> {
                    Distribution model = models[worker.id()];
                    Distribution other = bases[worker.id()];
                    model.read(logits.getFirst(), row);
                    other.read(logits.getLast(), row);
                    rows.loss[row] = -model.log(target);
                    rows.baseLoss[row] = -other.log(target);
                    rows.divergence[row] = other.divergence(model);
                    rows.same[row] = other.top() == model.top();
                },
                null);
    }

    /**
     * Compares a model with the distributions in a file.
     *
     * @throws EvalException where the file is of another text, other options or another vocabulary
     */
    public Comparison against(Subject subject, LogitsFile base) {
        int vocabulary = subject.model().vocabularySize();
        base.require(LogitsFile.header(text, options, windows.size(), scored, vocabulary));
        Distribution[] models = distributions(vocabulary);
        Distribution[] bases = distributions(vocabulary);
        int most = WindowWalk.mostRows(vocabulary, subject.model().maxStepTokens());
        MemorySegment stored = LogitsFile.buffer(most, vocabulary);
        return compare(
                List.of(subject),
                (worker, logits, row, target, rows) -> {
                    Distribution model = models[worker.id()];
                    Distribution other = bases[worker.id()];
                    model.read(logits.getFirst(), row);
                    LogitsFile.decode(stored, row, other);
                    rows.loss[row] = -model.log(target);
                    rows.baseLoss[row] = -LogitsFile.log(stored, row, vocabulary);
                    rows.divergence[row] = other.divergence(model);
                    rows.same[row] = LogitsFile.top(stored, row, vocabulary) == model.top();
                },
                (first, count) -> base.read(first, count, stored));
    }

    /** Compares a row. */
    private interface Pair {
        void row(Worker worker, List<FloatRows> logits, int row, int target, Rows rows);
    }

    /** Brings the base's rows of a step. */
    private interface Bring {
        void rows(long first, int count);
    }

    private Comparison compare(List<Subject> subjects, Pair pair, @Nullable Bring bring) {
        Comparison.Collector collector = new Comparison.Collector(scored);
        try (WindowWalk walk = new WindowWalk(text, options, windows, subjects)) {
            Rows rows = new Rows(walk.mostRows());
            long[] first = {0};
            walk(walk, (targets, count, logits) -> {
                if (bring != null) {
                    bring.rows(first[0], count);
                }
                share(count, (worker, row) -> pair.row(worker, logits, row, text.tokens()[targets[row]], rows));
                for (int row = 0; row < count; row++) {
                    finite(rows.loss[row], targets[row]);
                    finite(rows.baseLoss[row], targets[row]);
                    collector.add(rows.loss[row], rows.baseLoss[row], rows.divergence[row], rows.same[row]);
                }
                first[0] += count;
            });
        }
        return collector.comparison(options, windows.size(), bytes());
    }

    private static double finite(double loss, int target) {
        if (!Double.isFinite(loss)) {
            throw new EvalException("the logits before token " + target
                    + " of the text are no distribution, or give it no probability (its loss is " + loss
                    + "): the model's weights or this computation are damaged");
        }
        return loss;
    }

    private long bytes() {
        long bytes = 0;
        for (Window window : windows) {
            for (int i = window.firstTarget(); i < window.to(); i++) {
                bytes += text.bytes()[i];
            }
        }
        return Math.max(1, bytes);
    }
}
