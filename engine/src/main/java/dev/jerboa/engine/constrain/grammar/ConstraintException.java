package dev.jerboa.engine.constrain.grammar;

/** A constraint cannot be used: the message names what, where (JSON pointer, line and column) and what to do. */
public final class ConstraintException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConstraintException(String message) {
        super(message);
    }

    public ConstraintException(String message, Throwable cause) {
        super(message, cause);
    }
}
