package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.ReplyTally;
import java.util.OptionalLong;

/**
 * The way of a reply through the gateway where client and endpoint speak the same: bytes as they are, whole events at a time, with a tally
 * beside. The end (of a stream the event that ends it, of a whole reply all of it) is held back for {@link #tail}. Where usage was asked
 * of the endpoint but not by the client, the chunk that tells it is left out. One thread; whatever the endpoint sends, it does not throw.
 */
public final class Passage {
    private Passage() {}

    /** Takes bytes of the body and passes on what is complete by them. */
    public void take(byte[] bytes, int offset, int length, ByteSink out) {
        throw new UnsupportedOperationException();
    }

    /** The body has ended, or was cut. */
    public void end(ByteSink out) {
        throw new UnsupportedOperationException();
    }

    /** Whether the reply has said that it is over: a body that ends before was cut. */
    public boolean isOver() {
        throw new UnsupportedOperationException();
    }

    public ReplyTally tally() {
        throw new UnsupportedOperationException();
    }

    /**
     * What was held back.
     *
     * @param costNanos what the request cost the client, which is put into the reply's usage where OpenAI's forms have one; empty to
     *     leave the bytes as they are
     */
    public byte[] tail(OptionalLong costNanos) {
        throw new UnsupportedOperationException();
    }
}
