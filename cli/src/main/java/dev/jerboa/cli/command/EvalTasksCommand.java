package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.inside.InsideModel;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.train.rl.Rollouts;
import dev.jerboa.train.rl.TaskEvaluation;
import dev.jerboa.train.task.Accuracy;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.generate.Tasks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code eval tasks}: right answers to generated problems that the model was not trained on. */
@Command(
        name = "tasks",
        description = {
            "Asks a model that was trained on generated problems such problems as it has never seen, and counts right"
                    + " answers by task, with 95 %% intervals.",
            "The same model, tasks, count and seed give the same answers."
        })
public final class EvalTasksCommand implements Callable<Integer> {
    private static final int STEP_TOKENS = 256;
    private static final int SEQUENCES = 128;

    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            description =
                    "a .gguf file or a Hugging Face folder, such as RUN/step-NNNNNN (default: the model that comes with"
                            + " Jerboa)")
    private @Nullable Path model;

    @Option(
            names = "--tasks",
            split = ",",
            paramLabel = "NAME",
            description = "tasks by name: add2,countdown (default: all that the shipped model learns, and longer ones)")
    private List<String> tasks = List.of();

    @Option(names = "--count", paramLabel = "N", description = "problems of a task (default: ${DEFAULT-VALUE})")
    private int count = 200;

    @Option(
            names = "--samples",
            paramLabel = "K",
            description = "also draw K replies to each problem: mean@K and pass@K (default: ${DEFAULT-VALUE})")
    private int samples;

    @Option(names = "--temperature", paramLabel = "T", description = "of drawn replies (default: ${DEFAULT-VALUE})")
    private float temperature = 1;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "the most tokens of a reply (default: ${DEFAULT-VALUE})")
    private int maxTokens = 512;

    @Option(names = "--seed", paramLabel = "N", description = "of problems and draws (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(
            names = "--wordings",
            paramLabel = "KIND",
            description =
                    "trained: as training asks; new: in wordings that no training reads (default: ${DEFAULT-VALUE})")
    private String wordings = "trained";

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--fast", description = "compute as run does, with rounded activations where that is faster")
    private boolean fast;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Option(names = "--adapter", paramLabel = "DIR", description = "a LoRA, rsLoRA or DoRA adapter in PEFT's files")
    private @Nullable Path adapter;

    public EvalTasksCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (threads < 0 || maxTokens < 1) {
            throw new CommandException("--threads takes a number from 0, --max-tokens one from 1");
        }
        TaskEvaluation.Settings settings =
                Arguments.checked(() -> new TaskEvaluation.Settings(count, samples, temperature, seed, wordings()));
        List<Task> asked = tasks.isEmpty()
                ? Stream.concat(Tasks.trained().stream(), Tasks.shifted().stream())
                        .toList()
                : Arguments.checked(() -> tasks.stream().map(Tasks::named).toList());
        try (Checkpoint checkpoint = model == null ? InsideModel.checkpoint() : Checkpoint.open(model)) {
            Tokenizer tokenizer = checkpoint
                    .tokenizer()
                    .orElseThrow(
                            () -> new ModelException(checkpoint.path() + " has no tokenizer, so it cannot be asked"));
            Ops.Precision precision = fast ? Ops.Precision.FAST : Ops.Precision.EXACT;
            try (Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads);
                    Decoder decoder = checkpoint.load(
                            OpsProvider.ops(),
                            team,
                            DecoderOptions.of(precision, STEP_TOKENS)
                                    .withAdaptations(Arguments.adapters(checkpoint, adapter)))) {
                ask(asked, settings, new Rollouts(decoder, team, tokenizer, SEQUENCES, maxTokens));
            }
        }
        return ExitCode.OK;
    }

    private Wordings wordings() {
        for (Wordings each : Wordings.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(wordings)) {
                return each;
            }
        }
        throw new IllegalArgumentException("--wordings is '" + wordings + "', expected trained or new");
    }

    private void ask(List<Task> asked, TaskEvaluation.Settings settings, Rollouts rollouts) {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        long start = System.nanoTime();
        for (Task task : asked) {
            TaskEvaluation result = TaskEvaluation.of(task, settings, rollouts);
            if (json) {
                rows.add(fields(result));
            } else {
                console.out().println(line(result));
                console.out().flush();
            }
        }
        if (json) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            all.put("model", model == null ? "inside" : model.toString());
            all.put("seed", seed);
            all.put("wordings", wordings);
            all.put("max_tokens", maxTokens);
            all.put("temperature", (double) temperature);
            all.put("kernels", OpsProvider.ops().tier());
            all.put("tasks", rows);
            all.put("seconds", (System.nanoTime() - start) / 1e9);
            console.out().println(JsonOut.text(all));
        }
    }

    private static String line(TaskEvaluation result) {
        int n = result.greedy().total();
        String line = String.format(
                Locale.ROOT,
                "%-12s %-36s  no answer %4.1f %%  cut %4.1f %%  %5.1f tokens",
                result.task(),
                result.greedy(),
                100.0 * result.unparseable() / Math.max(1, n),
                100.0 * result.unended() / Math.max(1, n),
                result.meanTokens());
        if (result.drawn().isPresent()) {
            TaskEvaluation.Drawn drawn = result.drawn().get();
            line += String.format(
                    Locale.ROOT,
                    "  mean@%d %.1f ± %.1f %%  pass@%d %.1f %%",
                    drawn.samples(),
                    100 * drawn.mean(),
                    100 * drawn.standardError(),
                    drawn.samples(),
                    100 * drawn.pass().share());
        }
        return result.heldOut() ? line : line + "  (known by heart: trained on)";
    }

    private static Map<String, @Nullable Object> fields(TaskEvaluation result) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("task", result.task());
        fields.put("held_out", result.heldOut());
        fields.put("greedy", fields(result.greedy()));
        fields.put("unparseable", result.unparseable());
        fields.put("cut", result.unended());
        fields.put("mean_tokens", result.meanTokens());
        result.drawn().ifPresent(drawn -> {
            fields.put("samples", drawn.samples());
            fields.put("mean", drawn.mean());
            fields.put("mean_standard_error", drawn.standardError());
            fields.put("pass", fields(drawn.pass()));
        });
        return fields;
    }

    private static Map<String, @Nullable Object> fields(Accuracy accuracy) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("correct", accuracy.correct());
        fields.put("total", accuracy.total());
        fields.put("share", accuracy.share());
        fields.put("low", accuracy.low());
        fields.put("high", accuracy.high());
        return fields;
    }
}
