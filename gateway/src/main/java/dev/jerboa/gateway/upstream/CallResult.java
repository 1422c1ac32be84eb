package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.Usage;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How one attempt at an endpoint ended, with all that accounts need of it.
 *
 * @param attempt what the event keeps of it
 * @param failure why it did not answer, or {@link FailureKind#NONE}
 * @param committed whether content has gone to the client, so that no other endpoint can answer
 * @param usage tokens, as far as they are known
 * @param quality where they come from
 * @param upstreamCostNanos what the provider says it cost
 * @param finish why the reply ended, as events say it
 * @param toolCalls how many tools the reply calls
 * @param bytesOut UTF-8 bytes of the reply's text
 * @param firstTokenMicros from the beginning of the attempt to the first content; −1 without
 * @param retryAfterMillis how long the endpoint wants to be left alone; −1 where it does not say
 * @param status what the client is told where nothing answers: the endpoint's status
 * @param message the same in words, without secrets; empty where it answered
 * @param tail the last bytes of the reply, which the client is given when the event is in the journal
 * @param service at which tier it was processed, and which tools of the provider's were used, as the reply says
 * @param error what the endpoint said in place of a reply; not all of it is the client's matter
 */
public record CallResult(
        Attempt attempt,
        FailureKind failure,
        boolean committed,
        Usage usage,
        Quality quality,
        OptionalLong upstreamCostNanos,
        String finish,
        int toolCalls,
        long bytesOut,
        long firstTokenMicros,
        long retryAfterMillis,
        int status,
        String message,
        Tail tail,
        Service service,
        Optional<EndpointError> error) {
    /** Of an endpoint that says nothing of what it did beside. */
    public CallResult(
            Attempt attempt,
            FailureKind failure,
            boolean committed,
            Usage usage,
            Quality quality,
            OptionalLong upstreamCostNanos,
            String finish,
            int toolCalls,
            long bytesOut,
            long firstTokenMicros,
            long retryAfterMillis,
            int status,
            String message,
            Tail tail) {
        this(
                attempt,
                failure,
                committed,
                usage,
                quality,
                upstreamCostNanos,
                finish,
                toolCalls,
                bytesOut,
                firstTokenMicros,
                retryAfterMillis,
                status,
                message,
                tail,
                Service.NONE,
                Optional.empty());
    }

    /** The same with what the endpoint said. */
    CallResult with(EndpointError said) {
        return new CallResult(
                attempt,
                failure,
                committed,
                usage,
                quality,
                upstreamCostNanos,
                finish,
                toolCalls,
                bytesOut,
                firstTokenMicros,
                retryAfterMillis,
                status,
                message,
                tail,
                service,
                Optional.of(said));
    }
}
