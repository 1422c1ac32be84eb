package dev.jerboa.gateway.upstream;

import java.util.OptionalLong;

/** The last bytes of a reply, which the client is given when the event is in the journal. */
@FunctionalInterface
public interface Tail {
    /** Where nothing is left to be said. */
    Tail NONE = cost -> new byte[0];

    /** @param costNanos what the request cost, told within the bytes where the form has a place for it; empty where it is not told */
    byte[] bytes(OptionalLong costNanos);
}
