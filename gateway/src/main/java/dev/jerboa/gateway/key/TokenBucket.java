package dev.jerboa.gateway.key;

/**
 * A bucket that holds a minute's worth of something and fills evenly. It may owe: what was taken beyond what is there is waited for.
 * Counts in whole sixty-billionths, so that nothing is lost to rounding. Not thread-safe.
 */
final class TokenBucket {
    private static final long MINUTE = 60_000_000_000L;
    /** The most a minute that 64 bits can count so finely; limits above are taken for this one. */
    private static final long MOST = Long.MAX_VALUE / MINUTE / 4;

    private boolean begun;
    private long at;
    private long level;

    /** How long to wait until so much can be taken, in milliseconds; 0 for now. More than a minute's worth needs a full bucket. */
    long waitMillis(long perMinute, long count, long now) {
        long rate = Math.min(MOST, perMinute);
        fill(rate, now);
        long needed = Math.min(count, rate) * MINUTE;
        if (level >= needed) {
            return 0;
        }
        long nanos = Math.ceilDiv(needed - level, rate);
        return Math.max(1, Math.ceilDiv(nanos, 1_000_000L));
    }

    /** How much can be taken now. */
    long left(long perMinute, long now) {
        fill(Math.min(MOST, perMinute), now);
        return Math.max(0, level) / MINUTE;
    }

    /** How long until it is full, in milliseconds, if nothing is taken. */
    long fullMillis(long perMinute, long now) {
        long rate = Math.min(MOST, perMinute);
        fill(rate, now);
        return Math.ceilDiv(Math.ceilDiv(rate * MINUTE - level, rate), 1_000_000L);
    }

    private void fill(long rate, long now) {
        long full = rate * MINUTE;
        if (!begun) {
            begun = true;
            at = now;
            level = full;
        }
        long passed = Math.clamp(now - at, 0, Math.ceilDiv(Math.max(0, full - level), rate));
        at = now;
        level = Math.min(full, level + passed * rate);
    }

    /** Takes so much, or gives it back where it is negative. */
    void take(long count) {
        long bounded = Math.clamp(count, -MOST, MOST);
        level = Math.clamp(level - bounded * MINUTE, -MOST * MINUTE, MOST * MINUTE);
    }
}
