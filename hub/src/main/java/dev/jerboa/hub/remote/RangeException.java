package dev.jerboa.hub.remote;

import java.io.IOException;

/** A server's answer to a range is not the bytes that were asked for: it says what was found. */
public final class RangeException extends IOException {
    private static final long serialVersionUID = 1L;

    RangeException(String message) {
        super(message);
    }
}
