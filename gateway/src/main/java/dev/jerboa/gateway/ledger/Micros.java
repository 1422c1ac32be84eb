package dev.jerboa.gateway.ledger;

import java.time.Instant;

/** Times as the store keeps them: microseconds since 1970. */
final class Micros {
    static final long HOUR = 3_600_000_000L;

    private Micros() {}

    static long of(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
    }

    static Instant instant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
    }
}
