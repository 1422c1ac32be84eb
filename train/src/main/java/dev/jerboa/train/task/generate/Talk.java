package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.List;
import java.util.Map;

/**
 * What is said without numbers, and answered by heart: each intent has a few replies, any of which is right. No working.
 *
 * @param intents the wordings and replies of each
 * @param led whether questions may have words before and after them, as tasks' questions do
 */
record Talk(String name, List<Phrases> intents, boolean led) implements Task {
    @Override
    public Example example(Draws draws, Wordings wordings) {
        Phrases intent = draws.pick(intents);
        Speaker speaker = Speaker.of(draws, wordings);
        String question = led ? speaker.ask(intent, Map.of()) : speaker.say(intent, Map.of());
        List<String> replies = intent.replies(speaker.language());
        return Example.good(
                new Problem(
                        name,
                        name + " " + question,
                        speaker.language(),
                        question,
                        draws.pick(replies),
                        new Check.Recall(replies)),
                "");
    }
}
