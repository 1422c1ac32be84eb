package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Infix;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.Map;

/** a × b of so many digits each, in either order; also as doubles, triples and squares. */
record Multiplication(String name, int digits, int otherDigits) implements Task {
    private static final Phrases PHRASES = Phrases.of("frames", "multiply");
    private static final Phrases DOUBLE = Phrases.of("double");
    private static final Phrases TRIPLE = Phrases.of("triple");
    private static final Phrases SQUARE = Phrases.of("square");
    /** The share of squares among products of numbers of equal length, beside those that come by chance. */
    private static final double SQUARES = 0.04;

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int a = Numbers.ofDigits(draws, digits);
        int b = Numbers.ofDigits(draws, otherDigits);
        boolean turned = draws.chance(0.5);
        if (digits == otherDigits && draws.chance(SQUARES)) {
            b = a;
        }
        int high = Math.max(a, b);
        int low = Math.min(a, b);
        boolean byName = draws.chance(0.3);
        Speaker speaker = Speaker.of(draws, wordings);
        String question;
        if (byName && (a == b || low == 2 || low == 3)) {
            question = speaker.ask(a == b ? SQUARE : low == 2 ? DOUBLE : TRIPLE, Map.of("n", high));
        } else {
            int first = turned ? b : a;
            int second = turned ? a : b;
            question =
                    speaker.ask(PHRASES, Map.of("a", first, "b", second, "x", Infix.of(speaker, first, '*', second)));
        }
        StringBuilder thinking = new StringBuilder();
        Columns.multiply(thinking, high, low);
        return speaker.example(name, low + " " + high, question, thinking, (long) a * b);
    }
}
