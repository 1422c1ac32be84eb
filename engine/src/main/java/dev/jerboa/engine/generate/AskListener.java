package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ReplyListener;
import dev.jerboa.engine.schedule.Pick;

/**
 * Hears of a reply while it is written, on the scheduler's thread: all replies of the model wait while it runs, so it must not block.
 * What it throws ends its own reply. All but the end may be passed over.
 *
 * <pre>
 * prompt … → token → (reasoning | answer | call …)* → told → token → … → ended | failed
 * </pre>
 */
public interface AskListener extends ReplyListener {
    @Override
    default void answer(CharSequence text) {}

    @Override
    default void reasoning(CharSequence text) {}

    @Override
    default void callStarted(int index, String id, String name) {}

    @Override
    default void callArguments(int index, CharSequence json) {}

    @Override
    default void callFinished(int index, boolean whole) {}

    /**
     * How far the prompt is.
     *
     * @param known positions that are computed or were taken over
     * @param takenOver positions taken over when it began
     */
    default void prompt(int known, int takenOver) {}

    /**
     * A token was chosen; the text that became certain with it comes next.
     *
     * @param thinking whether it belongs to the thinking
     * @param text its own text, as far as it is whole characters; empty for most special tokens
     */
    default void token(Pick pick, boolean thinking, String text) {}

    /** What became certain with the last token has been told. */
    default void told() {}

    /** The end; nothing comes after it. */
    void ended(Outcome outcome);

    /** The end without a reply: the logits were no distribution, or the decoder failed. Nothing comes after it. */
    void failed(RuntimeException cause);
}
