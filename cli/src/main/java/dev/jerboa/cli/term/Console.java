package dev.jerboa.cli.term;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The three streams of a command, in UTF-8, and which of them are terminals. {@code out} is buffered: who prints there
 * flushes when the reader should see it.
 */
public record Console(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean inIsTerminal,
        boolean outIsTerminal,
        boolean errIsTerminal) {

    /** The launcher says here which of the streams 0, 1, 2 are terminals, such as {@code 02}. */
    private static final String PROPERTY = "jerboa.terminals";

    /** This process's streams. */
    @SuppressWarnings("SystemConsoleNull") // a JVM without the console's module has none
    public static Console ofProcess() {
        String terminals = System.getProperty(PROPERTY);
        if (terminals == null) {
            java.io.Console console = System.console();
            terminals = console != null && console.isTerminal() ? "012" : "";
        }
        return new Console(
                new FileInputStream(FileDescriptor.in),
                new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                terminals.contains("0"),
                terminals.contains("1"),
                terminals.contains("2"));
    }

    /** Whether a conversation can be held. */
    public boolean interactive() {
        return inIsTerminal && outIsTerminal;
    }

    /** Everything on stdin as text. */
    public String readAll() {
        try {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("stdin cannot be read: " + e.getMessage(), e);
        }
    }

    /** A line of news about the work, to stderr. */
    public void say(String line) {
        err.println(line);
    }
}
