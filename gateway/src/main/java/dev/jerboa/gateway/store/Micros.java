package dev.jerboa.gateway.store;

import java.time.Instant;

/** Times as the store keeps them: microseconds since 1970. */
public final class Micros {
    public static final long HOUR = 3_600_000_000L;

    private Micros() {}

    public static long of(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
    }

    public static Instant instant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
    }
}
