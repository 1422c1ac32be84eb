package dev.jerboa.gateway.ledger;

import java.security.SecureRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Identifiers that sort by time (ULID): 48 bits of milliseconds and 80 random ones, in 26 characters of Crockford's base 32. Within a
 * millisecond each is greater than the one before, in one process.
 */
public final class Ulid {
    private static final char[] DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int LENGTH = 26;
    private static final long HIGH_MASK = 0xFFFF;

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static long lastMillis;
    private static long high; // 16 bits
    private static long low; // 64 bits

    private Ulid() {}

    /** The next one. */
    public static String next() {
        long millis;
        long h;
        long l;
        LOCK.lock();
        try {
            millis = System.currentTimeMillis();
            if (millis > lastMillis) {
                lastMillis = millis;
                high = RANDOM.nextInt() & HIGH_MASK;
                low = RANDOM.nextLong();
            } else {
                millis = lastMillis;
                low += 1 + (RANDOM.nextInt() & 0xFFFFFF);
                // a carry out of 64 bits is far too rare to matter for uniqueness; it only costs the order of one pair
            }
            h = high;
            l = low;
        } finally {
            LOCK.unlock();
        }
        return text(millis, h, l);
    }

    private static String text(long millis, long high, long low) {
        char[] out = new char[LENGTH];
        for (int i = 9; i >= 0; i--) {
            out[i] = DIGITS[(int) (millis & 31)];
            millis >>>= 5;
        }
        // 80 bits: 16 above 64, five at a time from the lowest
        for (int i = LENGTH - 1; i >= 10; i--) {
            out[i] = DIGITS[(int) (low & 31)];
            low = (low >>> 5) | ((high & 31) << 59);
            high >>>= 5;
        }
        return new String(out);
    }
}
