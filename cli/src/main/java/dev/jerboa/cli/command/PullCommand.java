package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pull}: files of models from a hub. */
@Command(
        name = "pull",
        description = {
            "Fetches models from a hub, verifies them, and prints where they are. What was interrupted goes on where it stopped.",
            "Variables: HF_ENDPOINT (the hub), HF_TOKEN, HF_HUB_CACHE, HF_HOME, HF_HUB_OFFLINE."
        })
public final class PullCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(
            paramLabel = "NAME",
            arity = "1..*",
            description = {
                "qwen3:0.6b, or org/name[@revision][:choice]; CHOICE is a GGUF type such as Q4_K_M or a part of a file's",
                "name (default: the best for this machine's memory)"
            })
    private List<String> names = List.of();

    public PullCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        for (String name : names) {
            Path path = NamedModels.pull(console, name);
            console.out().println(path);
            console.out().flush();
        }
        return ExitCode.OK;
    }
}
