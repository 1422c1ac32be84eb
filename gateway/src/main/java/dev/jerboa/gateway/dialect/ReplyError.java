package dev.jerboa.gateway.dialect;

/**
 * What a client is told where there is no reply, or no more of it.
 *
 * @param message in words for the client
 * @param origin whose it is
 */
public record ReplyError(ErrorKind kind, String message, ErrorOrigin origin) {
    /** An error of the gateway's own. */
    public ReplyError(ErrorKind kind, String message) {
        this(kind, message, ErrorOrigin.NONE);
    }
}
