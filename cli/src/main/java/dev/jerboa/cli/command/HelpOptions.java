package dev.jerboa.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What every command has: {@code --help}, and the exit codes in it. */
@Command(
        synopsisHeading = "Usage: ",
        descriptionHeading = "%n",
        parameterListHeading = "%n",
        optionListHeading = "%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the request cannot be met (a missing or damaged file, a value out of range)",
            "2:the command line is not understood",
            "70:a defect of Jerboa",
            "130:ended by Ctrl-C"
        })
final class HelpOptions {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "print this help")
    boolean help;
}
