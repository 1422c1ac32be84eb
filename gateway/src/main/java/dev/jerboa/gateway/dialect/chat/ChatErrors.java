package dev.jerboa.gateway.dialect.chat;

import static dev.jerboa.gateway.dialect.wire.Out.map;

import dev.jerboa.gateway.dialect.ErrorKind;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Errors in OpenAI's shape. */
public final class ChatErrors {
    private ChatErrors() {}

    public static Map<String, @Nullable Object> body(ErrorKind kind, String message) {
        return map("error", map("message", message, "type", type(kind), "param", null, "code", code(kind)));
    }

    private static String type(ErrorKind kind) {
        return switch (kind) {
            case INVALID, CONTEXT_LENGTH, CONTENT_POLICY, NOT_FOUND, TOO_LARGE -> "invalid_request_error";
            case AUTHENTICATION -> "authentication_error";
            case QUOTA -> "insufficient_quota";
            case PERMISSION -> "permission_error";
            case RATE_LIMIT -> "rate_limit_error";
            case SERVER, OVERLOADED, TIMEOUT -> "server_error";
        };
    }

    private static @Nullable String code(ErrorKind kind) {
        return switch (kind) {
            case INVALID, PERMISSION, SERVER -> null;
            case CONTEXT_LENGTH -> "context_length_exceeded";
            case CONTENT_POLICY -> "content_policy_violation";
            case AUTHENTICATION -> "invalid_api_key";
            case QUOTA -> "insufficient_quota";
            case NOT_FOUND -> "model_not_found";
            case TOO_LARGE -> "request_too_large";
            case RATE_LIMIT -> "rate_limit_exceeded";
            case OVERLOADED -> "server_overloaded";
            case TIMEOUT -> "timeout";
        };
    }
}
