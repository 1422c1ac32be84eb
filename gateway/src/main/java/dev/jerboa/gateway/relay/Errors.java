package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.translation.Translation;
import dev.jerboa.gateway.upstream.CallResult;
import dev.jerboa.gateway.upstream.FailureKind;
import dev.jerboa.gateway.upstream.ReplySink;
import dev.jerboa.gateway.upstream.Writers;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Tells clients what went wrong. */
final class Errors {
    private static final int BAD_GATEWAY = 502;

    private Errors() {}

    /** What a client is told of an attempt that nobody could answer in the place of. */
    static ErrorKind kind(CallResult last) {
        return switch (last.failure()) {
            case RATE_LIMITED -> ErrorKind.RATE_LIMIT;
            case INVALID -> ErrorKind.INVALID;
            case NOT_HERE -> notHere(last);
            case SERVER -> {
                boolean late = last.attempt().outcome().endsWith("timeout")
                        || last.attempt().outcome().equals("idle");
                yield late || last.ending().status() == 504
                        ? ErrorKind.TIMEOUT
                        : last.ending().status() == 503 || last.ending().status() == 529
                                ? ErrorKind.OVERLOADED
                                : ErrorKind.SERVER;
            }
            case KEY, NONE, CUT, CLIENT_GONE -> ErrorKind.SERVER; // the gateway's key is not the client's matter
        };
    }

    private static ErrorKind notHere(CallResult last) {
        String message = last.ending().message().toLowerCase(Locale.ROOT);
        if (message.contains("context") || message.contains("too long")) {
            return ErrorKind.CONTEXT_LENGTH;
        }
        return last.ending().status() >= 400 && last.ending().status() < 500
                ? ErrorKind.of(last.ending().status())
                : ErrorKind.SERVER;
    }

    /** The status of an error: what goes wrong behind the gateway is a bad gateway. */
    static int status(ErrorKind kind) {
        return kind == ErrorKind.SERVER ? BAD_GATEWAY : kind.status();
    }

    static String message(CallResult last) {
        return last.failure() == FailureKind.INVALID || last.failure() == FailureKind.NOT_HERE
                ? last.ending().message()
                : "no provider answered: " + last.ending().message();
    }

    /** Sends an error: as the answer, or within a stream that has been opened. */
    static void send(
            ReplySink sink, ClientRequest request, String id, ErrorKind kind, String message, long retryAfterMillis) {
        if (sink.isOpen()) {
            byte[] last = Writers.of(request, id, request.model()).failed(kind, message);
            sink.write(last, 0, last.length);
            return;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/json");
        headers.put("X-Generation-Id", id);
        if (retryAfterMillis >= 0) {
            headers.put("Retry-After", String.valueOf(Math.max(1, (retryAfterMillis + 999) / 1000)));
        }
        byte[] body = Translation.errorBody(request.form(), kind, message);
        sink.begin(status(kind), headers);
        sink.write(body, 0, body.length);
    }
}
