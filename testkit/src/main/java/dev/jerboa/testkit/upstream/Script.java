package dev.jerboa.testkit.upstream;

/**
 * What the stand-in does with a request. Immutable; made from {@link #answer} by the {@code with} methods.
 *
 * @param status the HTTP status; 200 for a reply
 * @param retryAfter the header of that name; empty for none
 * @param body of an answer that is not a reply; of one that is, what it says word by word, where it says anything
 * @param chunks pieces of text
 * @param chunk the text of each
 * @param prompt tokens of the prompt, cached ones among them
 * @param cached of these
 * @param completion tokens of the reply
 * @param usage where it is told
 * @param ending how the reply ends
 * @param stall where it stops for {@code stallMillis}
 * @param trickleMillis between pieces
 */
public record Script(
        int status,
        String retryAfter,
        String body,
        int chunks,
        String chunk,
        long prompt,
        long cached,
        long completion,
        UsageAt usage,
        Ending ending,
        Stall stall,
        int stallMillis,
        int trickleMillis) {
    /** Where a reply tells its usage. */
    public enum UsageAt {
        /** Where the dialect has it. */
        END,
        NOWHERE,
        /** In every piece, growing. */
        EVERYWHERE
    }

    /** How a reply ends. */
    public enum Ending {
        WHOLE,
        /** The connection breaks after half of the pieces. */
        CUT,
        /** The dialect's word for a reply that reached its limit. */
        LENGTH,
        /** An error within the stream after half of the pieces. */
        ERROR,
        /** All is said, but the connection stays open without an end. */
        OPEN
    }

    /** Where a reply stops for a while. */
    public enum Stall {
        NOWHERE,
        BEFORE_HEAD,
        BEFORE_FIRST,
        MIDDLE
    }

    /** A reply of some pieces, as it should be. */
    public static Script answer() {
        return new Script(200, "", "", 4, "word ", 10, 0, 8, UsageAt.END, Ending.WHOLE, Stall.NOWHERE, 0, 0);
    }

    /** A refusal with a message in the shape that most providers have. */
    public static Script refusal(int status, String message) {
        return answer().with(
                        status, "{\"error\": {\"message\": \"" + message + "\", \"type\": \"error\", \"code\": null}}");
    }

    /** A reply of the status 200 in one piece, in these words, whether a stream was asked for or not. */
    public static Script saying(String body) {
        return answer().with(200, body);
    }

    private Script with(int status, String body) {
        return new Script(
                status,
                retryAfter,
                body,
                chunks,
                chunk,
                prompt,
                cached,
                completion,
                usage,
                ending,
                stall,
                stallMillis,
                trickleMillis);
    }

    public Script withRetryAfter(String value) {
        return new Script(
                status,
                value,
                body,
                chunks,
                chunk,
                prompt,
                cached,
                completion,
                usage,
                ending,
                stall,
                stallMillis,
                trickleMillis);
    }

    public Script withText(int count, String each) {
        return new Script(
                status,
                retryAfter,
                body,
                count,
                each,
                prompt,
                cached,
                completion,
                usage,
                ending,
                stall,
                stallMillis,
                trickleMillis);
    }

    public Script withTokens(long ofPrompt, long ofCache, long ofReply) {
        return new Script(
                status,
                retryAfter,
                body,
                chunks,
                chunk,
                ofPrompt,
                ofCache,
                ofReply,
                usage,
                ending,
                stall,
                stallMillis,
                trickleMillis);
    }

    public Script withUsage(UsageAt at) {
        return new Script(
                status,
                retryAfter,
                body,
                chunks,
                chunk,
                prompt,
                cached,
                completion,
                at,
                ending,
                stall,
                stallMillis,
                trickleMillis);
    }

    public Script withEnding(Ending how) {
        return new Script(
                status,
                retryAfter,
                body,
                chunks,
                chunk,
                prompt,
                cached,
                completion,
                usage,
                how,
                stall,
                stallMillis,
                trickleMillis);
    }

    public Script withStall(Stall where, int millis) {
        return new Script(
                status,
                retryAfter,
                body,
                chunks,
                chunk,
                prompt,
                cached,
                completion,
                usage,
                ending,
                where,
                millis,
                trickleMillis);
    }

    public Script withTrickle(int millis) {
        return new Script(
                status,
                retryAfter,
                body,
                chunks,
                chunk,
                prompt,
                cached,
                completion,
                usage,
                ending,
                stall,
                stallMillis,
                millis);
    }
}
