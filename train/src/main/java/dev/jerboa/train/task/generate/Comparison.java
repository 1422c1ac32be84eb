package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Task;
import java.math.BigDecimal;
import java.util.List;

/**
 * The larger or smaller of two different numbers: whole ones of up to three digits, or, in a third of the cases, decimals with
 * one or two places. The working compares digits from the left, the shorter number filled up with zeros: {@code
 * 9.11,9.90:9=9,1<9}.
 */
record Comparison(String name) implements Task {
    private static final Phrases LARGER = Phrases.of(
            List.of("Which is larger, {0} or {1}?", "Which is greater: {0} or {1}?", "max({0}, {1})"),
            List.of("أيهما أكبر: {0} أم {1}؟", "ما العدد الأكبر: {0} أم {1}؟"));
    private static final Phrases SMALLER = Phrases.of(
            List.of("Which is smaller, {0} or {1}?", "Which is less: {0} or {1}?", "min({0}, {1})"),
            List.of("أيهما أصغر: {0} أم {1}؟", "ما العدد الأصغر: {0} أم {1}؟"));

    @Override
    public Example example(Draws draws) {
        boolean decimals = draws.below(3) == 0;
        BigDecimal a = draw(draws, decimals);
        BigDecimal b = near(draws, a, decimals);
        while (b.compareTo(a) == 0) {
            b = draw(draws, decimals);
        }
        boolean larger = draws.chance(0.5);
        Language language = Phrases.language(draws);
        String question = (larger ? LARGER : SMALLER).say(draws, language, a.toPlainString(), b.toPlainString());
        BigDecimal answer = larger ? a.max(b) : a.min(b);
        String key = (larger ? "larger " : "smaller ")
                + a.min(b).stripTrailingZeros().toPlainString() + " "
                + a.max(b).stripTrailingZeros().toPlainString();
        return Example.good(
                new Problem(
                        name, name + " " + key, language, question, answer.toPlainString(), new Check.Number(answer)),
                working(a, b));
    }

    private static BigDecimal draw(Draws draws, boolean decimal) {
        if (decimal) {
            int places = draws.between(1, 2);
            return BigDecimal.valueOf(10L * draws.between(0, 19) + draws.between(1, 9), 1)
                    .add(places == 1 ? BigDecimal.ZERO : BigDecimal.valueOf(draws.between(1, 9), 2));
        }
        return BigDecimal.valueOf(Numeric.ofDigits(draws, draws.between(1, 3)));
    }

    /** Half of the time a number that shares the beginning of {@code a}, since those are the hard ones. */
    private static BigDecimal near(Draws draws, BigDecimal a, boolean decimal) {
        BigDecimal other = draw(draws, decimal);
        if (draws.chance(0.5)) {
            return other;
        }
        return decimal
                ? other.remainder(BigDecimal.ONE).add(new BigDecimal(a.toBigInteger()))
                : BigDecimal.valueOf(a.longValue() / 10 * 10 + draws.below(10));
    }

    private static String working(BigDecimal a, BigDecimal b) {
        int places = Math.max(a.scale(), b.scale());
        String left = a.setScale(places).toPlainString();
        String right = b.setScale(places).toPlainString();
        int width = Math.max(left.length(), right.length());
        left = "0".repeat(width - left.length()) + left;
        right = "0".repeat(width - right.length()) + right;
        StringBuilder out = new StringBuilder(left).append(',').append(right).append(':');
        int i = 0;
        for (; left.charAt(i) == right.charAt(i); i++) {
            if (left.charAt(i) != '.') {
                out.append(left.charAt(i)).append('=').append(right.charAt(i)).append(',');
            }
        }
        out.append(left.charAt(i)).append(left.charAt(i) < right.charAt(i) ? '<' : '>');
        return out.append(right.charAt(i)).toString();
    }
}
