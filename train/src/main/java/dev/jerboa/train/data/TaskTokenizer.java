package dev.jerboa.train.data;

import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Turns;
import java.nio.file.Path;
import java.util.List;

/** The tokenizer of a model that learns tasks: the marks of {@link Turns}, and the words that the tasks' examples use. */
public final class TaskTokenizer {
    /** Tokens of the shipped model's vocabulary. */
    public static final int SIZE = 1024;

    /**
     * Renders the last question with what follows it: such a model answers each question by itself and knows no system message.
     */
    public static final String CHAT_TEMPLATE = """
            {%- set last = namespace(user=0) -%}
            {%- for message in messages if message['role'] == 'user' -%}
            {%- set last.user = last.user + 1 -%}
            {%- endfor -%}
            {%- set seen = namespace(users=0) -%}
            {%- for message in messages -%}
            {%- if message['role'] == 'user' -%}
            {%- set seen.users = seen.users + 1 -%}
            {%- endif -%}
            {%- if seen.users == last.user -%}
            {%- if message['role'] == 'user' -%}
            {{- '<|user|>' + (message['content'] | trim) -}}
            {%- elif message['role'] == 'assistant' -%}
            {{- '<|assistant|><think>' + (message['reasoning_content'] or '') + '</think>' -}}
            {{- message['content'] + '<|end|>' -}}
            {%- endif -%}
            {%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
            {{- '<|assistant|>' -}}
            {%- endif -%}
            """;

    private static final List<String> SPECIALS =
            List.of(Turns.END, Turns.USER, Turns.ASSISTANT, Turns.THINK, Turns.THOUGHT);
    private static final int EXAMPLES = 20_000;

    private TaskTokenizer() {}

    /**
     * Learns from 20,000 training examples of the task and writes {@code tokenizer.json} and {@code tokenizer_config.json}: a
     * function of the task, the size and the seed.
     *
     * @param size tokens of the vocabulary, such as {@link #SIZE}
     */
    public static void write(Path folder, Task task, int size, long seed) {
        TokenizerTrainer trainer = new TokenizerTrainer(size, SPECIALS);
        for (long index = 0; index < EXAMPLES; index++) {
            Example example = Split.training(task, seed, 0, index);
            trainer.read(example.problem().question());
            trainer.read(example.thinking());
            trainer.read(example.answer());
        }
        trainer.write(folder, Turns.END, CHAT_TEMPLATE);
    }
}
