package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Infix;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.Map;

/** a + b, the longer operand of exactly {@code digits} digits, the other of as many or, in a third of the cases, fewer. */
record Addition(String name, int digits) implements Task {
    private static final Phrases PHRASES = Phrases.of("frames", "add");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int a = Numbers.ofDigits(draws, digits);
        int b = Numbers.ofDigits(draws, draws.below(3) == 0 ? draws.between(1, digits) : digits);
        boolean turned = draws.chance(0.5);
        int first = turned ? b : a;
        int second = turned ? a : b;
        Speaker speaker = Speaker.of(draws, wordings);
        String question =
                speaker.ask(PHRASES, Map.of("a", first, "b", second, "x", Infix.of(speaker, first, '+', second)));
        StringBuilder thinking = new StringBuilder();
        Columns.add(thinking, first, second);
        return speaker.example(name, Math.min(a, b) + " " + Math.max(a, b), question, thinking, a + b);
    }
}
