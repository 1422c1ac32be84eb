package dev.jerboa.engine.constrain.schema;

import static dev.jerboa.engine.constrain.grammar.Expression.any;
import static dev.jerboa.engine.constrain.grammar.Expression.characters;
import static dev.jerboa.engine.constrain.grammar.Expression.choice;
import static dev.jerboa.engine.constrain.grammar.Expression.optional;
import static dev.jerboa.engine.constrain.grammar.Expression.repeat;
import static dev.jerboa.engine.constrain.grammar.Expression.sequence;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.regex.CharacterAutomaton;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbers within bounds and multiples of a number, exactly: each condition is an automaton over the digits, and a number is a text
 * of all of them.
 */
final class NumberForm {
    private static final int MAX_REMAINDERS = 8000;
    private static final int MAX_FRACTION = 30;
    private static final String ALPHABET = "-.0123456789";
    private static final Expression DIGIT = digits('0', '9');
    private static final Expression ANY_FRACTION =
            optional(sequence(character('.'), repeat(DIGIT, 1, Expression.Repeat.UNBOUNDED)));
    private static final Expression ANY_MAGNITUDE =
            sequence(choice(character('0'), sequence(digits('1', '9'), any(DIGIT))), ANY_FRACTION);

    /** A number that bounds others. */
    record Bound(Decimal value, boolean exclusive) {}

    private NumberForm() {}

    static Expression of(boolean integer, List<Bound> lower, List<Bound> upper, List<Decimal> divisors, String where) {
        List<Bound> above = lower.stream().map(bound -> rounded(bound, true)).toList();
        List<Bound> below = upper.stream().map(bound -> rounded(bound, false)).toList();
        int whole = JsonSyntax.WHOLE_DIGITS;
        int fraction = JsonSyntax.FRACTION_DIGITS;
        for (Bound bound : above) {
            whole = bound.value.negative()
                    ? whole
                    : Math.max(whole, bound.value.whole().length() + 1);
            fraction = Math.max(fraction, bound.value.fraction().length() + 1);
        }
        for (Bound bound : below) {
            whole = bound.value.negative() ? Math.max(whole, bound.value.whole().length() + 1) : whole;
            fraction = Math.max(fraction, bound.value.fraction().length() + 1);
        }
        List<Expression> conditions = new ArrayList<>();
        for (Bound bound : above) {
            if (!bound.value.negative() || bound.value.whole().length() <= whole) {
                conditions.add(atLeast(bound.value, !bound.exclusive));
            }
        }
        for (Bound bound : below) {
            if (bound.value.negative() || bound.value.whole().length() <= whole) {
                conditions.add(atMost(bound.value, !bound.exclusive));
            }
        }
        CharacterAutomaton all = CharacterAutomaton.of(integer ? integers(whole) : decimals(whole, fraction), where);
        for (Expression condition : conditions) {
            all = all.and(CharacterAutomaton.of(condition, where), where);
        }
        for (Decimal divisor : divisors) {
            all = all.and(multiples(divisor, where), where);
        }
        return all.toExpression(Expression::characters, where);
    }

    /** A bound of fewer digits that holds for the same numbers of at most so many. */
    private static Bound rounded(Bound bound, boolean up) {
        return bound.value.fraction().length() <= MAX_FRACTION
                ? bound
                : new Bound(bound.value.rounded(MAX_FRACTION, up), false);
    }

    private static Expression digits(char first, char last) {
        return first > last ? Expression.NOTHING : characters(CodePoints.range(first, last));
    }

    private static Expression character(char c) {
        return characters(CodePoints.of(c));
    }

    private static Expression text(String digits) {
        return sequence(digits.chars().mapToObj(c -> character((char) c)).toList());
    }

    private static Expression integers(int most) {
        return choice(character('0'), sequence(optional(character('-')), digits('1', '9'), repeat(DIGIT, 0, most - 1)));
    }

    private static Expression decimals(int whole, int fraction) {
        return sequence(
                optional(character('-')),
                choice(character('0'), sequence(digits('1', '9'), repeat(DIGIT, 0, whole - 1))),
                optional(sequence(character('.'), repeat(DIGIT, 1, fraction))));
    }

    private static Expression negative(Expression magnitude) {
        return sequence(character('-'), magnitude);
    }

    private static Expression atLeast(Decimal bound, boolean orEqual) {
        if (bound.negative()) {
            return choice(ANY_MAGNITUDE, negative(below(bound, orEqual)));
        }
        return above(bound, orEqual);
    }

    private static Expression atMost(Decimal bound, boolean orEqual) {
        if (bound.negative()) {
            return negative(above(bound, orEqual));
        }
        Expression negatives = bound.isZero() && !orEqual ? above(bound, false) : ANY_MAGNITUDE;
        return choice(below(bound, orEqual), negative(negatives));
    }

