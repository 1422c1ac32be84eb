package dev.jerboa.train.task;

import dev.jerboa.train.random.Draws;

/** A kind of problem that is made, not collected. Stateless: equal draws give equal examples, on any thread. */
public interface Task {
    /** A short name of lower-case letters and digits. */
    String name();

    /** A problem with a worked reply. */
    Example example(Draws draws);
}
