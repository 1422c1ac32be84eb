package dev.jerboa.server.http;

import io.helidon.webserver.CloseConnectionException;

/** The client of a request has gone away, or reads no more. The connection is closed without a word. */
public final class ClientGoneException extends CloseConnectionException {
    private static final long serialVersionUID = 1;

    public ClientGoneException(String message) {
        super(message);
    }

    ClientGoneException(Exception cause) {
        this("the client reads no more", cause);
    }

    ClientGoneException(String message, Exception cause) {
        super(message, cause);
    }
}
