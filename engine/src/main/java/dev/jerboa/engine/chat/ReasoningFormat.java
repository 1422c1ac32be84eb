package dev.jerboa.engine.chat;

import java.util.List;
import java.util.Optional;

/**
 * How a model family marks its thinking in the text: {@code open} thinking {@code close} answer.
 *
 * @param open the text before the thinking, such as {@code <think>}
 * @param close the text after it
 */
public record ReasoningFormat(String open, String close) {
    /** The known formats: Qwen, DeepSeek, GLM, Kimi, MiniMax-M2; Mistral; Seed-OSS; MiniMax-M3. */
    private static final List<ReasoningFormat> KNOWN = List.of(
            new ReasoningFormat("<seed:think>", "</seed:think>"),
            new ReasoningFormat("<mm:think>", "</mm:think>"),
            new ReasoningFormat("[THINK]", "[/THINK]"),
            new ReasoningFormat("<think>", "</think>"));

    /** The format that a chat template speaks of, if any. */
    public static Optional<ReasoningFormat> of(String templateSource) {
        for (ReasoningFormat format : KNOWN) {
            if (templateSource.contains(format.close)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** Whether a rendered prompt ends inside an opened thinking block, so that the reply begins with thinking. */
    public boolean openedBy(String prompt) {
        return prompt.stripTrailing().endsWith(open);
    }

    /** Whether a special token's text is one of the marks, and therefore must reach the parser. */
    public boolean isMark(String tokenText) {
        return tokenText.equals(open) || tokenText.equals(close);
    }
}
