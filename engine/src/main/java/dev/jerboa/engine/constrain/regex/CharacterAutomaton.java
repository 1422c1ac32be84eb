package dev.jerboa.engine.constrain.regex;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A deterministic automaton over characters, made as a whole, to intersect and subtract languages without recursion. State 0 is the
 * start. Immutable.
 */
public final class CharacterAutomaton {
    private static final int DEAD = -1;
    private static final int MAX_CELLS = 8_000_000;

    /** First code points of classes of characters that are alike everywhere; the first is 0. */
    private final int[] starts;
    /** By state and class. */
    private final int[][] next;

    private final boolean[] accepting;

    private CharacterAutomaton(int[] starts, int[][] next, boolean[] accepting) {
        this.starts = starts;
        this.next = next;
        this.accepting = accepting;
    }

    /** Of an expression of characters, sequences, choices and repeats; of others {@link ConstraintException}. */
    public static CharacterAutomaton of(Expression regular, String where) {
        CharacterGraph graph = new CharacterGraph(where);
        int start = graph.add(regular);
        int[] starts = graph.classStarts();
        Builder builder = new Builder(starts.length, where);
        Map<Places, Integer> known = new HashMap<>();
        List<int[]> sets = new ArrayList<>();
        int[] first = graph.closure(new int[] {start});
        known.put(new Places(first), builder.state(graph.ends(first)));
        sets.add(first);
        for (int s = 0; s < sets.size(); s++) {
            int[] from = sets.get(s);
            for (int c = 0; c < starts.length; c++) {
                int[] to = graph.step(from, starts[c]);
                if (to.length == 0) {
                    continue;
                }
                Places key = new Places(to);
                Integer target = known.get(key);
                if (target == null) {
                    target = builder.state(graph.ends(to));
                    known.put(key, target);
                    sets.add(to);
                }
                builder.next.get(s)[c] = target;
            }
        }
        return builder.build(starts);
    }

    /** All texts of so many characters. */
    public static CharacterAutomaton lengths(int least, int most, String where) {
        boolean open = most == Expression.Repeat.UNBOUNDED;
        int last = open ? least : most;
        Builder builder = new Builder(1, where);
        for (int length = 0; length <= last; length++) {
            builder.state(length >= least);
            builder.next.get(length)[0] = length < last ? length + 1 : open ? last : DEAD;
        }
        return builder.build(new int[] {0});
    }

    /** Texts of both languages. */
    public CharacterAutomaton and(CharacterAutomaton other, String where) {
        return product(other, false, where);
    }

    /** Texts of this language that are not of the other. */
    public CharacterAutomaton minus(CharacterAutomaton other, String where) {
        return product(other, true, where);
    }

    private CharacterAutomaton product(CharacterAutomaton other, boolean minus, String where) {
        int[] all = merge(starts, other.starts);
        Builder builder = new Builder(all.length, where);
        Map<Long, Integer> known = new HashMap<>();
        List<Long> pairs = new ArrayList<>();
        known.put(0L, builder.state(accepting[0] && accepts(other, 0) != minus));
        pairs.add(0L);
        for (int from = 0; from < pairs.size(); from++) {
            int a = (int) (pairs.get(from) >>> 32);
            int b = pairs.get(from).intValue();
            for (int c = 0; c < all.length; c++) {
                int toA = next[a][place(starts, all[c])];
                int toB = b == DEAD ? DEAD : other.next[b][place(other.starts, all[c])];
                if (toA == DEAD || (toB == DEAD && !minus)) {
                    continue;
                }
                long key = (long) toA << 32 | (toB & 0xffffffffL);
                Integer target = known.get(key);
                if (target == null) {
                    target = builder.state(accepting[toA] && accepts(other, toB) != minus);
                    known.put(key, target);
                    pairs.add(key);
                }
                builder.next.get(from)[c] = target;
            }
        }
        return builder.build(all);
    }

    private static boolean accepts(CharacterAutomaton automaton, int state) {
        return state != DEAD && automaton.accepting[state];
    }

    private static int place(int[] starts, int codePoint) {
        int at = Arrays.binarySearch(starts, codePoint);
        return at >= 0 ? at : -2 - at;
    }

    private static int[] merge(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        Arrays.sort(all);
        int count = 0;
        for (int i = 0; i < all.length; i++) {
            if (count == 0 || all[i] != all[count - 1]) {
                all[count++] = all[i];
            }
        }
        return Arrays.copyOf(all, count);
    }

    /** Whether a text is one of the language. */
    public boolean matches(String text) {
        int state = 0;
        for (int i = 0; i < text.length() && state != DEAD; ) {
            int c = text.codePointAt(i);
            state = next[state][place(starts, c)];
            i += Character.charCount(c);
        }
        return accepts(this, state);
    }

