package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code eval}: how good a model is, one command a measure. */
@Command(
        name = "eval",
        description = "Says how good a model is, by one of several measures.",
        synopsisSubcommandLabel = "MEASURE")
public final class EvalCommand {
    @Mixin
    HelpOptions help = new HelpOptions();

    private EvalCommand() {}

    /** The command with its measures. */
    public static CommandLine line(Console console) {
        return new CommandLine(new EvalCommand())
                .addSubcommand("perplexity", new EvalPerplexityCommand(console))
                .addSubcommand("run", new EvalRunCommand(console))
                .addSubcommand("tasks", new EvalTasksCommand(console))
                .addSubcommand("teacher", new EvalTeacherCommand(console));
    }
}
