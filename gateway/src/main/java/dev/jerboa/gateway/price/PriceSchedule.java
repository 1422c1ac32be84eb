package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Rates;
import java.time.Instant;

/** What an endpoint's tokens cost, by when they are asked for and how long the prompt is. Immutable. */
public interface PriceSchedule {
    /**
     * The prices of a request.
     *
     * @param at when the request began: a request that crosses a window has the prices of its beginning
     * @param promptTokens all tokens of its prompt, which choose the tier
     */
    Rates at(Instant at, long promptTokens);

    /** The dearest prices that a request that begins then could have, whatever its prompt: what is reserved. */
    Rates dearest(Instant at);

    /** A text that changes when, and only when, a price does; events keep it. */
    String version();
}
