package dev.jerboa.cli;

import dev.jerboa.cli.command.CommandException;
import dev.jerboa.cli.command.ExitCode;
import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.gateway.GatewayException;
import dev.jerboa.hub.HubException;
import dev.jerboa.model.ModelException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;

/** The door of the command line. */
public final class Main {
    /** Set to 1 for stack traces of failures. */
    private static final String DEBUG = "JERBOA_DEBUG";

    private Main() {}

    public static void main(String[] args) {
        Console console = Console.ofProcess();
        int code = run(console, args);
        console.out().flush();
        System.exit(code);
    }

    /** Runs one command line and returns its exit code; never throws, never ends the JVM. */
    public static int run(Console console, String... args) {
        try {
            CommandLine line = Commands.line(console, args);
            line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
            line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
            line.setExecutionExceptionHandler((e, command, parsed) -> report(console, e));
            return line.execute(args);
        } catch (RuntimeException | Error e) { // Error: out of memory has a remedy to tell
            return report(console, e);
        } finally {
            console.out().flush();
        }
    }

    private static int report(Console console, Throwable failure) {
        console.out().flush();
        boolean debug = "1".equals(System.getenv(DEBUG));
        String message = message(failure);
        if (debug) {
            failure.printStackTrace(console.err());
        }
        if (!message.isEmpty()) {
            console.say("jerboa: " + message);
            return ExitCode.ERROR;
        }
        console.say("jerboa: unexpected " + failure + (debug ? "" : " (a defect; " + DEBUG + "=1 prints its place)"));
        return ExitCode.DEFECT;
    }

    /** What to tell of a failure that is not Jerboa's own; empty for defects. */
    private static String message(Throwable failure) {
        return switch (failure) {
            case ModelException e -> text(e);
            case CommandException e -> text(e);
            case HubException e -> text(e);
            case GatewayException e -> text(e);
            case EvalException e -> text(e);
            case NoSuchFileException e -> e.getFile() + ": no such file";
            case AccessDeniedException e -> e.getFile() + ": no permission";
            case UncheckedIOException e -> text(e);
            case IOException e -> text(e);
            case OutOfMemoryError e ->
                "not enough memory (" + e.getMessage() + "): a smaller --context or fewer --threads needs less;"
                        + " JERBOA_JVM_OPTIONS=-Xmx8g gives the Java heap more";
            default -> "";
        };
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.toString() : message.replaceAll("\\s*\\R\\s*", " ");
    }
}
