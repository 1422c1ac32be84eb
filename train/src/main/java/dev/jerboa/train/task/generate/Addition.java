package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Task;
import java.util.List;

/** a + b, the longer operand of exactly {@code digits} digits, the other of as many or, in a third of the cases, fewer. */
record Addition(String name, int digits) implements Task {
    private static final Phrases PHRASES = Phrases.of(
            List.of("What is {0} + {1}?", "{0}+{1}", "{0} + {1} = ?", "Add {0} and {1}.", "What is {0} plus {1}?"),
            List.of("كم يساوي {0} + {1}؟", "{0} + {1} = ؟", "اجمع {0} و {1}.", "ما ناتج {0} + {1}؟"));

    @Override
    public Example example(Draws draws) {
        int a = Numeric.ofDigits(draws, digits);
        int b = Numeric.ofDigits(draws, draws.below(3) == 0 ? draws.between(1, digits) : digits);
        boolean turned = draws.chance(0.5);
        int first = turned ? b : a;
        int second = turned ? a : b;
        Language language = Phrases.language(draws);
        String question = PHRASES.say(draws, language, first, second);
        StringBuilder thinking = new StringBuilder();
        Columns.add(thinking, first, second);
        return Numeric.example(name, Math.min(a, b) + " " + Math.max(a, b), draws, language, question, thinking, a + b);
    }
}
