package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Task;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Three to five numbers from 0 to 99, upwards or downwards. The working takes the next number out, and writes what is left. */
record Sorting(String name) implements Task {
    private static final Phrases UP = Phrases.of(
            List.of("Sort {0}.", "Sort in ascending order: {0}", "Sort {0} from smallest to largest."),
            List.of("رتب {0} تصاعديا.", "رتب من الأصغر إلى الأكبر: {0}"));
    private static final Phrases DOWN = Phrases.of(
            List.of("Sort in descending order: {0}", "Sort {0} from largest to smallest."),
            List.of("رتب {0} تنازليا.", "رتب من الأكبر إلى الأصغر: {0}"));

    @Override
    public Example example(Draws draws) {
        int[] numbers = new int[draws.between(3, 5)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = draws.below(100);
        }
        boolean down = draws.below(3) == 0;
        List<Integer> left = new ArrayList<>();
        for (int number : numbers) {
            left.add(number);
        }
        String listed = list(left, ", ");
        List<Integer> sorted = new ArrayList<>();
        StringBuilder thinking = new StringBuilder();
        while (!left.isEmpty()) {
            Integer next = left.getFirst();
            for (Integer number : left) {
                next = down ? Math.max(next, number) : Math.min(next, number);
            }
            left.remove(next);
            sorted.add(next);
            thinking.append(next);
            if (!left.isEmpty()) {
                thinking.append(':').append(list(left, ",")).append(';');
            }
        }
        Language language = Phrases.language(draws);
        String question = (down ? DOWN : UP).say(draws, language, listed);
        String answer = list(sorted, ", ");
        return Example.good(
                new Problem(
                        name,
                        name + (down ? " down " : " up ") + list(down ? sorted.reversed() : sorted, " "),
                        language,
                        question,
                        answer,
                        new Check.Numbers(
                                sorted.stream().map(BigDecimal::valueOf).toList())),
                thinking.toString());
    }

    private static String list(List<Integer> numbers, String separator) {
        StringBuilder out = new StringBuilder();
        for (int number : numbers) {
            out.append(out.isEmpty() ? "" : separator).append(number);
        }
        return out.toString();
    }
}
