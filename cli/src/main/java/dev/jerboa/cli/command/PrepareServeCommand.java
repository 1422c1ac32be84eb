package dev.jerboa.cli.command;

import dev.jerboa.cli.rehearsal.Rehearsal;
import dev.jerboa.cli.term.Console;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code prepare-serve}: rehearses a gateway, for the launcher to record in a start-up cache what that needs. */
@Command(
        name = "prepare-serve",
        hidden = true,
        description = "Runs once after a build, to record the gateway's start-up cache.")
public final class PrepareServeCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--requests", paramLabel = "N", description = "how many requests are asked (default: 8000)")
    private int requests = 8_000;

    @Option(names = "--seconds", paramLabel = "S", description = "ends it earlier (default: 20)")
    private int seconds = 20;

    public PrepareServeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (ScratchFolder folder = ScratchFolder.make("jerboa-rehearsal")) {
            long began = System.nanoTime();
            int answered = new Rehearsal(requests, Duration.ofSeconds(seconds)).play(folder.path());
            console.say("jerboa: " + answered + " requests of a rehearsal in " + (System.nanoTime() - began) / 1_000_000
                    + " ms");
        }
        return ExitCode.OK;
    }
}
