package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Rates;
import java.time.Instant;

/** What an endpoint's tokens cost, by when they are asked for and how long the prompt is. Immutable. {@link Schedule} is the usual one. */
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

    /**
     * The dearest prices that such a request could have had at another hour or on another day, by the prices in force: what savings off
     * peak are measured by.
     */
    Rates dearestWindow(Instant at, long promptTokens);

    /** What the machine costs that computes it, which is charged beside tokens; {@link MachineCost#NONE} of other people's machines. */
    MachineCost machine();

    /** A text that changes when, and only when, a price does; events keep it. */
    String version();

    /** All of it as a text that {@link Schedule#parse} reads, with the same version; what is kept so that history can be rated again. */
    String text();
}
