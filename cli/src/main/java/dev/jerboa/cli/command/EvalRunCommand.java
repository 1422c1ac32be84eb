package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.cli.term.ProgressLine;
import dev.jerboa.engine.eval.run.Evaluation;
import dev.jerboa.engine.eval.run.Report;
import dev.jerboa.engine.eval.run.RunFolder;
import dev.jerboa.engine.eval.task.Fields;
import dev.jerboa.engine.eval.task.Item;
import dev.jerboa.engine.eval.task.JsonLines;
import dev.jerboa.engine.eval.task.Shots;
import dev.jerboa.engine.eval.task.Task;
import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.json.JsonOut;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code eval run}: a task from a file. */
@Command(
        name = "run",
        description = {
            "Asks a model the items of a task and counts what is right, with 95 %% intervals. TASK is a file of JSON Lines in the"
                    + " format of MMLU, ARC, HellaSwag, Winogrande or GSM8K, or with prompt, choices and answer; or a YAML file"
                    + " that describes one.",
            "Choices are told apart by their log-probabilities; written replies are searched for their answer. Generated code is"
                    + " never run. The same model, task and options give the same results, for any number of threads."
        })
public final class EvalRunCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = NamedModels.ABOUT)
    private Path model = Path.of("");

    @Parameters(index = "1", paramLabel = "TASK", description = "a .jsonl or .yaml file")
    private Path file = Path.of("");

    @Option(names = "--limit", paramLabel = "N", description = "the first N items (default: all)")
    private int limit;

    @Option(
            names = "--shots",
            paramLabel = "K",
            description = "worked examples before each question (default: the task's, or 0)")
    private int shots = -1;

    @Option(
            names = "--shots-from",
            paramLabel = "FILE",
            description =
                    "the examples' file, in the task's format (default: the task's, or its own items without the one asked)")
    private @Nullable Path shotsFrom;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "draw the examples by a seed (default: the first of their file)")
    private @Nullable Long seed;

    @Option(names = "--chat", description = "put questions into the model's chat template")
    private boolean chat;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "the folder of settings, a line for each item, and results")
    private @Nullable Path out;

    @Option(names = "--resume", description = "go on with the run in --out")
    private boolean resume;

    @Option(names = "--batch", paramLabel = "N", description = "items under way at a time (default: ${DEFAULT-VALUE})")
    private int batch = 32;

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "tokens of a question with its examples and answer (default: the model's, at most "
                    + OpenOptions.DEFAULT_CONTEXT + ")")
    private int context;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--fast", description = "compute as run does, with rounded activations where that is faster")
    private boolean fast;

    @Option(names = "--adapter", paramLabel = "DIR", description = "a LoRA, rsLoRA or DoRA adapter in PEFT's files")
    private @Nullable Path adapter;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    public EvalRunCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (resume && out == null) {
            throw new CommandException("--resume needs the folder of the run: --out DIR");
        }
        TaskFile task = TaskFile.read(file);
        Evaluation.Options options =
                Arguments.checked(() -> new Evaluation.Options(limit, chat, batch, seed == null ? 0 : seed));
        Checkpoint checkpoint = NamedModels.checkpoint(model);
        long weightBytes = checkpoint.weightBytes();
        try (LanguageModel opened = Arguments.checked(() -> Jerboa.open(checkpoint, openOptions()))) {
            Evaluation evaluation = new Evaluation(opened, task.task(), shots(task), options);
            Map<String, @Nullable Object> settings = settings(opened, weightBytes, task, evaluation);
            print(settings, ask(evaluation, settings));
        }
        return ExitCode.OK;
    }

    private OpenOptions openOptions() {
        OpenOptions options = OpenOptions.defaults()
                .withThreads(threads)
                .withContextLength(context)
                .withPrecision(precision());
        return adapter == null ? options : options.withAdapter(adapter);
    }

    private Ops.Precision precision() {
        return fast ? Ops.Precision.FAST : Ops.Precision.EXACT;
    }

    private int shotCount(TaskFile task) {
        return shots >= 0 ? shots : task.shots().orElse(0);
    }

    private Optional<Path> examples(TaskFile task) {
        return Optional.ofNullable(shotsFrom).or(task::examples);
    }

    private Shots shots(TaskFile task) {
        Task asked = task.task();
        Optional<Path> examples = examples(task);
        List<Item> items = examples.isPresent() && shotCount(task) > 0
                ? items(asked, JsonLines.read(examples.get()))
                : asked.items();
        OptionalLong drawn = seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
        return new Shots(items, examples.isEmpty(), shotCount(task), drawn);
    }

    private static List<Item> items(Task task, List<Fields> lines) {
        return lines.stream().map(task.reader()::item).toList();
    }

    /** All that the results are a function of, and what they are called. */
    private Map<String, @Nullable Object> settings(
            LanguageModel opened, long weightBytes, TaskFile task, Evaluation evaluation) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("model", opened.name());
        all.put("model_parameters", opened.parameterCount());
        all.put("model_weight_bytes", weightBytes);
        all.put("adapter", adapter == null ? "" : adapter.toString());
        all.put("task", task.task().name());
        all.put("format", task.task().format());
        all.put("data_sha256", JsonLines.digest(task.data()));
        all.put("description", task.description());
        all.put("items", evaluation.count());
        all.put("shots", shotCount(task));
        all.put(
                "shots_sha256",
                shotCount(task) == 0 ? "" : JsonLines.digest(examples(task).orElse(task.data())));
        all.put("seed", seed);
        all.put("chat", chat);
        all.put("context", opened.contextLength());
        all.put("precision", precision().name().toLowerCase(Locale.ROOT));
        all.put("kernels", OpsProvider.ops().tier());
        return all;
    }

    private Report ask(Evaluation evaluation, Map<String, @Nullable Object> settings) {
        try (ProgressLine progress = new ProgressLine(console, "items")) {
            Path folder = out;
            if (folder == null) {
                return evaluation.run(null, done -> progress.at(done, evaluation.count()));
            }
            try (RunFolder run = RunFolder.open(folder, settings, resume)) {
                Report report = evaluation.run(run, done -> progress.at(done, evaluation.count()));
                run.finish(report.json(settings));
                return report;
            }
        }
    }

    private void print(Map<String, @Nullable Object> settings, Report report) {
        if (json) {
            console.out().println(JsonOut.text(report.json(settings)));
        } else {
            console.out()
                    .printf(
                            Locale.ROOT,
                            "%s (%s), %s, %s shots%s%n",
                            settings.get("task"),
                            settings.get("format"),
                            settings.get("model"),
                            settings.get("shots"),
                            chat ? ", chat template" : "");
            report.table().forEach(console.out()::println);
        }
    }
}
