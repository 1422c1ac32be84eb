package dev.jerboa.model;

/** A model file, or what it says, cannot be used: the message names the file, the key or tensor, what was expected and found, and the remedy. */
public final class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
