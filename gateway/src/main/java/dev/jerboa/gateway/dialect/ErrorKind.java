package dev.jerboa.gateway.dialect;

import java.util.Locale;

/** What went wrong with a request, as far as dialects tell such things apart. */
public enum ErrorKind {
    /** The request itself: every endpoint would refuse it. */
    INVALID(400),
    /** The conversation is longer than the endpoint reads: another one may read it. */
    CONTEXT_LENGTH(400),
    /** The endpoint does not answer to such content: another one may. */
    CONTENT_POLICY(400),
    /** The key is not known. */
    AUTHENTICATION(401),
    /** The key's account has nothing left. */
    QUOTA(402),
    /** The key may not do that. */
    PERMISSION(403),
    /** There is no such model, or no such path. */
    NOT_FOUND(404),
    /** The request's body is too large. */
    TOO_LARGE(413),
    /** Too many requests. */
    RATE_LIMIT(429),
    /** The endpoint failed. */
    SERVER(500),
    /** The endpoint has too much to do. */
    OVERLOADED(503),
    /** The endpoint took too long. */
    TIMEOUT(504);

    private final int status;

    ErrorKind(int status) {
        this.status = status;
    }

    /** The HTTP status that says so. */
    public int status() {
        return status;
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What a status says by itself. */
    public static ErrorKind of(int status) {
        return switch (status) {
            case 401 -> AUTHENTICATION;
            case 402 -> QUOTA;
            case 403 -> PERMISSION;
            case 404, 405 -> NOT_FOUND;
            case 408, 504 -> TIMEOUT;
            case 413 -> TOO_LARGE;
            case 429 -> RATE_LIMIT;
            case 503, 529 -> OVERLOADED;
            default -> status >= 500 ? SERVER : INVALID;
        };
    }
}
