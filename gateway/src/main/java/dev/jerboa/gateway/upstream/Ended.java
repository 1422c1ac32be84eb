package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.money.Usage;
import java.util.Optional;
import java.util.OptionalLong;

/** Makes the results of an attempt. One thread. */
final class Ended {
    private final String endpoint;
    private final ClientRequest request;
    private final Patience patience;

    Ended(String endpoint, ClientRequest request, Patience patience) {
        this.endpoint = endpoint;
        this.request = request;
        this.patience = patience;
    }

    /** The endpoint did not take the request. */
    CallResult refused(int status, Refused refused) {
        return refused(refused.kind(), refused.message(), status, refused.outcome(), refused.retryAfterMillis())
                .with(refused.error());
    }

    CallResult refused(FailureKind kind, String message, int status, String outcome, long retryAfterMillis) {
        return new CallResult(
                new Attempt(endpoint, status, outcome, patience.elapsedMillis(), false),
                kind,
                false,
                Usage.NONE,
                Quality.MISSING,
                OptionalLong.empty(),
                "",
                0,
                0,
                -1,
                retryAfterMillis,
                status,
                message,
                Tail.NONE);
    }

    /** It failed before any content: what it tells to have counted is accounted, otherwise whether it is billed can only be guessed. */
    CallResult silent(String outcome, ReplyTally tally, String message) {
        return new CallResult(
                new Attempt(endpoint, 0, outcome, patience.elapsedMillis(), patience.wasSent()),
                FailureKind.SERVER,
                false,
                tally.usage().orElse(Usage.NONE),
                tally.usage().isPresent() ? Quality.PARTIAL : Quality.MISSING,
                tally.costNanos(),
                "error",
                0,
                0,
                -1,
                -1,
                0,
                message,
                Tail.NONE);
    }

    /** It answered, at least in part. */
    CallResult answered(
            FailureKind kind, String outcome, boolean committed, ReplyTally tally, String message, Tail tail) {
        Optional<Usage> told = tally.usage();
        Quality quality =
                told.isEmpty() ? Quality.ESTIMATED : kind == FailureKind.NONE ? Quality.PROVIDER : Quality.PARTIAL;
        Usage usage = told.map(known -> kind == FailureKind.NONE ? known : withText(known, tally))
                .orElseGet(() -> Usage.of(Estimates.promptTokens(request), Estimates.tokens(tally.textBytes())));
        return new CallResult(
                new Attempt(endpoint, 200, outcome, patience.elapsedMillis(), true),
                kind,
                committed,
                usage,
                quality,
                tally.costNanos(),
                kind == FailureKind.NONE ? tally.finish() : kind == FailureKind.CLIENT_GONE ? "cancelled" : "error",
                tally.toolCalls(),
                tally.textBytes(),
                request.stream() ? patience.firstTokenMicros() : -1, // what comes as a whole does not say when it began
                -1,
                200,
                message,
                tail,
                tally.service(),
                Optional.empty());
    }

    /** Counts of a reply that was left early: where they tell the prompt alone, its text is estimated, as it is not free. */
    private static Usage withText(Usage known, ReplyTally tally) {
        return known.completion() > 0 ? known : known.plus(Usage.of(0, Estimates.tokens(tally.textBytes())));
    }

    /** The client went away before anything of the reply had come. */
    CallResult abandoned() {
        boolean sent = patience.wasSent();
        return new CallResult(
                new Attempt(endpoint, 0, "client_gone", patience.elapsedMillis(), sent),
                FailureKind.CLIENT_GONE,
                false,
                sent ? Usage.of(Estimates.promptTokens(request), 0) : Usage.NONE,
                sent ? Quality.ESTIMATED : Quality.MISSING,
                OptionalLong.empty(),
                "cancelled",
                0,
                0,
                -1,
                -1,
                0,
                "",
                Tail.NONE);
    }
}
