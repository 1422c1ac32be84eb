package dev.jerboa.gateway.dialect.reply;

import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.Surface;

/**
 * What a writer is told of its reply before it begins.
 *
 * @param stream whether it is taken piece by piece
 * @param answerer who answers
 * @param created when, in seconds since 1970
 * @param usage whether a stream tells the counts, where that is a choice
 * @param hidden whether reasoning is not shown
 * @param surface whose replies the client expects
 */
public record ReplyHead(
        boolean stream, Answerer answerer, long created, boolean usage, boolean hidden, Surface surface) {
    /** From which the reply's ids are made. */
    public String id() {
        return answerer.id();
    }

    /** What has answered. */
    public String model() {
        return answerer.model();
    }

    /** The provider's name, where the reply says it; empty otherwise. */
    public String provider() {
        return surface == Surface.OPENROUTER ? answerer.provider() : "";
    }

    /** An id where an endpoint gave none. */
    public String orOwn(String theirs, String prefix, int number) {
        return theirs.isEmpty() ? prefix + id() + "_" + number : theirs;
    }
}
