package dev.jerboa.gateway.ledger;

import java.util.Locale;

/** Stretches of time in buckets of a quarter of an octave, so that quantiles over many hours can be told within a fifth. */
public final class LatencyBuckets {
    /** What took the time. */
    public enum Kind {
        /** From the request to the first content. */
        FIRST_TOKEN,
        /** From the request to the end. */
        DURATION,
        /** Of a token after the first. */
        PER_TOKEN,
        /** What the gateway itself took. */
        OVERHEAD;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Kind of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    private static final double QUARTERS = 4;
    private static final double QUARTER = Math.pow(2, 0.25);
    private static final double HALF = Math.sqrt(2);
    private static final double THREE_QUARTERS = Math.pow(2, 0.75);

    private LatencyBuckets() {}

    /** The bucket of a time in microseconds: 0 below one, then four for each doubling. */
    public static int bucket(long micros) {
        if (micros < 1) {
            return 0;
        }
        int octave = 63 - Long.numberOfLeadingZeros(micros);
        double rest = micros / (double) (1L << octave);
        int quarter = rest < QUARTER ? 0 : rest < HALF ? 1 : rest < THREE_QUARTERS ? 2 : 3;
        return 1 + octave * 4 + quarter;
    }

    /** The least time of a bucket, in microseconds. */
    public static double least(int bucket) {
        return bucket == 0 ? 0 : Math.pow(2, (bucket - 1) / QUARTERS);
    }

    /** The time in the middle of a bucket, in microseconds. */
    public static double middle(int bucket) {
        return bucket == 0 ? 0.5 : Math.pow(2, (bucket - 0.5) / QUARTERS);
    }

    /** The quantile of counts by bucket, in microseconds; NaN where nothing was counted. */
    public static double quantile(java.util.SortedMap<Integer, Long> counts, double share) {
        long all = counts.values().stream().mapToLong(Long::longValue).sum();
        long rank = Math.max(1, (long) Math.ceil(share * all));
        long seen = 0;
        for (var entry : counts.entrySet()) {
            seen += entry.getValue();
            if (seen >= rank) {
                return middle(entry.getKey());
            }
        }
        return Double.NaN;
    }
}
