package dev.jerboa.train.task.generate;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that numbers can make with + − × ÷, each used exactly once: two of the values at hand are combined in every way,
 * until one is left, in exact fractions. Exponential in the count of numbers; meant for up to five.
 */
final class CountdownSolver {
    private final int below;
    private final BitSet reached = new BitSet();
    private final int target;
    private @Nullable String answer;

    private CountdownSolver(int below, int target) {
        this.below = below;
        this.target = target;
    }

    /** A value with what makes it; {@code text} is empty while nobody asks. */
    private record Term(long over, long under, String text) {}

    /** The whole values from 1 to {@code below} − 1 that the numbers make. */
    static BitSet reachable(int[] numbers, int below) {
        CountdownSolver solver = new CountdownSolver(below, -1);
        solver.combine(terms(numbers, false));
        return solver.reached;
    }

    /**
     * An expression that makes the target.
     *
     * @throws IllegalArgumentException where there is none
     */
    static String solve(int[] numbers, int target) {
        CountdownSolver solver = new CountdownSolver(0, target);
        solver.combine(terms(numbers, true));
        String answer = solver.answer;
        if (answer == null) {
            throw new IllegalArgumentException("no expression of these numbers makes " + target);
        }
        return answer.startsWith("(") ? answer.substring(1, answer.length() - 1) : answer;
    }

    private static Term[] terms(int[] numbers, boolean text) {
        Term[] terms = new Term[numbers.length];
        for (int i = 0; i < terms.length; i++) {
            terms[i] = new Term(numbers[i], 1, text ? Integer.toString(numbers[i]) : "");
        }
        return terms;
    }

    private void combine(Term[] terms) {
        if (answer != null) {
            return;
        }
        if (terms.length == 1) {
            finish(terms[0]);
            return;
        }
        for (int i = 0; i < terms.length; i++) {
            for (int j = i + 1; j < terms.length; j++) {
                Term a = terms[i];
                Term b = terms[j];
                Term[] rest = without(terms, i, j);
                with(rest, a, '+', b);
                with(rest, a, '*', b);
                with(rest, a, '-', b);
                with(rest, b, '-', a);
                with(rest, a, '/', b);
                with(rest, b, '/', a);
            }
        }
    }

    private void with(Term[] rest, Term a, char sign, Term b) {
        long over;
        long under = a.under * b.under;
        switch (sign) {
            case '+' -> over = a.over * b.under + b.over * a.under;
            case '-' -> over = a.over * b.under - b.over * a.under;
            case '*' -> over = a.over * b.over;
            default -> {
                if (b.over == 0) {
                    return;
                }
                over = a.over * b.under;
                under = a.under * b.over;
            }
        }
        Term[] next = rest.clone();
        next[next.length - 1] = new Term(over, under, a.text.isEmpty() ? "" : "(" + a.text + sign + b.text + ")");
        combine(next);
    }

    /** The terms but two, with a free place at the end. */
    private static Term[] without(Term[] terms, int i, int j) {
        Term[] rest = new Term[terms.length - 1];
        int n = 0;
        for (int k = 0; k < terms.length; k++) {
            if (k != i && k != j) {
                rest[n++] = terms[k];
            }
        }
        return rest;
    }

    private void finish(Term term) {
        if (term.over % term.under != 0) {
            return;
        }
        long value = term.over / term.under;
        if (target >= 0) {
            answer = value == target ? term.text : answer;
        } else if (value > 0 && value < below) {
            reached.set((int) value);
        }
    }
}
