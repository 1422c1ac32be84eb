package dev.jerboa.gateway.share.fact;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a chart is asked for. Immutable.
 *
 * @param from the first hour, counted since 1970
 * @param to the hour after the last
 * @param bucket the periods that figures are summed by
 * @param measure what shares are shares of
 * @param asNow whether models, labs and providers are what they are now, rather than what they were in each hour
 * @param openOnly whether only open-weight and open-source models count
 * @param top how many of the largest groups are shown by themselves; the rest is "other"
 * @param country the country whose open models are a band of their own
 * @param keys the keys whose requests count; empty for everybody's
 */
public record ShareQuery(
        long from,
        long to,
        Bucket bucket,
        Measure measure,
        boolean asNow,
        boolean openOnly,
        int top,
        String country,
        Optional<Set<String>> keys) {
    /** The most periods that a chart may have. */
    public static final int MOST_PERIODS = 2_000;

    /** The most groups that are shown by themselves. */
    public static final int MOST_TOP = 50;

    /** @throws IllegalArgumentException where it asks for no time, or for too much */
    public ShareQuery {
        keys = keys.map(Set::copyOf);
        if (from < 0 || from >= to) {
            throw new IllegalArgumentException("expected a beginning before the end, and after 1970");
        }
        if (bucket.count(from, to) > MOST_PERIODS) {
            throw new IllegalArgumentException("the time has more than " + MOST_PERIODS + " periods of a "
                    + bucket.text() + ": ask for less time, or for longer periods");
        }
        if (top < 1 || top > MOST_TOP) {
            throw new IllegalArgumentException("expected 1 to " + MOST_TOP + " groups, found " + top);
        }
    }

    /** Tokens by week, as then, of everybody, the ten largest groups; open models of China are a band. */
    public static ShareQuery of(long from, long to) {
        return new ShareQuery(from, to, Bucket.WEEK, Measure.TOKENS, false, false, 10, "CN", Optional.empty());
    }

    /** The query as answers repeat it, for JSON; without keys. */
    public Map<String, @Nullable Object> shown() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("from", Instant.ofEpochSecond(from * 3600).toString());
        map.put("to", Instant.ofEpochSecond(to * 3600).toString());
        map.put("bucket", bucket.text());
        map.put("measure", measure.text());
        map.put("view", asNow ? "now" : "then");
        map.put("open", openOnly);
        map.put("top", (long) top);
        map.put("country", country);
        return map;
    }

    public ShareQuery withBucket(Bucket other) {
        return new ShareQuery(from, to, other, measure, asNow, openOnly, top, country, keys);
    }

    public ShareQuery withMeasure(Measure other) {
        return new ShareQuery(from, to, bucket, other, asNow, openOnly, top, country, keys);
    }

    public ShareQuery withTime(long otherFrom, long otherTo) {
        return new ShareQuery(otherFrom, otherTo, bucket, measure, asNow, openOnly, top, country, keys);
    }

    public ShareQuery withOpenOnly(boolean only) {
        return new ShareQuery(from, to, bucket, measure, asNow, only, top, country, keys);
    }

    public ShareQuery withAsNow(boolean now) {
        return new ShareQuery(from, to, bucket, measure, now, openOnly, top, country, keys);
    }

    public ShareQuery withTop(int most) {
        return new ShareQuery(from, to, bucket, measure, asNow, openOnly, most, country, keys);
    }

    public ShareQuery withKeys(Set<String> only) {
        return new ShareQuery(from, to, bucket, measure, asNow, openOnly, top, country, Optional.of(only));
    }
}
