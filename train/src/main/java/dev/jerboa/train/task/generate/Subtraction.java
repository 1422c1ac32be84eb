package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Infix;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.Map;

/** a − b of up to {@code digits} digits, the longer of exactly so many; below zero in a quarter of the cases. */
record Subtraction(String name, int digits) implements Task {
    private static final Phrases ANY = Phrases.of("frames", "subtract");
    private static final Phrases NOT_BELOW_ZERO = Phrases.of("frames", "subtract", "difference");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int a = Numbers.ofDigits(draws, digits);
        int b = Numbers.ofDigits(draws, draws.below(3) == 0 ? draws.between(1, digits) : digits);
        boolean below = draws.below(4) == 0;
        int from = below ? Math.min(a, b) : Math.max(a, b);
        int taken = below ? Math.max(a, b) : Math.min(a, b);
        Speaker speaker = Speaker.of(draws, wordings);
        String question = speaker.ask(
                from < taken ? ANY : NOT_BELOW_ZERO,
                Map.of("a", from, "b", taken, "x", Infix.of(speaker, from, '-', taken)));
        StringBuilder thinking = new StringBuilder();
        Columns.subtract(thinking, from, taken);
        return speaker.example(name, from + " " + taken, question, thinking, from - taken);
    }
}
