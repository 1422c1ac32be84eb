package dev.jerboa.model.token.split;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.IntPredicate;

/**
 * A set of code points: a bitmap for ASCII, and bitmaps of 256 code points that are computed when a text first needs them.
 * Safe for several threads.
 */
final class CharSet {
    private static final VarHandle PAGE = MethodHandles.arrayElementVarHandle(long[][].class);

    private static final int LETTERS = bits(
            Character.UPPERCASE_LETTER,
            Character.LOWERCASE_LETTER,
            Character.TITLECASE_LETTER,
            Character.MODIFIER_LETTER,
            Character.OTHER_LETTER);
    private static final int MARKS =
            bits(Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK);

    private final IntPredicate member;
    private final long low;
    private final long high;
    private final long[][] pages = new long[0x1100][];

    CharSet(IntPredicate member) {
        this.member = member;
        this.low = word(0);
        this.high = word(64);
    }

    /** Whether the set has {@code codePoint}. */
    boolean has(int codePoint) {
        return codePoint < 128 ? hasAscii(codePoint) : hasWide(codePoint);
    }

    /** {@link #has} for 0 to 127. */
    boolean hasAscii(int codePoint) {
        return ((codePoint < 64 ? low : high) >>> codePoint & 1) != 0;
    }

    /** {@link #has} for 128 and above. */
    boolean hasWide(int codePoint) {
        long[] page = (long[]) PAGE.getAcquire(pages, codePoint >> 8);
        if (page == null) {
            page = fill(codePoint >> 8);
        }
        return (page[codePoint >> 6 & 3] >>> codePoint & 1) != 0;
    }

    private long[] fill(int index) {
        long[] page = new long[4];
        for (int i = 0; i < 4; i++) {
            page[i] = word((index << 8) + (i << 6));
        }
        PAGE.setRelease(pages, index, page);
        return page;
    }

    private long word(int from) {
        long word = 0;
        for (int i = 0; i < 64; i++) {
            if (member.test(from + i)) {
                word |= 1L << i;
            }
        }
        return word;
    }

    IntPredicate member() {
        return member;
    }

    /** {@code \w} by Unicode TR 18, annex C. */
    static boolean isWord(int c) {
        return Character.isAlphabetic(c)
                || (1 << Character.getType(c)
                                & (MARKS | bits(Character.DECIMAL_DIGIT_NUMBER, Character.CONNECTOR_PUNCTUATION)))
                        != 0
                || c == 0x200c
                || c == 0x200d;
    }

    /** The general category (or group of them) {@code name}, or 0 where there is none of that name. */
    static int category(String name) {
        return switch (name) {
            case "L" -> LETTERS;
            case "Lu" -> bits(Character.UPPERCASE_LETTER);
            case "Ll" -> bits(Character.LOWERCASE_LETTER);
            case "Lt" -> bits(Character.TITLECASE_LETTER);
            case "Lm" -> bits(Character.MODIFIER_LETTER);
            case "Lo" -> bits(Character.OTHER_LETTER);
            case "M" -> MARKS;
            case "Mn" -> bits(Character.NON_SPACING_MARK);
            case "Mc" -> bits(Character.COMBINING_SPACING_MARK);
            case "Me" -> bits(Character.ENCLOSING_MARK);
            case "N" -> bits(Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER);
            case "Nd" -> bits(Character.DECIMAL_DIGIT_NUMBER);
            case "Nl" -> bits(Character.LETTER_NUMBER);
            case "No" -> bits(Character.OTHER_NUMBER);
            case "P" ->
                bits(
                        Character.CONNECTOR_PUNCTUATION,
                        Character.DASH_PUNCTUATION,
                        Character.START_PUNCTUATION,
                        Character.END_PUNCTUATION,
                        Character.INITIAL_QUOTE_PUNCTUATION,
                        Character.FINAL_QUOTE_PUNCTUATION,
                        Character.OTHER_PUNCTUATION);
            case "S" ->
                bits(
                        Character.MATH_SYMBOL,
                        Character.CURRENCY_SYMBOL,
                        Character.MODIFIER_SYMBOL,
                        Character.OTHER_SYMBOL);
            case "Z" -> bits(Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR);
            case "C" ->
                bits(
                        Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.PRIVATE_USE,
                        Character.UNASSIGNED);
            default -> 0;
        };
    }

    private static int bits(int... types) {
        int bits = 0;
        for (int type : types) {
            bits |= 1 << type;
        }
        return bits;
    }
}
