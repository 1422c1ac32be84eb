package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Listing;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Three to six numbers from 0 to 99, upwards or downwards; now and then only the largest or the smallest is asked for. The working
 * writes all with two digits, then goes through the tens, and says which numbers have them, in order: {@code
 * 53,07,58:0:7|1|2|3|4|5:53,58|6|7|8|9}.
 */
record Sorting(String name) implements Task {
    private static final Phrases UP = Phrases.of("up");
    private static final Phrases DOWN = Phrases.of("down");
    private static final Phrases LARGEST = Phrases.of("largest");
    private static final Phrases SMALLEST = Phrases.of("smallest");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = draws.between(3, 6); i > 0; i--) {
            numbers.add(draws.below(100));
        }
        boolean down = draws.below(3) == 0;
        boolean single = draws.below(6) == 0;
        List<Integer> sorted = new ArrayList<>(numbers);
        sorted.sort(null);
        String canonical = joined(sorted, " ");
        if (down) {
            sorted = sorted.reversed();
        }
        Speaker speaker = Speaker.of(draws, wordings);
        Map<String, ?> parts = Map.of("list", Listing.of(speaker, numbers));
        if (single) {
            String question = speaker.ask(down ? LARGEST : SMALLEST, parts);
            return speaker.example(
                    name,
                    (down ? "max " : "min ") + canonical,
                    question,
                    working(numbers, sorted, down),
                    sorted.getFirst());
        }
        return speaker.example(
                name,
                (down ? "down " : "up ") + canonical,
                speaker.ask(down ? DOWN : UP, parts),
                working(numbers, sorted, down),
                joined(sorted, speaker.arabic() ? "، " : ", "),
                new Check.Numbers(sorted.stream().map(BigDecimal::valueOf).toList()));
    }

    private static String working(List<Integer> numbers, List<Integer> sorted, boolean down) {
        StringBuilder out = new StringBuilder();
        for (int number : numbers) {
            out.append(out.isEmpty() ? "" : ",").append(number / 10).append(number % 10);
        }
        for (int i = 0; i < 10; i++) {
            int tens = down ? 9 - i : i;
            List<Integer> here =
                    sorted.stream().filter(number -> number / 10 == tens).toList();
            out.append(i == 0 ? ':' : '|').append(tens);
            out.append(here.isEmpty() ? "" : ":").append(joined(here, ","));
        }
        return out.toString();
    }

    private static String joined(List<Integer> numbers, String separator) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(separator));
    }
}
