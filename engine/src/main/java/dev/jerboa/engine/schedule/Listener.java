package dev.jerboa.engine.schedule;

/**
 * Hears of a request, on the scheduler's thread: all requests wait while it runs, so it must not block. What it throws ends its own
 * request.
 */
public interface Listener {
    /** Hears nothing. */
    Listener NONE = new Listener() {};

    /**
     * How far the prompt is: when the request begins to run, and after each step that computed some of it. Once more from the start
     * after a preemption.
     *
     * @param known positions that are computed or were taken over
     * @param takenOver positions taken over from earlier computations when it began
     */
    default void prompt(int known, int takenOver) {}

    /**
     * The next token.
     *
     * @return whether it is to go on; the token belongs to the completion either way
     */
    default boolean token(Pick pick) {
        return true;
    }

    /** The end; nothing comes after it. */
    default void ended(Completion completion) {}

    /** The end without a completion: the logits were no distribution, or the decoder failed. Nothing comes after it. */
    default void failed(RuntimeException cause) {}
}
