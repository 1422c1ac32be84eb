package dev.jerboa.train.task;

import dev.jerboa.train.random.Draws;

/** A kind of problem that is made, not collected. Stateless: equal draws give equal examples, on any thread. */
public interface Task {
    /** A short name of lower-case letters and digits. */
    String name();

    /** A problem with a worked reply. What is drawn first is the problem: equal draws give it in either kind of wordings. */
    Example example(Draws draws, Wordings wordings);

    /** A problem with a worked reply, in the wordings of training. */
    default Example example(Draws draws) {
        return example(draws, Wordings.TRAINED);
    }
}
