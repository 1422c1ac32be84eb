package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.List;
import java.util.Map;

/** Even or odd, of a number of up to four digits; the working halves its last digit. */
record Parity(String name) implements Task {
    private static final Phrases WHICH = Phrases.of("parity");
    private static final Phrases EVEN = Phrases.of("even");
    private static final Phrases ODD = Phrases.of("odd");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int number = Numbers.ofDigits(draws, draws.between(1, 4));
        int kind = draws.below(4);
        int last = number % 10;
        boolean odd = last % 2 == 1;
        Speaker speaker = Speaker.of(draws, wordings);
        List<String> choices = kind < 2 ? Answers.evenOdd(speaker) : Answers.yesNo(speaker);
        String answer = choices.get(odd == (kind == 3) ? 0 : 1);
        return speaker.example(
                name,
                (kind < 2 ? "" : kind == 2 ? "even " : "odd ") + number,
                speaker.ask(kind < 2 ? WHICH : kind == 2 ? EVEN : ODD, Map.of("n", number)),
                number + ":" + last + "=2*" + last / 2 + "+" + last % 2,
                answer,
                new Check.Words(answer, choices));
    }
}
