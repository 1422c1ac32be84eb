package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;

/**
 * The problems of another task with the answer asked for in a sentence: another form of the same ability. Problems are held out where
 * those of the other task are.
 */
record Sentence(Task task) implements Task {
    /** What its name has after that of the other task. */
    static final String SUFFIX = ".sentence";

    @Override
    public String name() {
        return task.name() + SUFFIX;
    }

    @Override
    public Example example(Draws draws, Wordings wordings) {
        Example example = task.example(draws, wordings);
        Problem plain = example.problem();
        boolean arabic = plain.language() == Language.ARABIC;
        String before = arabic ? "الجواب هو " : "The answer is ";
        Problem problem = new Problem(
                plain.task(),
                plain.key(),
                plain.language(),
                plain.question() + (arabic ? " أجب بجملة." : " Answer in a sentence."),
                before + plain.answer() + ".",
                new Check.Within(before, plain.check(), "."));
        return new Example(problem, example.thinking(), before + example.answer() + ".", example.good());
    }
}
