package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Task;
import java.util.List;

/** a − b of up to {@code digits} digits, the longer of exactly so many; below zero in a quarter of the cases. */
record Subtraction(String name, int digits) implements Task {
    private static final Phrases PHRASES = Phrases.of(
            List.of(
                    "What is {0} - {1}?",
                    "{0}-{1}", "{0} - {1} = ?", "Subtract {1} from {0}.", "What is {0} minus {1}?"),
            List.of("كم يساوي {0} - {1}؟", "{0} - {1} = ؟", "اطرح {1} من {0}.", "ما ناتج {0} - {1}؟"));

    @Override
    public Example example(Draws draws) {
        int a = Numeric.ofDigits(draws, digits);
        int b = Numeric.ofDigits(draws, draws.below(3) == 0 ? draws.between(1, digits) : digits);
        boolean below = draws.below(4) == 0;
        int from = below ? Math.min(a, b) : Math.max(a, b);
        int taken = below ? Math.max(a, b) : Math.min(a, b);
        Language language = Phrases.language(draws);
        String question = PHRASES.say(draws, language, from, taken);
        StringBuilder thinking = new StringBuilder();
        Columns.subtract(thinking, from, taken);
        return Numeric.example(name, from + " " + taken, draws, language, question, thinking, from - taken);
    }
}
