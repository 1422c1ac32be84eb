package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Infix;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.List;
import java.util.Map;

/**
 * A number of two or three digits by one of 2 to 9: mostly one that divides it; otherwise the remainder is asked for, or both
 * quotient and remainder are the answer.
 */
record Division(String name) implements Task {
    private static final Phrases QUOTIENT = Phrases.of("frames", "divide");
    private static final Phrases HALF = Phrases.of("half");
    private static final Phrases REMAINDER = Phrases.of("remainder");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int b = draws.between(2, 9);
        int a = Numbers.ofDigits(draws, draws.between(2, 3));
        boolean remainder = draws.below(4) == 0;
        if (!remainder && !draws.chance(0.2)) {
            a -= a % b;
        }
        boolean byName = draws.chance(0.5);
        Speaker speaker = Speaker.of(draws, wordings);
        Map<String, ?> parts = Map.of("n", a, "a", a, "b", b, "x", Infix.of(speaker, a, '/', b));
        StringBuilder thinking = new StringBuilder();
        Columns.divide(thinking, a, b);
        if (remainder) {
            return speaker.example(name, "rest " + a + " " + b, speaker.ask(REMAINDER, parts), thinking, a % b);
        }
        String question = speaker.ask(byName && b == 2 && a % 2 == 0 ? HALF : QUOTIENT, parts);
        if (a % b == 0) {
            return speaker.example(name, a + " " + b, question, thinking, a / b);
        }
        String both = a / b + (speaker.arabic() ? " والباقي " : " remainder ") + a % b;
        return speaker.example(name, "both " + a + " " + b, question, thinking, both, new Check.Words(both, List.of()));
    }
}
