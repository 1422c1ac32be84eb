package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import java.util.Optional;

/**
 * Sums over requests. Immutable; additions that leave 64 bits throw {@link ArithmeticException}.
 *
 * @param requests how many
 * @param failed those with a status of 400 or more, or that ended in an error
 * @param fallbacks those whose first endpoint was not the one that answered
 * @param streamed those that were taken piece by piece
 * @param usage tokens
 * @param bytesIn UTF-8 bytes of requests' text
 * @param bytesOut UTF-8 bytes of replies' text
 * @param costNanos what they cost
 * @param upstreamCostNanos what providers said they cost, where they did
 * @param uncachedNanos what they would have cost without a provider's cache
 * @param dearestNanos what they would have cost in the week's dearest window
 * @param toolRequests those whose reply called tools
 * @param toolCalls how many tools were called
 * @param reasoningRequests those with reasoning
 * @param qualityProvider those whose endpoint told the counts
 * @param qualityEstimated those that were counted here
 * @param qualityPartial those that were cut
 * @param qualityMissing those of which nothing is known
 * @param durationMicros time from request to end
 * @param firstTokens those that had content
 * @param firstTokenMicros time from request to first content, of those
 */
public record Sums(
        long requests,
        long failed,
        long fallbacks,
        long streamed,
        Usage usage,
        long bytesIn,
        long bytesOut,
        long costNanos,
        long upstreamCostNanos,
        long uncachedNanos,
        long dearestNanos,
        long toolRequests,
        long toolCalls,
        long reasoningRequests,
        long qualityProvider,
        long qualityEstimated,
        long qualityPartial,
        long qualityMissing,
        long durationMicros,
        long firstTokens,
        long firstTokenMicros) {
    public static final Sums NONE = new Sums(0, 0, 0, 0, Usage.NONE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Requests and tokens only, for seeds and tests. */
    public static Sums of(long requests, Usage usage, long costNanos) {
        long[] values = NONE.values();
        values[Figure.REQUESTS.ordinal()] = requests;
        values[Figure.QUALITY_PROVIDER.ordinal()] = requests;
        values[Figure.INPUT.ordinal()] = usage.input();
        values[Figure.CACHE_READ.ordinal()] = usage.cacheRead();
        values[Figure.CACHE_WRITE.ordinal()] = usage.cacheWrite();
        values[Figure.CACHE_WRITE_LONG.ordinal()] = usage.cacheWriteLong();
        values[Figure.OUTPUT.ordinal()] = usage.output();
        values[Figure.REASONING.ordinal()] = usage.reasoning();
        values[Figure.COST_NANOS.ordinal()] = costNanos;
        values[Figure.UNCACHED_NANOS.ordinal()] = costNanos;
        values[Figure.DEAREST_NANOS.ordinal()] = costNanos;
        return of(values);
    }

    /**
     * What one request adds to the sums of its hour.
     *
     * @param rater what it would have cost without a provider's cache and in the dearest window; where that is not known, what it cost
     */
    public static Sums of(UsageEvent event, Rater rater) {
        UsageEvent.Used used = event.used();
        long paid = event.cost().nanos();
        if (used.isNothing()) { // nothing was used: the cost is the same whenever, and however much was cached
            return of(event, paid, paid);
        }
        Usage tokens = used.tokens();
        ToolUses tools = used.service().tools();
        Optional<Rates> rates = rater.rates(event);
        Optional<Rates> dearest = rater.dearestOfWeek(
                event.offer().endpoint(),
                event.offer().priceVersion(),
                event.at(),
                tokens.prompt(),
                used.service().tier());
        Usage uncached = new Usage(tokens.prompt(), 0, 0, 0, tokens.output(), tokens.reasoning());
        // what a machine of one's own was paid for its time stays as it is
        long beside = rates.map(r -> Math.max(0, paid - used.costNanos(r))).orElse(0L);
        return of(
                event,
                rates.map(r -> Math.addExact(beside, r.costNanos(uncached, tools)))
                        .orElse(paid),
                dearest.map(r -> Math.addExact(beside, used.costNanos(r))).orElse(paid));
    }

    static Sums of(UsageEvent event, long uncachedNanos, long dearestNanos) {
        UsageEvent.Outcome outcome = event.outcome();
        UsageEvent.Offer offer = event.offer();
        UsageEvent.Reply reply = event.reply();
        Usage tokens = event.used().tokens();
        Quality quality = event.used().quality();
        boolean failed = outcome.status() >= 400 || outcome.finish().equals("error");
        boolean fell = !offer.isNone()
                && !event.attempts().isEmpty()
                && !event.attempts().getFirst().endpoint().equals(offer.endpoint());
        return new Sums(
                1,
                failed ? 1 : 0,
                fell ? 1 : 0,
                reply.streamed() ? 1 : 0,
                tokens,
                event.asked().bytes(),
                reply.bytes(),
                event.cost().nanos(),
                event.cost().upstreamNanos().orElse(0),
                uncachedNanos,
                dearestNanos,
                reply.toolCalls() > 0 ? 1 : 0,
                reply.toolCalls(),
                tokens.reasoning() > 0 ? 1 : 0,
                quality == Quality.PROVIDER ? 1 : 0,
                quality == Quality.ESTIMATED ? 1 : 0,
                quality == Quality.PARTIAL ? 1 : 0,
                quality == Quality.MISSING ? 1 : 0,
                reply.durationMicros(),
                reply.firstTokenMicros() >= 0 ? 1 : 0,
                Math.max(0, reply.firstTokenMicros()));
    }

    /** All sums, in the order of {@link Figure}. */
    public long[] values() {
        return new long[] {
            requests,
            failed,
            fallbacks,
            streamed,
            usage.input(),
            usage.cacheRead(),
            usage.cacheWrite(),
            usage.cacheWriteLong(),
            usage.output(),
            usage.reasoning(),
            bytesIn,
            bytesOut,
            costNanos,
            upstreamCostNanos,
            uncachedNanos,
            dearestNanos,
            toolRequests,
            toolCalls,
            reasoningRequests,
            qualityProvider,
            qualityEstimated,
            qualityPartial,
            qualityMissing,
            durationMicros,
            firstTokens,
            firstTokenMicros
        };
    }

    /** The opposite of {@link #values}. */
    public static Sums of(long[] v) {
        return new Sums(
                v[0],
                v[1],
                v[2],
                v[3],
                new Usage(v[4], v[5], v[6], v[7], v[8], v[9]),
                v[10],
                v[11],
                v[12],
                v[13],
                v[14],
                v[15],
                v[16],
                v[17],
                v[18],
                v[19],
                v[20],
                v[21],
                v[22],
                v[23],
                v[24],
                v[25]);
    }

    public Sums plus(Sums other) {
        long[] mine = values();
        long[] theirs = other.values();
        for (int i = 0; i < mine.length; i++) {
            mine[i] = Math.addExact(mine[i], theirs[i]);
        }
        return of(mine);
    }
}
