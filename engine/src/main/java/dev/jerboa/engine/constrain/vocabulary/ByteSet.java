package dev.jerboa.engine.constrain.vocabulary;

/**
 * A set of ASCII bytes.
 *
 * @param low a bit for each of the bytes 0 to 63
 * @param high of 64 to 127
 */
record ByteSet(long low, long high) {
    /** The plain characters of ASCII. */
    static final ByteSet PLAIN = plain();

    private static ByteSet plain() {
        ByteSet set = new ByteSet(0, 0);
        for (int b = 0; b < 128; b++) {
            set = Vocabulary.isPlain(b) ? set.with(b) : set;
        }
        return set;
    }

    ByteSet with(int b) {
        return b < 64 ? new ByteSet(low | 1L << b, high) : new ByteSet(low, high | 1L << b);
    }

    boolean has(int b) {
        return b < 128 && ((b < 64 ? low : high) >>> b & 1) != 0;
    }

    int size() {
        return Long.bitCount(low) + Long.bitCount(high);
    }

    /** Whether a text has only these bytes. */
    boolean hasAll(byte[] text) {
        for (byte b : text) {
            if (!has(b & 0xff)) {
                return false;
            }
        }
        return true;
    }

    /** The traits of these bytes together. */
    long traits() {
        long traits = 0;
        for (int b = 0; b < 128; b++) {
            traits |= has(b) ? trait(b) : 0;
        }
        return traits;
    }

    /**
     * One of 64 bits for a byte: punctuation has a bit for each, others share theirs, so that sets of them fit a long and are never
     * smaller than what they stand for.
     */
    static long trait(int b) {
        if (b >= 0x80) {
            return 1L << (b >= 0xc0 ? 62 : 63);
        }
        if (b < 0x20 || b == 0x7f) {
            return 1L << (b == '\n' ? 59 : b == '\r' ? 60 : 61);
        }
        if (b >= '0' && b <= '9') {
            return 1L << 58;
        }
        if (Character.isLetter(b)) {
            return 1L << (34 + (b & 0x1f) % 12 + (b >= 'a' ? 12 : 0));
        }
        int before = b <= '/' ? 0 : b <= '@' ? 10 : b <= '`' ? 36 : 62;
        return 1L << (b - 0x20 - before);
    }
}
