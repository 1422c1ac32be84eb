package dev.jerboa.cli.command;

/** The exit codes of every command. */
public final class ExitCode {
    public static final int OK = 0;
    /** The request cannot be met: a file is missing or damaged, a value is out of range. */
    public static final int ERROR = 1;
    /** The command line is not understood. */
    public static final int USAGE = 2;
    /** A defect of Jerboa. */
    public static final int DEFECT = 70;
    /** Ended by Ctrl-C (128 + SIGINT). */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
