package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import java.util.List;
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

    /** The columns of {@code rollup}, in the order of {@link #values}. */
    static final String[] COLUMNS = {
        "requests",
        "failed",
        "fallbacks",
        "streamed",
        "input",
        "cache_read",
        "cache_write",
        "cache_write_long",
        "output",
        "reasoning",
        "bytes_in",
        "bytes_out",
        "cost_nanos",
        "upstream_cost_nanos",
        "uncached_nanos",
        "dearest_nanos",
        "tool_requests",
        "tool_calls",
        "reasoning_requests",
        "quality_provider",
        "quality_estimated",
        "quality_partial",
        "quality_missing",
        "duration_micros",
        "first_tokens",
        "first_token_micros"
    };

    /** Requests and tokens only, for seeds and tests. */
    public static Sums of(long requests, Usage usage, long costNanos) {
        long[] values = NONE.values();
        values[0] = requests;
        values[19] = requests;
        values[12] = costNanos;
        values[14] = costNanos;
        values[15] = costNanos;
        Sums sums = of(values);
        return sums.plus(of(withUsage(usage)));
    }

    private static long[] withUsage(Usage usage) {
        long[] values = NONE.values();
        values[4] = usage.input();
        values[5] = usage.cacheRead();
        values[6] = usage.cacheWrite();
        values[7] = usage.cacheWriteLong();
        values[8] = usage.output();
        values[9] = usage.reasoning();
        return values;
    }

    /**
     * What one request adds to the sums of its hour.
     *
     * @param rater what it would have cost without a provider's cache and in the dearest window; where that is not known, what it cost
     */
    public static Sums of(UsageEvent event, Rater rater) {
        Usage usage = event.usage();
        if (event.usedNothing()) { // nothing was used: the cost is the same whenever, and however much was cached
            return of(event, event.costNanos(), event.costNanos());
        }
        ToolUses tools = event.service().tools();
        Optional<Rates> rates = rater.rates(event);
        Optional<Rates> dearest = rater.dearestOfWeek(
                event.endpoint(),
                event.priceVersion(),
                event.at(),
                usage.prompt(),
                event.service().tier());
        Usage uncached = new Usage(usage.prompt(), 0, 0, 0, usage.output(), usage.reasoning());
        // what a machine of one's own was paid for its time stays as it is
        long beside = rates.map(r -> Math.max(0, event.costNanos() - r.costNanos(usage, tools)))
                .orElse(0L);
        return of(
                event,
                rates.map(r -> Math.addExact(beside, r.costNanos(uncached, tools)))
                        .orElse(event.costNanos()),
                dearest.map(r -> Math.addExact(beside, r.costNanos(usage, tools)))
                        .orElse(event.costNanos()));
    }

    static Sums of(UsageEvent event, long uncachedNanos, long dearestNanos) {
        boolean failed = event.status() >= 400 || event.finish().equals("error");
        boolean fell = !event.endpoint().isEmpty()
                && !event.attempts().isEmpty()
                && !event.attempts().getFirst().endpoint().equals(event.endpoint());
        return new Sums(
                1,
                failed ? 1 : 0,
                fell ? 1 : 0,
                event.streamed() ? 1 : 0,
                event.usage(),
                event.bytesIn(),
                event.bytesOut(),
                event.costNanos(),
                event.upstreamCostNanos().orElse(0),
                uncachedNanos,
                dearestNanos,
                event.toolCalls() > 0 ? 1 : 0,
                event.toolCalls(),
                event.usage().reasoning() > 0 ? 1 : 0,
                event.quality() == Quality.PROVIDER ? 1 : 0,
                event.quality() == Quality.ESTIMATED ? 1 : 0,
                event.quality() == Quality.PARTIAL ? 1 : 0,
                event.quality() == Quality.MISSING ? 1 : 0,
                event.durationMicros(),
                event.firstTokenMicros() >= 0 ? 1 : 0,
                Math.max(0, event.firstTokenMicros()));
    }

    /** The columns of the table {@code rollup} that are sums, in the order of {@link #values}. */
    public static List<String> columns() {
        return List.of(COLUMNS);
    }

    /** All sums, in the order of {@link #columns}. */
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
