package dev.jerboa.server.recorded;

import dev.jerboa.server.recorded.Wire.WireAnswer;

/** What answers of a kind look like. Each check fails with what was expected and where. */
interface Dialect {
    /** Reads a whole answer. */
    Said whole(Seen request, Seen answer);

    /** Reads a streamed answer. */
    Said streamed(Seen request, String stream);

    /** What the answer streams as. */
    String streamType();

    /** Checks the body of an error. */
    void error(Seen error);

    /** The dialect's answer to a request for a reply. */
    default Said read(Seen request, WireAnswer answer, boolean stream) {
        return stream ? streamed(request, answer.body()) : whole(request, Seen.of("answer", answer.body()));
    }
}
