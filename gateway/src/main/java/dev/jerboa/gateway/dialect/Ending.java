package dev.jerboa.gateway.dialect;

import dev.jerboa.gateway.money.Usage;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a client is told when its reply ends.
 *
 * @param usage the tokens; empty where nothing is known
 * @param costNanos what the request cost the client, in nano-dollars; empty where it is not told
 * @param durationNanos from the request to the end
 * @param firstTokenNanos from the request to the first content; 0 where there was none
 * @param serviceTier at which the endpoint says that it was processed, in its own word; empty where it does not say
 */
public record Ending(
        Optional<Usage> usage, OptionalLong costNanos, long durationNanos, long firstTokenNanos, String serviceTier) {
    /** Of an endpoint that does not say at which tier it was processed. */
    public Ending(Optional<Usage> usage, OptionalLong costNanos, long durationNanos, long firstTokenNanos) {
        this(usage, costNanos, durationNanos, firstTokenNanos, "");
    }
}
