package dev.jerboa.model.token.split;

/** Code points in UTF-8 that is known to be well formed. */
public final class Utf8 {
    private Utf8() {}

    /** Bytes of the character that starts with {@code lead}. */
    public static int length(byte lead) {
        int b = lead & 0xff;
        return b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    }

    /** The code point at {@code at}, which is the first byte of a character. */
    public static int codePoint(byte[] text, int at) {
        int b = text[at];
        if (b >= 0) {
            return b;
        }
        int second = text[at + 1] & 0x3f;
        if ((b & 0xe0) == 0xc0) {
            return ((b & 0x1f) << 6) | second;
        }
        int third = text[at + 2] & 0x3f;
        if ((b & 0xf0) == 0xe0) {
            return ((b & 0x0f) << 12) | (second << 6) | third;
        }
        return ((b & 0x07) << 18) | (second << 12) | (third << 6) | (text[at + 3] & 0x3f);
    }

    /** The start of the character that ends before {@code end}. */
    public static int before(byte[] text, int end) {
        int at = end - 1;
        while ((text[at] & 0xc0) == 0x80) {
            at--;
        }
        return at;
    }

    /** Unicode's White_Space property. */
    public static boolean isSpace(int c) {
        return c <= 0x20
                ? c == 0x20 || (c >= 9 && c <= 13)
                : c == 0x85
                        || c == 0xa0
                        || c == 0x1680
                        || (c >= 0x2000 && c <= 0x200a)
                        || c == 0x2028
                        || c == 0x2029
                        || c == 0x202f
                        || c == 0x205f
                        || c == 0x3000;
    }
}
