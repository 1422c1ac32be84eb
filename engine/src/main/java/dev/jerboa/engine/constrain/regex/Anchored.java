package dev.jerboa.engine.constrain.regex;

import dev.jerboa.engine.constrain.grammar.Expression;
import java.util.ArrayList;
import java.util.List;

/**
 * What a pattern matches, apart for each use of its anchors: without any, only at the start of the text ({@code ^}), only at its
 * end ({@code $}), and only both. Immutable.
 *
 * @param texts by bits: {@link #AT_START} and {@link #AT_END}
 * @param empty whether the empty text is among those
 */
@SuppressWarnings("ArrayRecordComponent")
record Anchored(Expression[] texts, boolean[] empty) {
    static final int AT_START = 1;
    static final int AT_END = 2;

    static final Anchored NOTHING_YET = of(Expression.EMPTY, true);

    static Anchored of(Expression free, boolean maybeEmpty) {
        return new Anchored(
                new Expression[] {free, Expression.NOTHING, Expression.NOTHING, Expression.NOTHING},
                new boolean[] {maybeEmpty, false, false, false});
    }

    static Anchored anchor(int which) {
        Anchored one = of(Expression.NOTHING, false);
        one.texts[which] = Expression.EMPTY;
        one.empty[which] = true;
        return one;
    }

    boolean isFree() {
        for (int i = 1; i < 4; i++) {
            if (!texts[i].equals(Expression.NOTHING)) {
                return false;
            }
        }
        return true;
    }

    Expression free() {
        return texts[0];
    }

    boolean freeMayBeEmpty() {
        return empty[0];
    }

    static Anchored sequence(List<Anchored> parts) {
        Anchored all = NOTHING_YET;
        int at = 0;
        while (at < parts.size()) {
            List<Expression> free = new ArrayList<>();
            boolean maybeEmpty = true;
            while (at < parts.size() && parts.get(at).isFree()) {
                maybeEmpty &= parts.get(at).freeMayBeEmpty();
                free.add(parts.get(at++).free());
            }
            if (!free.isEmpty()) {
                all = all.then(of(Expression.sequence(free), maybeEmpty));
            }
            if (at < parts.size()) {
                all = all.then(parts.get(at++));
            }
        }
        return all;
    }

    /** Before a start, and after an end, there can only be the empty text. */
    private Anchored then(Anchored next) {
        List<List<Expression>> found =
                List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        boolean[] mayBeEmpty = new boolean[4];
        for (int a = 0; a < 4; a++) {
            for (int b = 0; b < 4; b++) {
                if (texts[a].equals(Expression.NOTHING) || next.texts[b].equals(Expression.NOTHING)) {
                    continue;
                }
                boolean first = (b & AT_START) == 0 || empty[a];
                boolean second = (a & AT_END) == 0 || next.empty[b];
                if (first && second) {
                    Expression left = (b & AT_START) == 0 ? texts[a] : Expression.EMPTY;
                    Expression right = (a & AT_END) == 0 ? next.texts[b] : Expression.EMPTY;
                    found.get(a | b).add(Expression.sequence(left, right));
                    mayBeEmpty[a | b] |= empty[a] && next.empty[b];
                }
            }
        }
        return new Anchored(found.stream().map(Expression::choice).toArray(Expression[]::new), mayBeEmpty);
    }

    static Anchored choice(List<Anchored> alternatives) {
        if (alternatives.size() == 1) {
            return alternatives.getFirst();
        }
        Expression[] texts = new Expression[4];
        boolean[] empty = new boolean[4];
        for (int i = 0; i < 4; i++) {
            List<Expression> found = new ArrayList<>();
            for (Anchored alternative : alternatives) {
                if (!alternative.texts[i].equals(Expression.NOTHING)) {
                    found.add(alternative.texts[i]);
                }
                empty[i] |= alternative.empty[i];
            }
            texts[i] = Expression.choice(found);
        }
        return new Anchored(texts, empty);
    }

    /** The texts that the pattern is all of. */
    Expression whole() {
        List<Expression> found = new ArrayList<>();
        for (Expression text : texts) {
            if (!text.equals(Expression.NOTHING)) {
                found.add(text);
            }
        }
        return Expression.choice(found);
    }

    /** The texts that the pattern is found in. */
    Expression search() {
        Expression anything = Expression.any(Expression.ANY_CHARACTER);
        List<Expression> found = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            if (!texts[i].equals(Expression.NOTHING)) {
                found.add(Expression.sequence(
                        (i & AT_START) == 0 ? anything : Expression.EMPTY,
                        texts[i],
                        (i & AT_END) == 0 ? anything : Expression.EMPTY));
            }
        }
        return Expression.choice(found);
    }
}
