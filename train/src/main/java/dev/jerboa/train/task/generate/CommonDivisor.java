package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Task;
import java.util.List;

/** The greatest common divisor of two numbers up to 99, by Euclid: {@code 48=2*18+12;18=1*12+6;12=2*6+0;6}. */
record CommonDivisor(String name) implements Task {
    private static final Phrases PHRASES = Phrases.of(
            List.of(
                    "What is the gcd of {0} and {1}?",
                    "gcd({0}, {1})", "What is the greatest common divisor of {0} and {1}?"),
            List.of("ما القاسم المشترك الأكبر للعددين {0} و {1}؟", "القاسم المشترك الأكبر: {0} و {1}"));

    @Override
    public Example example(Draws draws) {
        int common = draws.between(1, 15);
        int a = common * draws.between(1, 99 / common);
        int b = common * draws.between(1, 99 / common);
        int high = Math.max(a, b);
        int low = Math.min(a, b);
        StringBuilder thinking = new StringBuilder();
        int x = high;
        int y = low;
        while (y > 0) {
            int rest = x % y;
            thinking.append(x).append('=').append(x / y).append('*').append(y);
            thinking.append('+').append(rest).append(';');
            x = y;
            y = rest;
        }
        thinking.append(x);
        Language language = Phrases.language(draws);
        String question = PHRASES.say(draws, language, a, b);
        return Numeric.example(name, low + " " + high, draws, language, question, thinking, x);
    }
}
