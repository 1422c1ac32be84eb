package dev.jerboa.cli.command;

/** The user asked for what cannot be done; the message says what, and what would help. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandException(String message) {
        super(message);
    }
}
