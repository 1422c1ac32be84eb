package dev.jerboa.hub.remote;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server refuses for now: it is busy, asks for patience, or an address of its own is no longer good. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Seconds until the limit is reset, in the header {@code RateLimit}. */
    private static final Pattern RESET = Pattern.compile("[;,]\\s*t\\s*=\\s*(\\d{1,6})");

    private final int status;
    private final transient Optional<Duration> after;

    private RefusedException(String message, int status, Optional<Duration> after) {
        super(message);
        this.status = status;
        this.after = after;
    }

    static RefusedException of(HttpResponse<?> response) {
        int status = response.statusCode();
        Optional<Duration> after = response.headers()
                .firstValue("Retry-After")
                .filter(text -> text.matches("\\d{1,6}"))
                .or(() -> response.headers()
                        .firstValue("RateLimit")
                        .map(RESET::matcher)
                        .filter(Matcher::find)
                        .map(matcher -> matcher.group(1)))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
        return new RefusedException(
                response.uri().getHost() + " answers HTTP " + status + (status == 429 ? ", too many requests" : ""),
                status,
                after);
    }

    /** HTTP's number. */
    public int status() {
        return status;
    }

    /** How long the server asks to wait. */
    public Optional<Duration> after() {
        return after;
    }
}
