package dev.jerboa.engine.constrain.vocabulary;

import java.util.concurrent.atomic.AtomicReferenceArray;

/** The short tokens that have bytes of one set only, as masks by length, each made when first asked for. Safe for use by several threads. */
final class ClassTokens {
    private final int[][] byLength;
    private final int words;
    private final AtomicReferenceArray<long[]> masks;

    /** @param byLength the tokens of each length */
    ClassTokens(int[][] byLength, int words) {
        this.byLength = byLength;
        this.words = words;
        this.masks = new AtomicReferenceArray<>(byLength.length);
    }

    /** Those of at most so many bytes, a bit each. Not to be written to. */
    long[] upTo(int length) {
        long[] known = masks.get(length);
        if (known == null) {
            known = new long[words];
            for (int l = 1; l <= length; l++) {
                for (int id : byLength[l]) {
                    known[id >>> 6] |= 1L << id;
                }
            }
            masks.set(length, known);
        }
        return known;
    }
}
