package dev.jerboa.gateway.relay;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Makes ULIDs: 48 bits of milliseconds since 1970 and 80 of chance, in Crockford's base 32, so that ids sort by time; those of one
 * millisecond count on from the first. Thread-safe.
 */
public final class Ulids {
    private static final char[] DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int LENGTH = 26;
    private static final int CHANCE_BYTES = 10;

    private final LongSupplier millis;
    private final SecureRandom random = new SecureRandom();
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by the lock
    private final ByteBuffer chance =
            ByteBuffer.allocate(100 * CHANCE_BYTES).position(100 * CHANCE_BYTES); // drawn in blocks, which is less work
    private long last = -1;
    private long high;
    private long low;

    public Ulids() {
        this(System::currentTimeMillis);
    }

    /** @param millis milliseconds since 1970 */
    Ulids(LongSupplier millis) {
        this.millis = millis;
    }

    public String next() {
        long time;
        long first;
        long second;
        lock.lock();
        try {
            time = Math.max(millis.getAsLong(), last);
            if (time != last) {
                last = time;
                if (chance.remaining() < CHANCE_BYTES) {
                    random.nextBytes(chance.array());
                    chance.clear();
                }
                high = chance.getShort() & 0x7fff; // 15 of its 16 bits, so that counting on does not overflow
                low = chance.getLong();
            } else if (++low == 0) {
                high++;
            }
            first = time << 16 | high;
            second = low;
        } finally {
            lock.unlock();
        }
        char[] text = new char[LENGTH];
        for (int i = LENGTH - 1; i >= 0; i--) {
            text[i] = DIGITS[(int) (second & 31)];
            second = second >>> 5 | first << 59;
            first >>>= 5;
        }
        return new String(text);
    }
}
