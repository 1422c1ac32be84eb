package dev.jerboa.gateway;

/** Something of the gateway's that cannot be as it was asked for: a configuration, a catalogue, a ledger; the message says what to do. */
public final class GatewayException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public GatewayException(String message) {
        super(message);
    }

    public GatewayException(String message, Throwable cause) {
        super(message, cause);
    }
}
