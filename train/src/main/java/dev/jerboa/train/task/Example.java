package dev.jerboa.train.task;

/**
 * A problem with a reply to learn from.
 *
 * @param thinking the working, perhaps empty
 * @param answer what the reply answers; not right where {@code good} is false
 * @param good whether the working leads to a right answer; some of Countdown's are drawn to give up early
 */
public record Example(Problem problem, String thinking, String answer, boolean good) {
    /** A good example: the thinking leads to the problem's own answer. */
    public static Example good(Problem problem, String thinking) {
        return new Example(problem, thinking, problem.answer(), true);
    }

    /** What the model is to write after the prompt, without the end of turn. */
    public String reply() {
        return Turns.THINK + thinking + Turns.THOUGHT + answer;
    }

    /** Prompt, reply and end of turn. */
    public String text() {
        return problem.prompt() + reply() + Turns.END;
    }
}
