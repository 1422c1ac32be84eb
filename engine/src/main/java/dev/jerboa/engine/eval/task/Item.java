package dev.jerboa.engine.eval.task;

import java.util.List;

/** One question of a task. */
public sealed interface Item {
    /** Its line in the file, from 1. */
    int line();

    /** What it is counted with beside all, such as MMLU's subject; empty for nothing. */
    String group();

    /** What stands before everything, once. */
    String description();

    /** The item with its right answer, as an example before others. */
    Example example();

    /**
     * A worked item.
     *
     * @param question as it is asked
     * @param answer with what stands between
     */
    record Example(String question, String answer) {
        String text() {
            return question + answer;
        }
    }

    /**
     * A way to go on.
     *
     * @param context the text that it follows
     * @param continuation the text that is scored, with the space before it
     * @param text the choice itself, whose bytes acc_norm divides by
     */
    record Choice(String context, String continuation, String text) {}

    /**
     * Several continuations, of which one is right.
     *
     * @param right its place
     */
    record Choices(int line, String group, String description, List<Choice> choices, int right) implements Item {
        public Choices {
            choices = List.copyOf(choices);
        }

        @Override
        public Example example() {
            Choice choice = choices.get(right);
            return new Example(choice.context(), choice.continuation());
        }
    }

    /**
     * A question whose answer is written.
     *
     * @param answer the worked answer, with what stands before it
     * @param target what is looked for in a reply
     */
    record Written(int line, String group, String description, String question, String answer, String target)
            implements Item {
        @Override
        public Example example() {
            return new Example(question, answer);
        }
    }
}
