package dev.jerboa.gateway.dialect.reply;

import dev.jerboa.gateway.dialect.ReplyTally;

/**
 * Looks at the events of a reply that goes through as it is, without making anything of them but numbers. One thread.
 */
public interface Tap {
    /** What an event is to its reply. */
    enum Verdict {
        /** It goes through. */
        PASS,
        /** It goes through with the end: counts, and whatever comes when there is no more content. */
        CLOSING,
        /** It tells counts and nothing else: whoever did not ask for them does not expect it. */
        COUNTS,
        /** The reply is over with it. */
        OVER
    }

    /**
     * Looks at an event.
     *
     * @throws RuntimeException where it cannot be read, which is no harm to the reply
     */
    Verdict event(byte[] data, int from, int to, ReplyTally tally);
}
