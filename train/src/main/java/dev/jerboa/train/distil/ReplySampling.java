package dev.jerboa.train.distil;

import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.train.data.WrittenReply;
import dev.jerboa.train.random.Draws;
import dev.jerboa.train.rl.Rollouts;
import dev.jerboa.train.rl.Rollouts.Draw;
import dev.jerboa.train.rl.Rollouts.Reply;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Turns;
import dev.jerboa.train.task.Verdict;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A model's replies to problems for training as a data set: of a teacher, for students of any vocabulary (sequence-level distillation,
 * Kim and Rush, arXiv 1606.07947), or of a model itself, of which the right ones are kept (rejection sampling, arXiv 2308.01825). A
 * function of the model, the task and the settings; no held-out problem is asked.
 */
public final class ReplySampling {
    /** The stream of problems, which no step of training draws from. */
    private static final long STREAM = -2;

    private static final int DRAWS_AT_ONCE = 1024;
    private static final int STEP_TOKENS = 256;
    private static final int SEQUENCES = 128;

    /** Which replies are written. */
    public enum Keep {
        ALL,
        /** Those that came to an end of turn. */
        ENDED,
        /** Those whose answer is right. */
        RIGHT
    }

    /**
     * What is asked and kept.
     *
     * @param problems asked
     * @param samples replies to each
     * @param temperature that they are drawn at; 0 for the most likely tokens
     * @param distinct whether a question's reply that was written before is left out
     * @param seed of problems and draws
     */
    public record Settings(int problems, int samples, float temperature, Keep keep, boolean distinct, long seed) {
        public Settings {
            if (problems < 1 || samples < 1 || !(temperature >= 0 && temperature < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(problems + " problems, " + samples + " samples and temperature "
                        + temperature + ", expected at least 1, at least 1 and at least 0");
            }
            if (temperature == 0 && samples > 1) {
                throw new IllegalArgumentException(
                        samples + " samples at temperature 0 are all the same; draw them at another, such as 1");
            }
        }
    }

    /**
     * What came of it so far.
     *
     * @param asked replies drawn
     * @param kept replies written
     * @param right of those drawn
     * @param cut of those drawn, at the most tokens
     * @param repeated wanted, but written before
     * @param tokens of those written, prompts included
     */
    public record Counts(int asked, int kept, int right, int cut, int repeated, long tokens) {}

    private final Settings settings;
    private final Set<String> written = new HashSet<>();
    private int asked;
    private int kept;
    private int right;
    private int cut;
    private int repeated;
    private long tokens;

    private ReplySampling(Settings settings) {
        this.settings = settings;
    }

    /**
     * Asks, and hands over what is kept in the order of problems and samples.
     *
     * @param model its replies to draws, in order
     * @param lines told of each, without line break
     * @param progress told now and then, and at the end
     */
    public static Counts of(
            Task task,
            Settings settings,
            Function<List<Draw>, List<Reply>> model,
            Consumer<String> lines,
            Consumer<Counts> progress) {
        ReplySampling sampling = new ReplySampling(settings);
        int together = Math.max(1, DRAWS_AT_ONCE / settings.samples);
        for (int from = 0; from < settings.problems; from += together) {
            List<Draw> draws = new ArrayList<>();
            for (int p = from; p < Math.min(settings.problems, from + together); p++) {
                sampling.draw(task, p, draws);
            }
            List<Reply> replies = model.apply(draws);
            for (int i = 0; i < draws.size(); i++) {
                sampling.take(draws.get(i).problem(), replies.get(i), lines);
            }
            progress.accept(sampling.counts());
        }
        return sampling.counts();
    }

    /**
     * Has a model reply and writes what is kept to a file, which is there when all is done and not before.
     *
     * @param maxTokens the most of a reply
     * @param progress told now and then, and at the end
     * @throws ModelException where the model cannot be asked problems
     */
    public static Counts write(
            Path file,
            Path model,
            Task task,
            Settings settings,
            int maxTokens,
            Ops.Precision precision,
            Team team,
            Consumer<Counts> progress) {
        Path making = file.resolveSibling(file.getFileName() + ".tmp");
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            Tokenizer tokenizer = checkpoint
                    .tokenizer()
                    .orElseThrow(() -> new ModelException(model + " has no tokenizer, so it cannot be asked"));
            Counts counts;
            try (BufferedWriter out = Files.newBufferedWriter(making, StandardCharsets.UTF_8);
                    Decoder decoder = checkpoint.load(OpsProvider.ops(), precision, team, STEP_TOKENS)) {
                Rollouts rollouts = new Rollouts(decoder, team, tokenizer, SEQUENCES, maxTokens);
                counts = of(task, settings, rollouts::of, line -> put(out, line), progress);
            }
            Files.move(making, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return counts;
        } catch (IOException e) {
            throw new UncheckedIOException(making + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static void put(BufferedWriter out, String line) {
        try {
            out.write(line);
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException("a reply cannot be written: " + e.getMessage(), e);
        }
    }

    private void draw(Task task, int index, List<Draw> draws) {
        Problem problem = Split.training(task, settings.seed, STREAM, index).problem();
        long own = Draws.of(settings.seed, STREAM, index).bits();
        for (int s = 0; s < settings.samples; s++) {
            SamplingOptions sampling = settings.temperature == 0
                    ? SamplingOptions.greedy()
                    : SamplingOptions.plain()
                            .withTemperature(settings.temperature)
                            .withSeed(Draws.of(own, 1, s).bits());
            draws.add(new Draw(problem, sampling));
        }
    }

    private void take(Problem problem, Reply reply, Consumer<String> lines) {
        Verdict verdict = Verdict.of(problem, reply.text());
        asked++;
        right += verdict == Verdict.CORRECT ? 1 : 0;
        cut += reply.ended() ? 0 : 1;
        boolean wanted = switch (settings.keep) {
            case ALL -> true;
            case ENDED -> reply.ended();
            case RIGHT -> reply.ended() && verdict == Verdict.CORRECT;
        };
        if (!wanted) {
            return;
        }
        if (settings.distinct && !written.add(problem.question() + Turns.ASSISTANT + reply.text())) {
            repeated++;
            return;
        }
        kept++;
        tokens += reply.prompt().length + reply.ids().length;
        String text = reply.text();
        Map<String, String> more = new LinkedHashMap<>();
        more.put("task", problem.task());
        more.put("key", problem.key());
        more.put("verdict", verdict.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        boolean marked = reply.ended() && text.endsWith(Turns.END);
        lines.accept(new WrittenReply(
                        problem.question(),
                        marked ? text.substring(0, text.length() - Turns.END.length()) : text,
                        reply.ended())
                .line(more));
    }

    private Counts counts() {
        return new Counts(asked, kept, right, cut, repeated, tokens);
    }
}
