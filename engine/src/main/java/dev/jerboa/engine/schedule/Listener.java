package dev.jerboa.engine.schedule;

/**
 * Hears of a request, on the scheduler's thread: all requests wait while it runs, so it must not block. What it throws ends its own
 * request.
 */
public interface Listener {
    /** Hears nothing. */
    Listener NONE = new Listener() {};

    /**
     * The next token.
     *
     * @param logProbability as in {@link Completion#logProbabilities}; NaN where it was not asked for
     */
    default void token(int id, double logProbability) {}

    /** The end; nothing comes after it. */
    default void ended(Completion completion) {}

    /** The end without a completion: the logits were no distribution, or the decoder failed. Nothing comes after it. */
    default void failed(RuntimeException cause) {}
}
