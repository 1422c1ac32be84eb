package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.UsageEvent;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How one attempt at an endpoint ended, with all that accounts need of it.
 *
 * @param attempt what the event keeps of it
 * @param ending why it did not answer, if it did not
 * @param used what was used, as far as it is known
 * @param upstreamCostNanos what the provider says it cost
 * @param reply what came
 * @param tail the last bytes of the reply, which the client is given when the event is in the journal
 */
public record CallResult(
        Attempt attempt, Ending ending, UsageEvent.Used used, OptionalLong upstreamCostNanos, Reply reply, Tail tail) {
    /**
     * Why an attempt did not answer.
     *
     * @param failure the kind, or {@link FailureKind#NONE}
     * @param status what the client is told where nothing answers: the endpoint's status
     * @param message the same in words, without secrets; empty where it answered
     * @param retryAfterMillis how long the endpoint wants to be left alone; −1 where it does not say
     * @param said what the endpoint said in place of a reply; not all of it is the client's matter
     */
    public record Ending(
            FailureKind failure, int status, String message, long retryAfterMillis, Optional<EndpointError> said) {
        /** The client went away before anything had come. */
        public static final Ending ABANDONED = of(FailureKind.CLIENT_GONE, 0, "");

        /** An ending without a wish to be left alone. */
        public static Ending of(FailureKind failure, int status, String message) {
            return new Ending(failure, status, message, -1, Optional.empty());
        }
    }

    /**
     * What came of a reply.
     *
     * @param finish why it ended, as events say it
     * @param nativeFinish the same in the endpoint's own word; empty where it told none
     * @param toolCalls how many tools it calls
     * @param bytes UTF-8 bytes of its text
     * @param firstTokenMicros from the beginning of the attempt to the first content; −1 without
     */
    public record Reply(String finish, String nativeFinish, int toolCalls, long bytes, long firstTokenMicros) {
        /** There was no content. */
        public static Reply none(String finish) {
            return new Reply(finish, "", 0, 0, -1);
        }
    }

    /** The endpoint did not take the request: nothing was used. */
    public static CallResult refused(Attempt attempt, Ending ending) {
        return new CallResult(attempt, ending, UsageEvent.Used.NONE, OptionalLong.empty(), Reply.none(""), Tail.NONE);
    }

    public FailureKind failure() {
        return ending.failure;
    }

    /** The same, where the client has gone away meanwhile: what was used was used. */
    public CallResult abandoned() {
        return new CallResult(attempt, Ending.ABANDONED, used, upstreamCostNanos, Reply.none("cancelled"), tail);
    }
}