    /** Whether there is no text at all. */
    public boolean isEmpty() {
        boolean[] live = live();
        return !live[0];
    }

    /** States from which an end can be reached. */
    private boolean[] live() {
        boolean[] live = accepting.clone();
        List<List<Integer>> before = new ArrayList<>();
        for (int s = 0; s < next.length; s++) {
            before.add(new ArrayList<>());
        }
        ArrayDeque<Integer> work = new ArrayDeque<>();
        for (int s = 0; s < next.length; s++) {
            for (int to : next[s]) {
                if (to != DEAD) {
                    before.get(to).add(s);
                }
            }
            if (live[s]) {
                work.add(s);
            }
        }
        while (!work.isEmpty()) {
            for (int from : before.get(work.remove())) {
                if (!live[from]) {
                    live[from] = true;
                    work.add(from);
                }
            }
        }
        return live;
    }

    /**
     * As an expression, a rule a state.
     *
     * @param spelled how a character of a set is written
     * @param name of the rules, for messages
     */
    public Expression toExpression(Function<CodePoints, Expression> spelled, String name) {
        boolean[] live = live();
        if (!live[0]) {
            return Expression.NOTHING;
        }
        Expression.Rule[] rules = new Expression.Rule[next.length];
        for (int s = 0; s < rules.length; s++) {
            rules[s] = new Expression.Rule(name);
        }
        for (int s = 0; s < rules.length; s++) {
            Map<Integer, CodePoints.Builder> sets = new HashMap<>();
            for (int c = 0; c < starts.length; c++) {
                int to = next[s][c];
                if (to != DEAD && live[to]) {
                    int last = c + 1 < starts.length ? starts[c + 1] - 1 : CodePoints.MAX;
                    sets.computeIfAbsent(to, t -> new CodePoints.Builder()).add(starts[c], last);
                }
            }
            List<Expression> alternatives = new ArrayList<>();
            sets.forEach((to, set) -> alternatives.add(Expression.sequence(spelled.apply(set.build()), rules[to])));
            if (accepting[s]) {
                alternatives.add(Expression.EMPTY);
            }
            rules[s].define(Expression.choice(alternatives));
        }
        return rules[0];
    }

    /** Collects states, within the limits. */
    private static final class Builder {
        private final List<int[]> next = new ArrayList<>();
        private final List<Boolean> accepting = new ArrayList<>();
        private final int classes;
        private final String where;

        Builder(int classes, String where) {
            this.classes = classes;
            this.where = where;
        }

        private int state(boolean accepts) {
            if (next.size() == Limits.DFA_STATES || (long) (next.size() + 1) * classes > MAX_CELLS) {
                throw new ConstraintException(where + ": the pattern, with what it is combined with, needs more than "
                        + Math.min(Limits.DFA_STATES, MAX_CELLS / classes)
                        + " states: make it simpler, or its bounds on length smaller");
            }
            int[] row = new int[classes];
            Arrays.fill(row, DEAD);
            next.add(row);
            accepting.add(accepts);
            return next.size() - 1;
        }

        private CharacterAutomaton build(int[] starts) {
            boolean[] ends = new boolean[accepting.size()];
            for (int s = 0; s < ends.length; s++) {
                ends[s] = accepting.get(s);
            }
            return new CharacterAutomaton(starts, next.toArray(int[][]::new), ends);
        }
    }

    /**
     * An automaton given by its transitions, over a few characters.
     *
     * @param alphabet the characters, ascending; no other can come
     * @param next by state and character; −1 where it cannot come
     */
    public static CharacterAutomaton of(String alphabet, int[][] next, boolean[] accepting) {
        int[] starts = new int[2 * alphabet.length() + 1];
        int[] symbol = new int[starts.length];
        int count = 1;
        symbol[0] = DEAD;
        for (int i = 0; i < alphabet.length(); i++) {
            if (starts[count - 1] == alphabet.charAt(i)) {
                count--;
            }
            starts[count] = alphabet.charAt(i);
            symbol[count++] = i;
            starts[count] = alphabet.charAt(i) + 1;
            symbol[count++] = DEAD;
        }
        int[][] rows = new int[next.length][count];
        for (int s = 0; s < next.length; s++) {
            for (int c = 0; c < count; c++) {
                rows[s][c] = symbol[c] == DEAD ? DEAD : next[s][symbol[c]];
            }
        }
        return new CharacterAutomaton(Arrays.copyOf(starts, count), rows, accepting.clone());
    }

    /** A set of places as a key. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Places(int[] places) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Places key && Arrays.equals(places, key.places);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(places);
        }
    }
}
