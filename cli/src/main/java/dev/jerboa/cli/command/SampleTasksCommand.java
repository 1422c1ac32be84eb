package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.distil.ReplySampling;
import dev.jerboa.train.distil.ReplySampling.Counts;
import dev.jerboa.train.distil.ReplySampling.Keep;
import dev.jerboa.train.distil.ReplySampling.Settings;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.generate.Tasks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sample tasks}: a model's replies to generated problems as a file that {@code data.kind: replies} reads. */
@Command(
        name = "tasks",
        description = {
            "Asks a model problems for training, never held-out ones, and writes its replies as lines of JSON, which recipes"
                    + " read with data.kind: replies. --keep right --distinct with several --samples is rejection sampling.",
            "The same model, tasks and settings give the same file."
        })
public final class SampleTasksCommand implements Callable<Integer> {
    private static final long TELL_NANOS = 10_000_000_000L;

    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(paramLabel = "MODEL", description = "a .gguf file or a Hugging Face folder, such as RUN/step-NNNNNN")
    private Path model = Path.of("");

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "the .jsonl file to write")
    private Path out = Path.of("");

    @Option(
            names = "--tasks",
            split = ",",
            paramLabel = "NAME",
            description = "tasks by name, in equal parts: add2,countdown (default: the shipped model's mixture)")
    private List<String> tasks = List.of();

    @Option(names = "--count", paramLabel = "N", description = "problems to ask (default: ${DEFAULT-VALUE})")
    private int count = 1000;

    @Option(names = "--samples", paramLabel = "K", description = "replies to each (default: ${DEFAULT-VALUE})")
    private int samples = 1;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "of the replies; 0 takes the most likely tokens (default: 0, or 1 with several samples)")
    private float temperature = -1;

    @Option(
            names = "--keep",
            paramLabel = "WHICH",
            description = "all, ended (those that came to an end) or right (default: ${DEFAULT-VALUE})")
    private String keep = "ended";

    @Option(names = "--distinct", description = "leave out a question's reply that was written before")
    private boolean distinct;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "the most tokens of a reply (default: ${DEFAULT-VALUE})")
    private int maxTokens = 512;

    @Option(names = "--seed", paramLabel = "N", description = "of problems and draws (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--fast", description = "compute as run does, with rounded activations where that is faster")
    private boolean fast;

    private long told = System.nanoTime();

    public SampleTasksCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (threads < 0 || maxTokens < 1) {
            throw new CommandException("--threads takes a number from 0, --max-tokens one from 1");
        }
        if (Files.exists(out)) {
            throw new CommandException(out + " exists already; --out takes another file");
        }
        float drawnAt = temperature >= 0 ? temperature : samples > 1 ? 1 : 0;
        Settings settings = Arguments.checked(() -> new Settings(count, samples, drawnAt, keep(), distinct, seed));
        Task task = tasks.isEmpty() ? Tasks.standard() : Arguments.checked(() -> Tasks.mixture(equal()));
        Counts counts;
        try (Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads)) {
            Ops.Precision precision = fast ? Ops.Precision.FAST : Ops.Precision.EXACT;
            counts = ReplySampling.write(out, model, task, settings, maxTokens, precision, team, this::tell);
        }
        console.out().println(out);
        console.out().println("sha256 " + RunFolder.hash(out));
        console.out().println(line(counts));
        return ExitCode.OK;
    }

    private Keep keep() {
        for (Keep each : Keep.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(keep)) {
                return each;
            }
        }
        throw new IllegalArgumentException("--keep is '" + keep + "', expected all, ended or right");
    }

    private Map<String, Double> equal() {
        Map<String, Double> weights = new LinkedHashMap<>();
        tasks.forEach(name -> weights.put(name, 1.0));
        return weights;
    }

    private void tell(Counts counts) {
        long now = System.nanoTime();
        if (now - told >= TELL_NANOS) {
            told = now;
            console.say("of " + (long) count * samples + ": " + line(counts));
        }
    }

    private static String line(Counts counts) {
        double asked = Math.max(1, counts.asked());
        return String.format(
                Locale.ROOT,
                "%d replies, %.1f %% right, %.1f %% cut; %d kept with %d tokens, %d repeated left out",
                counts.asked(),
                100 * counts.right() / asked,
                100 * counts.cut() / asked,
                counts.kept(),
                counts.tokens(),
                counts.repeated());
    }
}
