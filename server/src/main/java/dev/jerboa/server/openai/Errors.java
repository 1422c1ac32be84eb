package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.ServerResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Errors in OpenAI's shape. */
public final class Errors {
    private Errors() {}

    /** Answers with an error. */
    public static void send(ServerResponse response, HttpError error) {
        Http.json(response, error.kind().status(), map("error", body(error)));
    }

    /** Answers with an error as the clients of OpenRouter know it too: with the status as its code, and the word for it in its metadata. */
    public static void sendWithStatus(ServerResponse response, HttpError error) {
        int status = error.kind() == HttpError.Kind.TIMEOUT ? 408 : error.kind().status();
        Map<String, @Nullable Object> body = body(error);
        body.put("code", status);
        body.put("metadata", map("error_type", errorType(error.kind())));
        Http.json(response, status, map("error", body));
    }

    private static String errorType(HttpError.Kind kind) {
        return switch (kind) {
            case BAD_REQUEST, METHOD_NOT_ALLOWED, CONFLICT, NOT_IMPLEMENTED -> "invalid_request";
            case PROMPT_TOO_LONG -> "context_length_exceeded";
            case UNAUTHORIZED -> "authentication";
            case FORBIDDEN -> "permission_denied";
            case NOT_FOUND, NO_MODEL -> "not_found";
            case TOO_LARGE -> "payload_too_large";
            case OVERLOADED -> "provider_overloaded";
            case TIMEOUT -> "timeout";
            case INTERNAL -> "server";
        };
    }

    /** The error of an answer or an event. What is not ours to tell is not told. */
    static Map<String, @Nullable Object> body(RuntimeException e) {
        if (!(e instanceof HttpError error)) {
            return map(
                    "message",
                    e instanceof IllegalStateException && e.getMessage() != null
                            ? e.getMessage()
                            : "the server failed; its log says more",
                    "type",
                    "server_error",
                    "param",
                    null,
                    "code",
                    null);
        }
        return map(
                "message",
                error.message(),
                "type",
                type(error.kind()),
                "param",
                error.parameter(),
                "code",
                code(error.kind()));
    }

    private static String type(HttpError.Kind kind) {
        return switch (kind) {
            case UNAUTHORIZED -> "authentication_error";
            case FORBIDDEN -> "permission_error";
            case OVERLOADED, TIMEOUT, INTERNAL -> "server_error";
            default -> "invalid_request_error";
        };
    }

    private static @Nullable String code(HttpError.Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> "not_found";
            case NO_MODEL -> "model_not_found";
            case PROMPT_TOO_LONG -> "context_length_exceeded";
            case UNAUTHORIZED -> "invalid_api_key";
            case OVERLOADED -> "server_overloaded";
            case TOO_LARGE -> "request_too_large";
            default -> null;
        };
    }
}
