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
