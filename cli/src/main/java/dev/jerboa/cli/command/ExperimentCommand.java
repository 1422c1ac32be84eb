package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.train.experiment.Experiment;
import dev.jerboa.train.experiment.ExperimentRun;
import dev.jerboa.train.loop.StepReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code experiment}: several runs side by side, and a table of what came out. */
@Command(
        name = "experiment",
        description = {
            "Trains every arm of an experiment with every seed, asks the tasks that it names, and prints the results as tables.",
            "What is complete in the folder is not made again, an interrupted run goes on: call it again after an"
                    + " interruption. Each run is in OUT/ARM-SEED/; results.md and results.json are in OUT."
        })
public final class ExperimentCommand implements Callable<Integer> {
    private static final long TELL_NANOS = 10_000_000_000L;

    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(paramLabel = "FILE", description = "a .yaml file; see recipes/experiments")
    private Path file = Path.of("");

    @Option(names = "--out", paramLabel = "DIR", description = "the folder (default: runs/NAME-OF-FILE)")
    private Path out = Path.of("");

    @Option(
            names = "--arms",
            paramLabel = "NAMES",
            split = ",",
            description = "of some arms only, with commas between (default: all)")
    private List<String> arms = List.of();

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    private long told;

    public ExperimentCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (threads < 0) {
            throw new CommandException("--threads takes a number from 0");
        }
        Experiment all = Experiment.read(file);
        Experiment experiment = arms.isEmpty() ? all : all.only(arms);
        Path folder = out.toString().isEmpty() ? Path.of("runs", TrainCommand.name(file)) : out;
        try (Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads)) {
            console.out().print(new ExperimentRun(experiment, folder, team, this::tell).run());
            console.out().flush();
        }
        return ExitCode.OK;
    }

    private void tell(String run, StepReport step, int steps) {
        long now = System.nanoTime();
        if (step.step() < steps && now - told < TELL_NANOS) {
            return;
        }
        told = now;
        console.say(String.format(
                Locale.ROOT,
                "%s  step %d/%d  %s  %.0f tokens/s",
                run,
                step.step(),
                steps,
                step.policy()
                        .map(policy -> String.format(Locale.ROOT, "right %.1f %%", 100 * policy.accuracy()))
                        .orElseGet(() -> String.format(Locale.ROOT, "loss %.4f", step.loss())),
                step.tokensPerSecond()));
    }
}
