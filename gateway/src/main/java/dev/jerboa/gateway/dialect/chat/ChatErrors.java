package dev.jerboa.gateway.dialect.chat;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ErrorOrigin;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.Surface;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Errors in the shape of OpenAI's with what OpenRouter's have beside: {@code message}, {@code type}, {@code param}, {@code code},
 * {@code metadata}. The code alone cannot be both: it is OpenAI's word, or OpenRouter's status.
 */
public final class ChatErrors {
    private ChatErrors() {}

    public static Map<String, @Nullable Object> body(ReplyError error, Surface surface) {
        ErrorKind kind = error.kind();
        Map<String, @Nullable Object> told = map("message", error.message(), "type", type(kind), "param", null);
        told.put("code", surface == Surface.OPENROUTER ? surface.status(kind) : code(kind));
        Map<String, @Nullable Object> metadata = metadata(error, surface);
        put(told, "metadata", metadata.isEmpty() ? null : metadata);
        return map("error", told);
    }

    private static Map<String, @Nullable Object> metadata(ReplyError error, Surface surface) {
        ErrorOrigin origin = error.origin();
        Map<String, @Nullable Object> metadata = map();
        if (surface == Surface.OPENROUTER || !origin.provider().isEmpty()) {
            metadata.put("error_type", errorType(error.kind()));
        }
        put(metadata, "provider_name", orNull(origin.provider()));
        if (error.kind() == ErrorKind.CONTENT_POLICY && !origin.provider().isEmpty()) {
            metadata.put("reasons", origin.reasons());
            put(metadata, "flagged_input", orNull(origin.flaggedInput()));
            metadata.put("model_slug", origin.model());
        }
        put(metadata, "provider_code", orNull(origin.code()));
        put(metadata, "raw", orNull(origin.raw()));
        return metadata;
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
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

    /** The name by which OpenRouter's clients tell errors apart. */
    private static String errorType(ErrorKind kind) {
        return switch (kind) {
            case INVALID -> "invalid_request";
            case CONTEXT_LENGTH -> "context_length_exceeded";
            case CONTENT_POLICY -> "content_policy_violation";
            case AUTHENTICATION -> "authentication";
            case QUOTA -> "payment_required";
            case PERMISSION -> "permission_denied";
            case NOT_FOUND -> "not_found";
            case TOO_LARGE -> "payload_too_large";
            case RATE_LIMIT -> "rate_limit_exceeded";
            case SERVER -> "provider_unavailable";
            case OVERLOADED -> "provider_overloaded";
            case TIMEOUT -> "timeout";
        };
    }
}
