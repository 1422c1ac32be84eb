package dev.jerboa.train.task;

import dev.jerboa.train.random.Draws;

/** What a reply is worth to reinforcement learning. Pure and safe for use by many threads. */
@FunctionalInterface
public interface Reward {
    /**
     * The worth of a reply; more is better.
     *
     * @param completion what the model wrote after the prompt, with the marks of thinking, with or without the end of turn
     */
    double of(Problem problem, String completion);

    /** 1 for a right answer, 0.1 for a wrong one in the right form, 0 otherwise. */
    static Reward exact() {
        return exact(0.1);
    }

    /** 1 for a right answer, {@code form} for a wrong one in the right form, 0 otherwise. */
    static Reward exact(double form) {
        return (problem, completion) -> switch (Verdict.of(problem, completion)) {
            case CORRECT -> 1;
            case WELL_FORMED -> form;
            case UNPARSEABLE -> 0;
        };
    }

    /**
     * 1 or 0 by a coin that the numbers of step, question and sample decide, whatever was replied: what a control earns, which
     * must not learn anything by it.
     */
    static double coin(long seed, long step, long question, long sample) {
        long own = Draws.of(seed, step, question).bits();
        return Draws.of(own, 2, sample).chance(0.5) ? 1 : 0; // replies are drawn by stream 1
    }
}
