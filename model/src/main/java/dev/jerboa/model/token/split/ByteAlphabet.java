package dev.jerboa.model.token.split;

import java.util.Arrays;

/**
 * The characters that GPT-2's vocabularies write bytes as: printable ASCII and Latin-1 stand for themselves, the other 68
 * bytes, in order, for U+0100 to U+0143 (space is {@code Ġ}).
 */
public final class ByteAlphabet {
    private static final char[] CHARACTERS = new char[256];
    private static final short[] BYTES = new short[0x144];

    static {
        Arrays.fill(BYTES, (short) -1);
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
            CHARACTERS[b] = (char) (printable ? b : next++);
            BYTES[CHARACTERS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The character of a byte. */
    public static char character(byte b) {
        return CHARACTERS[b & 0xff];
    }

    /** The byte of a character, or −1 where the alphabet does not have it. */
    public static int byteOf(char c) {
        return c < BYTES.length ? BYTES[c] : -1;
    }
}
