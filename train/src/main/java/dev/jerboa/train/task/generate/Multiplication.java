package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Task;
import java.util.List;

/** a × b of so many digits each, in either order. */
record Multiplication(String name, int digits, int otherDigits) implements Task {
    private static final Phrases PHRASES = Phrases.of(
            List.of("What is {0} * {1}?", "{0}*{1}", "{0} x {1} = ?", "What is {0} times {1}?", "{0} × {1} = ?"),
            List.of("كم يساوي {0} × {1}؟", "{0} * {1} = ؟", "اضرب {0} في {1}.", "ما ناتج {0} × {1}؟"));

    @Override
    public Example example(Draws draws) {
        int a = Numeric.ofDigits(draws, digits);
        int b = Numeric.ofDigits(draws, otherDigits);
        boolean turned = draws.chance(0.5);
        Language language = Phrases.language(draws);
        String question = PHRASES.say(draws, language, turned ? b : a, turned ? a : b);
        StringBuilder thinking = new StringBuilder();
        Columns.multiply(thinking, Math.max(a, b), Math.min(a, b));
        return Numeric.example(
                name, Math.min(a, b) + " " + Math.max(a, b), draws, language, question, thinking, (long) a * b);
    }
}
