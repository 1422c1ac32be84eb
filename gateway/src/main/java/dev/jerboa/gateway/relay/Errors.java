package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ErrorOrigin;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.translation.Translation;
import dev.jerboa.gateway.route.Candidate;
import dev.jerboa.gateway.upstream.CallResult;
import dev.jerboa.gateway.upstream.FailureKind;
import dev.jerboa.gateway.upstream.ReplySink;
import dev.jerboa.gateway.upstream.Writers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tells clients what went wrong. */
final class Errors {
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
        ErrorKind said = last.ending().said().map(EndpointError::kind).orElse(ErrorKind.SERVER);
        if (said == ErrorKind.CONTEXT_LENGTH || said == ErrorKind.CONTENT_POLICY) {
            return said;
        }
        String message = last.ending().message().toLowerCase(Locale.ROOT);
        if (message.contains("context") || message.contains("too long")) {
            return ErrorKind.CONTEXT_LENGTH;
        }
        return last.ending().status() >= 400 && last.ending().status() < 500
                ? ErrorKind.of(last.ending().status())
                : ErrorKind.SERVER;
    }

    static String message(CallResult last) {
        return last.failure() == FailureKind.INVALID || last.failure() == FailureKind.NOT_HERE
                ? last.ending().message()
                : "no provider answered: " + last.ending().message();
    }

    /** Whose error it is that an attempt ended with. What a provider says of the gateway's key and limits is not told. */
    static ErrorOrigin origin(Candidate candidate, CallResult last) {
        boolean told = last.failure() == FailureKind.INVALID
                || last.failure() == FailureKind.NOT_HERE
                || last.failure() == FailureKind.SERVER;
        EndpointError said = told ? last.ending().said().orElse(null) : null;
        return new ErrorOrigin(
                candidate.provider().name(),
                candidate.endpoint().model(),
                said == null ? "" : said.message(),
                said == null ? "" : said.code(),
                said == null ? List.of() : said.reasons(),
                said == null ? "" : said.flaggedInput());
    }

    /** Sends an error: as the answer, or within a stream that has been opened. */
    static void send(ReplySink sink, ClientRequest request, String id, ReplyError error, long retryAfterMillis) {
        if (sink.isOpen()) {
            Answerer answerer = new Answerer(id, request.model(), error.origin().provider());
            byte[] last = Writers.of(request, answerer).failed(error);
            sink.write(last, 0, last.length);
            return;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/json");
        headers.put("X-Generation-Id", id);
        if (retryAfterMillis >= 0) {
            headers.put("Retry-After", String.valueOf(Math.max(1, (retryAfterMillis + 999) / 1000)));
        }
        byte[] body = Translation.errorBody(request.form(), error, request.surface());
        sink.begin(request.surface().status(error.kind()), headers);
        sink.write(body, 0, body.length);
    }
}
