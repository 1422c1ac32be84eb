package dev.jerboa.engine.eval;

/** An evaluation cannot be made: the message names the file and line, what was expected, what was found, and what to do. */
public final class EvalException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EvalException(String message) {
        super(message);
    }

    public EvalException(String message, Throwable cause) {
        super(message, cause);
    }
}
