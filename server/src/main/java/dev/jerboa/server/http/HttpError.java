package dev.jerboa.server.http;

import org.jspecify.annotations.Nullable;

/**
 * A request that is not served, and why; each dialect writes it in its own shape.
 *
 * @see Kind
 */
public final class HttpError extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What is wrong, for all dialects. */
    public enum Kind {
        BAD_REQUEST(400),
        /** The prompt has more tokens than the context. */
        PROMPT_TOO_LONG(400),
        UNAUTHORIZED(401),
        FORBIDDEN(403),
        NOT_FOUND(404),
        NO_MODEL(404),
        METHOD_NOT_ALLOWED(405),
        CONFLICT(409),
        TOO_LARGE(413),
        NOT_IMPLEMENTED(501),
        OVERLOADED(503),
        TIMEOUT(504),
        INTERNAL(500);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    private final Kind kind;
    private final @Nullable String parameter;

    private HttpError(Kind kind, String message, @Nullable String parameter) {
        super(message);
        this.kind = kind;
        this.parameter = parameter;
    }

    public static HttpError of(Kind kind, String message) {
        return new HttpError(kind, message, null);
    }

    /** A field of the body that cannot be served as it is. */
    public static HttpError field(String name, String message) {
        return new HttpError(Kind.BAD_REQUEST, name + ": " + message, name);
    }

    public Kind kind() {
        return kind;
    }

    /** The field of the body that it is about, or null. */
    public @Nullable String parameter() {
        return parameter;
    }

    public String message() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
