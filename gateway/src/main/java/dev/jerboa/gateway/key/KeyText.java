package dev.jerboa.gateway.key;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What a client sends: {@code jb-ID-SECRET-SUM}, each part of a fixed length in letters and digits. The sum tells a mistyped or shortened key
 * from one that is not known, without asking the store.
 */
final class KeyText {
    private static final char[] DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray();
    private static final String PREFIX = "jb-";
    private static final int ID = 12;
    /** The least that holds 256 bits. */
    private static final int SECRET = 43;

    private static final int SUM = 6;
    private static final int SUM_AT = PREFIX.length() + ID + 1 + SECRET;
    private static final int LENGTH = SUM_AT + 1 + SUM;
    private static final SecureRandom RANDOM = new SecureRandom();

    private KeyText() {}

    static String newId() {
        return random(ID);
    }

    /** A new secret for an id, as a client sends it. */
    static String newText(String id) {
        String text = PREFIX + id + "-" + random(SECRET);
        return text + "-" + sum(text);
    }

    private static String random(int length) {
        char[] out = new char[length];
        for (int i = 0; i < length; i++) {
            out[i] = DIGITS[RANDOM.nextInt(DIGITS.length)];
        }
        return new String(out);
    }

    private static String sum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        long rest = crc.getValue();
        char[] out = new char[SUM];
        for (int i = SUM - 1; i >= 0; i--) {
            out[i] = DIGITS[(int) (rest % DIGITS.length)];
            rest /= DIGITS.length;
        }
        return new String(out);
    }

    /** The id of a text of this form; empty for any other. */
    static Optional<String> id(String text) {
        if (text.length() != LENGTH
                || !text.startsWith(PREFIX)
                || text.charAt(PREFIX.length() + ID) != '-'
                || text.charAt(SUM_AT) != '-') {
            return Optional.empty();
        }
        String id = text.substring(PREFIX.length(), PREFIX.length() + ID);
        boolean plain = plain(id) && plain(text.substring(PREFIX.length() + ID + 1, SUM_AT));
        return plain && sum(text.substring(0, SUM_AT)).equals(text.substring(SUM_AT + 1))
                ? Optional.of(id)
                : Optional.empty();
    }

    private static boolean plain(String text) {
        return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
    }
}
