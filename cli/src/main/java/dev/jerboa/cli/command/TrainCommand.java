package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.loop.StepReport;
import dev.jerboa.train.loop.Trainer;
import dev.jerboa.train.recipe.Recipe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code train}: a run by its recipe, from its start or from its last checkpoint. */
@Command(
        name = "train",
        description = {
            "Trains a model by a recipe. Checkpoints are OUT/step-NNNNNN/, which run, show and logits open;"
                    + " metrics are in OUT/metrics.jsonl. Where the recipe averages weights, OUT/step-NNNNNN/average/ is the"
                    + " averaged model.",
            "The same recipe gives the same weights, whatever the number of threads and interruptions."
        })
public final class TrainCommand implements Callable<Integer> {
    private static final double SMOOTH = 0.95;

    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(paramLabel = "RECIPE", description = "a .yaml file")
    private Path recipe = Path.of("");

    @Option(names = "--out", paramLabel = "DIR", description = "the run's folder (default: runs/NAME-OF-RECIPE)")
    private Path out = Path.of("");

    @Option(names = "--steps", paramLabel = "N", description = "stop after this step (default: the recipe's last)")
    private int steps;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description = "steps between checkpoints (default: the recipe's)")
    private int checkpointEvery;

    @Option(names = "--resume", description = "go on from the last checkpoint in the run's folder")
    private boolean resume;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(
            names = "--profile",
            description = "say at the end which operations the time went to, this process's steps but the first")
    private boolean profile;

    public TrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (threads < 0 || steps < 0 || checkpointEvery < 0) {
            throw new CommandException("--threads, --steps and --checkpoint-every take numbers from 0");
        }
        Recipe read = Recipe.read(recipe);
        Path base = recipe.toAbsolutePath().normalize().getParent();
        if (base == null) {
            throw new CommandException(recipe + ": no file");
        }
        Path folder = out.toString().isEmpty() ? Path.of("runs", name(recipe)) : out;
        if (!resume) {
            new RunFolder(folder).requireNew(); // before the work of making the network
        }
        int last = steps == 0
                ? read.schedule().steps()
                : Math.min(steps, read.schedule().steps());
        try (Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads);
                Trainer trainer = new Trainer(read, base, folder, team)) {
            return train(trainer, last);
        }
    }

    static String name(Path recipe) {
        return String.valueOf(recipe.getFileName()).replaceFirst("\\.ya?ml$", "");
    }

    private int train(Trainer trainer, int last) {
        boolean resumed = resume && trainer.resume();
        console.say("jerboa: " + trainer.network().parameters().elements() + " parameters in "
                + trainer.folder().path() + (resumed ? ", from step " + trainer.step() : "") + "; "
                + Sizes.of(trainer.memoryBytes()) + " of memory, "
                + Sizes.of(trainer.network().tape().memory().total()) + " of it for activations");
        long first = trainer.step();
        Progress progress = new Progress(last, trainer.step(), resumed ? trainer.recentLoss() : Double.NaN);
        int every = checkpointEvery == 0 ? trainer.recipe().checkpointEvery() : checkpointEvery;
        trainer.run(last, every, step -> {
            progress.report(step);
            if (profile && step.step() == first + 1) {
                trainer.network().tape().measure();
            }
        });
        Path end = trainer.folder().step(trainer.step());
        console.out().println(end);
        console.out().println("sha256 " + RunFolder.hash(trainer.folder().weights(trainer.step())));
        if (profile) {
            tellTimes(trainer.network().tape().times());
        }
        double loss = trainer.recentLoss();
        console.out().printf(Locale.ROOT, "loss %.5f%n", loss);
        boolean whole = trainer.step() == trainer.recipe().schedule().steps();
        if (whole && trainer.recipe().targetLoss().isPresent()) {
            double target = trainer.recipe().targetLoss().get();
            boolean reached = loss <= target;
            console.out().printf(Locale.ROOT, "target %.5f %s%n", target, reached ? "reached" : "NOT reached");
            return reached ? ExitCode.OK : ExitCode.ERROR;
        }
        return ExitCode.OK;
    }

    /** A line an operation, with its part of the time of all passes. */
    private void tellTimes(List<Tape.Time> times) {
        double all = times.stream().mapToDouble(Tape.Time::nanos).sum();
        console.out()
                .printf(
                        "%-16s %6s %12s %12s %12s %8s%n",
                        "operation", "count", "forward s", "again s", "backward s", "share %");
        for (Tape.Time time : times) {
            console.out()
                    .printf(
                            Locale.ROOT,
                            "%-16s %6d %12.3f %12.3f %12.3f %8.1f%n",
                            time.kind(),
                            time.count(),
                            time.forwardNanos() / 1e9,
                            time.againNanos() / 1e9,
                            time.backwardNanos() / 1e9,
                            100 * time.nanos() / all);
        }
    }

    /** What a person sees of the steps: a line redrawn on a terminal, one now and then elsewhere. */
    private final class Progress {
        private final int last;
        private final long first;
        private final long start = System.nanoTime();
        /** The loss, averaged over about the last twenty steps. */
        private double smoothed;

        private long told;

        /** @param smoothed the loss so far; not a number at the first step */
        Progress(int last, long first, double smoothed) {
            this.last = last;
            this.first = first;
            this.smoothed = smoothed;
        }

        void report(StepReport step) {
            smoothed = Double.isNaN(smoothed) ? step.loss() : SMOOTH * smoothed + (1 - SMOOTH) * step.loss();
            boolean terminal = console.errIsTerminal();
            long now = System.nanoTime();
            boolean end = step.step() == last;
            if (!end && now - told < (terminal ? 100_000_000L : 10_000_000_000L)) {
                return;
            }
            told = now;
            double seconds = (now - start) / 1e9 / (step.step() - first) * (last - step.step());
            Duration left = Duration.ofSeconds(Math.round(seconds));
            String goal = step.policy()
                    .map(policy -> String.format(
                            Locale.ROOT,
                            "reward %.3f  right %.1f %%  %.0f tokens a reply",
                            policy.reward(),
                            100 * policy.accuracy(),
                            policy.length()))
                    .orElseGet(() -> String.format(Locale.ROOT, "loss %.4f", smoothed));
            String line = String.format(
                    Locale.ROOT,
                    "step %d/%d  %s  %.0f tokens/s%s  lr %.1e  |g| %.2f%s  %d:%02d:%02d left",
                    step.step(),
                    last,
                    goal,
                    step.tokensPerSecond(),
                    Double.isNaN(step.utilisation())
                            ? ""
                            : String.format(Locale.ROOT, " (%.0f %% of the peak)", 100 * step.utilisation()),
                    step.rate(),
                    step.gradientNorm(),
                    Double.isNaN(step.load()) ? "" : String.format(Locale.ROOT, "  load %.2f", step.load()),
                    left.toHours(),
                    left.toMinutesPart(),
                    left.toSecondsPart());
            if (terminal) {
                console.err().print("\r" + line + "\u001b[K" + (end ? "\n" : ""));
                console.err().flush();
            } else {
                console.say(line);
            }
        }
    }
}
