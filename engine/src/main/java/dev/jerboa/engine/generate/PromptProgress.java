package dev.jerboa.engine.generate;

/** Told how far the reading of a prompt is: before each step, and once with {@code done == total} when it is read. */
@FunctionalInterface
public interface PromptProgress {
    /** Told nobody. */
    PromptProgress NONE = (done, total) -> {};

    /** {@code done} of the prompt's {@code total} tokens are read; tokens found in the cache count as read. */
    void at(int done, int total);
}
