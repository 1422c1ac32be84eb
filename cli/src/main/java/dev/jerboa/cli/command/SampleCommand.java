package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sample}: data sets that a model writes, one command a kind of text. */
@Command(
        name = "sample",
        description = "Has a model write what others are trained on.",
        synopsisSubcommandLabel = "WHAT")
public final class SampleCommand {
    @Mixin
    HelpOptions help = new HelpOptions();

    private SampleCommand() {}

    /** The command with its kinds. */
    public static CommandLine line(Console console) {
        return new CommandLine(new SampleCommand()).addSubcommand("tasks", new SampleTasksCommand(console));
    }
}
