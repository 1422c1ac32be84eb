package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.List;
import java.util.Map;

/** A percentage of a number up to 400 with a whole result: the product, divided by 100, before or after. */
record Percentage(String name) implements Task {
    private static final Phrases PHRASES = Phrases.of("percent");
    private static final List<Integer> COMMON =
            List.of(5, 10, 10, 15, 20, 20, 25, 25, 30, 40, 50, 50, 60, 70, 75, 80, 90);
    private static final int MOST = 400;

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int percent = draws.chance(0.7) ? draws.pick(COMMON) : draws.between(1, 99);
        int step = 1;
        while (percent * step % 100 != 0) {
            step++;
        }
        int number = step * draws.between(1, MOST / step);
        Speaker speaker = Speaker.of(draws, wordings);
        String question = speaker.ask(PHRASES, Map.of("p", percent, "n", number));
        return speaker.example(
                name, percent + " " + number, question, working(percent, number), percent * number / 100);
    }

    private static CharSequence working(int percent, int number) {
        StringBuilder out = new StringBuilder();
        if (number % 100 == 0) {
            divided(out, number, 100).append('\n');
            multiply(out, percent, number / 100);
        } else if (percent % 10 == 0 && number % 10 == 0) {
            divided(out, percent, 10).append('\n');
            divided(out, number, 10).append('\n');
            multiply(out, percent / 10, number / 10);
        } else {
            multiply(out, percent, number);
            divided(out.append('\n'), percent * number, 100);
        }
        return out;
    }

    private static StringBuilder divided(StringBuilder out, int number, int by) {
        return out.append(number).append('/').append(by).append('=').append(number / by);
    }

    private static void multiply(StringBuilder out, int a, int b) {
        Columns.multiply(out, Math.max(a, b), Math.min(a, b));
    }
}
