package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Rates;
import java.time.Instant;
import java.util.Set;
import java.util.function.Predicate;

/** What an endpoint's tokens cost, by when they are asked for, how long the prompt is, and at which service tier they are processed. Immutable. {@link Schedule} is the usual one. */
public interface PriceSchedule {
    /**
     * The prices of a request at the usual service tier.
     *
     * @param at when the request began: a request that crosses a window has the prices of its beginning
     * @param promptTokens all tokens of its prompt, by whose number prices may differ
     */
    Rates at(Instant at, long promptTokens);

    /**
     * The prices of a request.
     *
     * @param serviceTier at which it was processed; where nothing is said of that ({@link #has}), usual prices hold
     */
    Rates at(Instant at, long promptTokens, String serviceTier);

    /** Whether it is said what a service tier costs then; what usual prices are for is always said. */
    boolean has(Instant at, String serviceTier);

    /** Service tiers that have prices of their own, at some time. */
    Set<String> serviceTiers();

    /** The dearest usual prices that a request that begins then could have, whatever its prompt. */
    Rates dearest(Instant at);

    /**
     * The dearest prices that a request that begins then could have, whatever its prompt: what is reserved.
     *
     * @param serviceTiers those that it may be processed at beside the usual one
     */
    Rates dearest(Instant at, Predicate<String> serviceTiers);

    /**
     * The dearest prices that such a request could have had at another hour or on another day, by the prices in force: what savings off
     * peak are measured by.
     */
    Rates dearestWindow(Instant at, long promptTokens, String serviceTier);

    /** What the machine costs that computes it, which is charged beside tokens; {@link MachineCost#NONE} of other people's machines. */
    MachineCost machine();

    /** A text that changes when, and only when, a price does; events keep it. */
    String version();

    /** All of it as a text that {@link Schedule#parse} reads, with the same version; what is kept so that history can be rated again. */
    String text();
}
