package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.hub.Hub;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code rm}: models that were pulled. */
@Command(
        name = "rm",
        description = "Removes models that were pulled to this machine: all of NAME, or only its :choice or @revision.")
public final class RemoveCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "as for pull")
    private List<String> names = List.of();

    public RemoveCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Hub hub = NamedModels.hub();
        for (String name : names) {
            long bytes = hub.cache().remove(hub.catalog().resolve(name));
            console.say("jerboa: removed " + name + ", " + Sizes.of(bytes) + " are free again");
        }
        return ExitCode.OK;
    }
}
