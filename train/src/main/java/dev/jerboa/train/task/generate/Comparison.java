package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * Which of two different numbers is larger or smaller, or whether one is: whole numbers of up to three digits, or, in a third of the
 * cases, decimals with up to three places. The working compares digits from the left, the shorter number filled up with zeros:
 * {@code 9.11,9.90:9=9,1<9}.
 */
record Comparison(String name) implements Task {
    private static final Phrases LARGER = Phrases.of("larger");
    private static final Phrases SMALLER = Phrases.of("smaller");
    private static final Phrases ABOVE = Phrases.of("above");
    private static final Phrases BELOW = Phrases.of("below");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        boolean decimals = draws.below(3) == 0;
        BigDecimal a = draw(draws, decimals);
        BigDecimal b = near(draws, a, decimals);
        while (b.compareTo(a) == 0) {
            b = draw(draws, decimals);
        }
        boolean larger = draws.chance(0.5);
        boolean whether = draws.chance(0.4);
        Speaker speaker = Speaker.of(draws, wordings);
        Map<String, String> parts = Map.of("a", a.toPlainString(), "b", b.toPlainString());
        if (whether) {
            List<String> choices = Answers.yesNo(speaker);
            String answer = choices.get((a.compareTo(b) > 0) == larger ? 0 : 1);
            return speaker.example(
                    name,
                    "above " + plain(larger ? a : b) + " " + plain(larger ? b : a),
                    speaker.ask(larger ? ABOVE : BELOW, parts),
                    working(a, b),
                    answer,
                    new Check.Words(answer, choices));
        }
        BigDecimal answer = larger ? a.max(b) : a.min(b);
        return speaker.example(
                name,
                (larger ? "larger " : "smaller ") + plain(a.min(b)) + " " + plain(a.max(b)),
                speaker.ask(larger ? LARGER : SMALLER, parts),
                working(a, b),
                answer.toPlainString(),
                new Check.Number(answer));
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    private static BigDecimal draw(Draws draws, boolean decimal) {
        if (decimal) {
            int places = draws.between(1, 2);
            BigDecimal number = BigDecimal.valueOf(10L * draws.between(0, 19) + draws.between(1, 9), 1);
            if (places == 2) {
                number = number.add(BigDecimal.valueOf(draws.between(1, 9), 2));
            }
            return draws.below(8) == 0 ? number.add(BigDecimal.valueOf(draws.between(1, 9), 3)) : number;
        }
        return BigDecimal.valueOf(Numbers.ofDigits(draws, draws.between(1, 3)));
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