    /** Magnitudes above that of a number. */
    private static Expression above(Decimal bound, boolean orEqual) {
        String whole = bound.whole();
        int n = whole.length();
        List<Expression> ways = new ArrayList<>();
        ways.add(sequence(digits('1', '9'), repeat(DIGIT, n, Expression.Repeat.UNBOUNDED), ANY_FRACTION));
        for (int i = 0; i < n; i++) {
            ways.add(sequence(
                    text(whole.substring(0, i)),
                    digits((char) (whole.charAt(i) + 1), '9'),
                    repeat(DIGIT, n - i - 1, n - i - 1),
                    ANY_FRACTION));
        }
        ways.add(sequence(text(whole), fractionAbove(bound.fraction(), orEqual)));
        return choice(ways);
    }

    private static Expression fractionAbove(String fraction, boolean orEqual) {
        Expression positive = sequence(any(DIGIT), digits('1', '9'), any(DIGIT));
        if (fraction.isEmpty()) {
            return orEqual ? ANY_FRACTION : sequence(character('.'), positive);
        }
        List<Expression> ways = new ArrayList<>();
        for (int i = 0; i < fraction.length(); i++) {
            ways.add(
                    sequence(text(fraction.substring(0, i)), digits((char) (fraction.charAt(i) + 1), '9'), any(DIGIT)));
        }
        ways.add(sequence(text(fraction), orEqual ? any(DIGIT) : positive));
        return sequence(character('.'), choice(ways));
    }

    /** Magnitudes below that of a number. */
    private static Expression below(Decimal bound, boolean orEqual) {
        String whole = bound.whole();
        int n = whole.length();
        List<Expression> ways = new ArrayList<>();
        if (n > 1) {
            ways.add(sequence(
                    choice(character('0'), sequence(digits('1', '9'), repeat(DIGIT, 0, n - 2))), ANY_FRACTION));
        }
        for (int i = 0; i < n; i++) {
            char lowest = i == 0 && n > 1 ? '1' : '0';
            ways.add(sequence(
                    text(whole.substring(0, i)),
                    digits(lowest, (char) (whole.charAt(i) - 1)),
                    repeat(DIGIT, n - i - 1, n - i - 1),
                    ANY_FRACTION));
        }
        ways.add(sequence(text(whole), fractionBelow(bound.fraction(), orEqual)));
        return choice(ways);
    }

    private static Expression fractionBelow(String fraction, boolean orEqual) {
        Expression zeros = any(character('0'));
        if (fraction.isEmpty()) {
            return orEqual ? optional(sequence(character('.'), character('0'), zeros)) : Expression.NOTHING;
        }
        List<Expression> ways = new ArrayList<>();
        ways.add(Expression.EMPTY);
        for (int i = 0; i < fraction.length(); i++) {
            Expression same = sequence(character('.'), text(fraction.substring(0, i)));
            ways.add(sequence(same, digits('0', (char) (fraction.charAt(i) - 1)), any(DIGIT)));
            if (i > 0) {
                ways.add(same);
            }
        }
        if (orEqual) {
            ways.add(sequence(character('.'), text(fraction), zeros));
        }
        return choice(ways);
    }

    /**
     * Multiples of a number k / 10^s: the digits up to the s-th after the point, read as a whole number, leave no remainder by k;
     * those after it are zeros. A state is where the point is, and the remainder so far.
     */
    private static CharacterAutomaton multiples(Decimal divisor, String where) {
        String digits = divisor.whole() + divisor.fraction();
        int scale = divisor.fraction().length();
        if (divisor.negative() || divisor.isZero()) {
            throw new ConstraintException(where + "/multipleOf: expected a number above 0, found " + divisor.text());
        }
        String significant = digits.replaceFirst("^0+", "");
        int k = significant.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(significant);
        if ((long) k * (scale + 2) > MAX_REMAINDERS) {
            throw new ConstraintException(where + "/multipleOf: " + divisor.text()
                    + " is not supported, its digits are a number too large: use one whose digits, as a whole number, are at most "
                    + MAX_REMAINDERS / (scale + 2) + ", or minimum and maximum");
        }
        int[][] next = new int[1 + k * (scale + 2)][ALPHABET.length()];
        boolean[] accepting = new boolean[next.length];
        for (int place = 0; place < scale + 2; place++) {
            for (int r = 0; r < k; r++) {
                int state = 1 + place * k + r;
                int after = Math.max(0, place - 1);
                accepting[state] = shifted(r, place == 0 ? scale : scale - after, k) == 0;
                next[state][0] = -1;
                next[state][1] = place == 0 ? 1 + k + r : -1;
                for (int d = 0; d < 10; d++) {
                    next[state][2 + d] = digit(place, r, d, k, scale);
                }
            }
        }
        next[0][0] = 1;
        next[0][1] = -1;
        for (int d = 0; d < 10; d++) {
            next[0][2 + d] = 1 + d % k;
        }
        return CharacterAutomaton.of(ALPHABET, next, accepting);
    }

    /** Place 0 is before the point, place p + 1 after p digits behind it. */
    private static int digit(int place, int r, int d, int k, int scale) {
        if (place == scale + 1) {
            return d == 0 ? 1 + place * k + r : -1;
        }
        int to = place == 0 ? 0 : place + 1;
        return 1 + to * k + (r * 10 + d) % k;
    }

    private static int shifted(int r, int digits, int k) {
        int value = r;
        for (int i = 0; i < digits; i++) {
            value = value * 10 % k;
        }
        return value % k;
    }
}
