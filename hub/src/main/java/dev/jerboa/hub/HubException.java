package dev.jerboa.hub;

/** A model cannot be had by its name: the message says what was asked for, what was found, and the remedy. */
public class HubException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public HubException(String message) {
        super(message);
    }

    public HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
