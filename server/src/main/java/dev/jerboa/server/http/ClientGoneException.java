package dev.jerboa.server.http;

import java.io.IOException;

/** The client of a stream reads no more. */
public final class ClientGoneException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ClientGoneException(IOException cause) {
        super(cause);
    }
}
