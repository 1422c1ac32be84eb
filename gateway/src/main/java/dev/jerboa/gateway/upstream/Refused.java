package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.EndpointError;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/**
 * What an answer that is not a reply means.
 *
 * @param outcome in a word, as attempts say it
 * @param message in a sentence for the client, without the provider's secrets
 * @param retryAfterMillis how long the endpoint wants to be left alone; −1 where it does not say
 * @param error what the endpoint says
 */
record Refused(FailureKind kind, String outcome, String message, long retryAfterMillis, EndpointError error) {
    /** A pause that is asked for is not longer than this. */
    private static final long LONGEST_PAUSE_MILLIS = Duration.ofMinutes(10).toMillis();

    /** @param secret the key that was sent, which no message may have in it */
    static Refused of(ReplyHead head, EndpointError error, String secret) {
        long pause = retryAfter(head);
        if (head.status() / 100 == 3) {
            return new Refused(
                    FailureKind.NOT_HERE,
                    "refused",
                    "the provider answered with the status " + head.status() + "; redirects are not followed",
                    pause,
                    error);
        }
        return of(
                secret.isEmpty()
                        ? error
                        : new EndpointError(
                                error.kind(),
                                error.message().replace(secret, "…"),
                                error.code(),
                                error.reasons(),
                                error.flaggedInput()),
                pause);
    }

    /** @param error of the endpoint, without its secret */
    static Refused of(EndpointError error, long pause) {
        String words = error.message();
        return switch (error.kind()) {
            case AUTHENTICATION, PERMISSION ->
                new Refused(FailureKind.KEY, "auth", "the provider does not accept the gateway's key", pause, error);
            case QUOTA ->
                new Refused(
                        FailureKind.KEY, "payment", "the gateway's account at the provider is used up", pause, error);
            case RATE_LIMIT ->
                new Refused(
                        FailureKind.RATE_LIMITED,
                        "rate_limited",
                        "the provider limits the gateway's requests",
                        pause,
                        error);
            case CONTEXT_LENGTH, CONTENT_POLICY, NOT_FOUND, TOO_LARGE ->
                new Refused(FailureKind.NOT_HERE, "refused", words, pause, error);
            case SERVER, OVERLOADED, TIMEOUT -> new Refused(FailureKind.SERVER, "server_error", words, pause, error);
            case INVALID -> new Refused(FailureKind.INVALID, "invalid", words, pause, error);
        };
    }

    /** The endpoint's words where they are the client's matter: what it says of the gateway's key and limits is not. */
    String told() {
        return kind == FailureKind.KEY || kind == FailureKind.RATE_LIMITED ? "" : message;
    }

    private static long retryAfter(ReplyHead head) {
        String millis = head.header("retry-after-ms");
        String value = head.header("retry-after");
        try {
            if (!millis.isEmpty()) {
                return bounded(Double.parseDouble(millis));
            }
            return value.isEmpty() ? -1 : bounded(1000 * Double.parseDouble(value));
        } catch (NumberFormatException e) {
            return untilDate(value);
        }
    }

    private static long untilDate(String value) {
        try {
            ZonedDateTime when = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
            return bounded(
                    Duration.between(ZonedDateTime.now(when.getZone()), when).toMillis());
        } catch (DateTimeException e) {
            return -1;
        }
    }

    private static long bounded(double millis) {
        return Double.isNaN(millis) ? -1 : (long) Math.clamp(millis, 0, LONGEST_PAUSE_MILLIS);
    }
}
