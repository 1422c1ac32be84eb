package dev.jerboa.gateway.route;

import dev.jerboa.gateway.dialect.ErrorKind;

/** Nobody can be asked; the message is for the client. */
public final class RouteException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorKind kind;
    private final long retryAfterMillis;

    public RouteException(ErrorKind kind, String message) {
        this(kind, message, -1);
    }

    public RouteException(ErrorKind kind, String message, long retryAfterMillis) {
        super(message);
        this.kind = kind;
        this.retryAfterMillis = retryAfterMillis;
    }

    public ErrorKind kind() {
        return kind;
    }

    /** When somebody might be; −1 where time does not help. */
    public long retryAfterMillis() {
        return retryAfterMillis;
    }
}
