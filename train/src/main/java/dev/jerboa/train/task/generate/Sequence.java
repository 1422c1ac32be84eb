package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Listing;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Three to six numbers with a constant difference, upwards or downwards, and the next one: the difference of the last two, once more. */
record Sequence(String name) implements Task {
    private static final Phrases PHRASES = Phrases.of("sequence");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int count = draws.between(3, 6);
        int step = draws.chance(0.75) ? draws.between(1, 12) : draws.between(13, 30);
        int low = draws.between(0, 60);
        boolean down = draws.below(4) == 0;
        List<Integer> terms = new ArrayList<>();
        for (int i = 0; i <= count; i++) {
            terms.add(low + step * (down ? count - i : i));
        }
        int next = terms.removeLast();
        int last = terms.getLast();
        int before = terms.get(count - 2);
        StringBuilder thinking = new StringBuilder();
        Columns.subtract(thinking, Math.max(last, before), Math.min(last, before));
        thinking.append('\n');
        if (down) {
            Columns.subtract(thinking, last, step);
        } else {
            Columns.add(thinking, last, step);
        }
        Speaker speaker = Speaker.of(draws, wordings);
        String question = speaker.ask(PHRASES, Map.of("list", Listing.plain(speaker, terms)));
        String key = terms.stream().map(String::valueOf).collect(Collectors.joining(" "));
        return speaker.example(name, key, question, thinking, next);
    }
}
