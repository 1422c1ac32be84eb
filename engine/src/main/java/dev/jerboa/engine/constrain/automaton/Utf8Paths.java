package dev.jerboa.engine.constrain.automaton;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import java.util.Arrays;

/**
 * The characters of a set as sequences of ranges of bytes in UTF-8 (the way of Lucene's UTF32ToUTF8). A sequence is a long: two
 * bytes, first and last, for each byte of the character from the top down, then zeros. Surrogates have no UTF-8.
 */
final class Utf8Paths {
    private static final int[] LAST_OF_LENGTH = {0x7f, 0x7ff, 0xffff, CodePoints.MAX};

    private long[] paths = new long[16];
    private int count;

    private Utf8Paths() {}

    /** In ascending order of bytes. */
    static long[] of(CodePoints set) {
        Utf8Paths all = new Utf8Paths();
        CodePoints writable = set.minus(CodePoints.range(0xd800, 0xdfff));
        for (int r = 0; r < writable.ranges(); r++) {
            int first = writable.first(r);
            for (int last : LAST_OF_LENGTH) {
                if (first <= last && first <= writable.last(r)) {
                    int end = Math.min(last, writable.last(r));
                    all.split(first, end);
                    first = end + 1;
                }
            }
        }
        return Arrays.copyOf(all.paths, all.count);
    }

    /** Cuts a range of one length where the bytes after a common lead are not all alike. */
    private void split(int first, int last) {
        int tails = first < 0x80 ? 0 : first < 0x800 ? 1 : first < 0x10000 ? 2 : 3;
        for (int n = 1; n <= tails; n++) {
            int mask = (1 << (6 * n)) - 1;
            if ((first & ~mask) != (last & ~mask)) {
                if ((first & mask) != 0) {
                    split(first, first | mask);
                    split((first | mask) + 1, last);
                    return;
                }
                if ((last & mask) != mask) {
                    split(first, (last & ~mask) - 1);
                    split(last & ~mask, last);
                    return;
                }
            }
        }
        add(first, last, tails);
    }

    private void add(int first, int last, int tails) {
        long path = 0;
        for (int i = 0; i <= tails; i++) {
            path = path << 16 | unit(first, tails, i) << 8 | unit(last, tails, i);
        }
        if (count == paths.length) {
            paths = Arrays.copyOf(paths, 2 * count);
        }
        paths[count++] = path << (16 * (3 - tails));
    }

    private static long unit(int codePoint, int tails, int at) {
        int bits = codePoint >>> (6 * (tails - at));
        if (at > 0) {
            return 0x80 | (bits & 0x3f);
        }
        return switch (tails) {
            case 0 -> bits;
            case 1 -> 0xc0 | bits;
            case 2 -> 0xe0 | bits;
            default -> 0xf0 | bits;
        };
    }
}
