package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.train.network.GradientCheck;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code check-gradients}: the trainer's derivatives against those that another framework stored. */
@Command(
        name = "check-gradients",
        description = {
            "Compares the loss and all gradients of a model with stored ones, and prints the worst relative error.",
            "DIR has config.json, model.safetensors, expect.json (loss, prompt), expect.safetensors (prompt.N) and"
                    + " gradients.safetensors."
        })
public final class CheckGradientsCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(paramLabel = "DIR", description = "the folder with the expectations")
    private Path folder = Path.of("");

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: one a core)")
    private int threads;

    @Option(names = "--worst", paramLabel = "N", description = "parameters to list (default: ${DEFAULT-VALUE})")
    private int worst = 5;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            description = "largest error, over the tensor's largest gradient, that passes (default: ${DEFAULT-VALUE})")
    private double tolerance = 1e-4;

    public CheckGradientsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (threads < 0 || worst < 0) {
            throw new CommandException("--threads and --worst take numbers from 0");
        }
        try (Team team = threads == 0 ? Team.ofCores() : Team.ofSize(threads)) {
            GradientCheck.Result result = GradientCheck.of(folder, team);
            console.out()
                    .printf(
                            "loss %.7f, expected %.7f (relative error %.2e)%n",
                            result.loss(), result.expectedLoss(), result.lossError());
            console.out()
                    .printf(
                            "worst relative error %.2e over %d parameters%n",
                            result.worst(), result.differences().size());
            result.differences().stream()
                    .limit(worst)
                    .forEach(difference -> console.out().printf("  %.2e  %s%n", difference.error(), difference.name()));
            if (!result.missing().isEmpty()) {
                console.out().println("no stored gradient: " + String.join(", ", result.missing()));
            }
            boolean good = result.worst() <= tolerance && result.lossError() <= tolerance;
            console.out().println(good ? "agrees" : "differs by more than " + tolerance);
            return good ? ExitCode.OK : ExitCode.ERROR;
        }
    }
}
