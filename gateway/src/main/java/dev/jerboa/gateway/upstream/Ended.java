package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
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
        return refused(
                status,
                refused.outcome(),
                new CallResult.Ending(
                        refused.kind(),
                        status,
                        refused.message(),
                        refused.retryAfterMillis(),
                        Optional.of(refused.error())));
    }

    /** It was not asked, or could not be. */
    CallResult refused(FailureKind kind, String message, int status, String outcome) {
        return refused(status, outcome, CallResult.Ending.of(kind, status, message));
    }

    private CallResult refused(int status, String outcome, CallResult.Ending ending) {
        return CallResult.refused(new Attempt(endpoint, status, outcome, patience.elapsedMillis(), false), ending);
    }

    /** It failed before any content: what it tells to have counted is accounted, otherwise whether it is billed can only be guessed. */
    CallResult silent(String outcome, ReplyTally tally, String message) {
        Quality quality = tally.usage().isPresent() ? Quality.PARTIAL : Quality.MISSING;
        return new CallResult(
                new Attempt(endpoint, 0, outcome, patience.elapsedMillis(), patience.wasSent()),
                CallResult.Ending.of(FailureKind.SERVER, 0, message),
                UsageEvent.Used.of(tally.usage().orElse(Usage.NONE), quality),
                tally.costNanos(),
                CallResult.Reply.none("error"),
                Tail.NONE);
    }

    /** It answered, at least in part. */
    CallResult answered(FailureKind kind, String outcome, ReplyTally tally, String message, Tail tail) {
        Optional<Usage> told = tally.usage();
        Quality quality =
                told.isEmpty() ? Quality.ESTIMATED : kind == FailureKind.NONE ? Quality.PROVIDER : Quality.PARTIAL;
        Usage usage = told.map(known -> kind == FailureKind.NONE ? known : withText(known, tally))
                .orElseGet(() -> Usage.of(Estimates.promptTokens(request), Estimates.tokens(tally.textBytes())));
        String finish = switch (kind) {
            case NONE -> tally.finish();
            case CLIENT_GONE -> "cancelled";
            default -> "error";
        };
        long first =
                request.stream() ? patience.firstTokenMicros() : -1; // what comes as a whole does not say when it began
        return new CallResult(
                new Attempt(endpoint, 200, outcome, patience.elapsedMillis(), true),
                CallResult.Ending.of(kind, 200, message),
                new UsageEvent.Used(usage, tally.service(), quality),
                tally.costNanos(),
                new CallResult.Reply(finish, tally.finishSaid(), tally.toolCalls(), tally.textBytes(), first),
                tail);
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
                CallResult.Ending.ABANDONED,
                sent
                        ? UsageEvent.Used.of(Usage.of(Estimates.promptTokens(request), 0), Quality.ESTIMATED)
                        : UsageEvent.Used.NONE,
                OptionalLong.empty(),
                CallResult.Reply.none("cancelled"),
                Tail.NONE);
    }
}
