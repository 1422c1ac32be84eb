package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Task;
import java.util.List;

/** A number of two or three digits by one of 2 to 9: mostly one that divides it, otherwise the remainder is asked for. */
record Division(String name) implements Task {
    private static final Phrases QUOTIENT = Phrases.of(
            List.of("What is {0} / {1}?", "{0}/{1}", "{0} / {1} = ?", "Divide {0} by {1}.", "{0} ÷ {1} = ?"),
            List.of("كم يساوي {0} ÷ {1}؟", "{0} / {1} = ؟", "اقسم {0} على {1}.", "ما ناتج {0} ÷ {1}؟"));
    private static final Phrases REMAINDER = Phrases.of(
            List.of("What is the remainder of {0} / {1}?", "{0} mod {1}", "{0} % {1} = ?"),
            List.of("ما باقي {0} ÷ {1}؟", "{0} % {1} = ؟"));

    @Override
    public Example example(Draws draws) {
        int b = draws.between(2, 9);
        int a = Numeric.ofDigits(draws, draws.between(2, 3));
        boolean remainder = draws.below(4) == 0;
        if (!remainder) {
            a -= a % b;
        }
        Language language = Phrases.language(draws);
        String question = (remainder ? REMAINDER : QUOTIENT).say(draws, language, a, b);
        StringBuilder thinking = new StringBuilder();
        Columns.divide(thinking, a, b);
        return Numeric.example(
                name,
                (remainder ? "rest " : "") + a + " " + b,
                draws,
                language,
                question,
                thinking,
                remainder ? a % b : a / b);
    }
}
