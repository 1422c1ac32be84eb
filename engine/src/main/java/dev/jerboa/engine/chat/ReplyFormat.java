package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.tool.ToolFormat;
import org.jspecify.annotations.Nullable;

/**
 * How a model's replies are written.
 *
 * @param reasoning how it marks its thinking, or null where its template does not speak of any
 * @param tools how it writes tool calls
 */
public record ReplyFormat(@Nullable ReasoningFormat reasoning, ToolFormat tools) {
    /** The format that a chat template speaks of. */
    public static ReplyFormat of(String templateSource) {
        return new ReplyFormat(ReasoningFormat.of(templateSource).orElse(null), ToolFormat.of(templateSource));
    }

    /** Whether everything, thinking and answer too, is in messages with headers (gpt-oss). */
    public boolean isHarmony() {
        return tools.layout() == ToolFormat.Layout.HARMONY;
    }

    /** Whether a rendered prompt ends inside an opened thinking block, so that the reply begins with thinking. */
    public boolean openedBy(String prompt) {
        return reasoning != null && reasoning.openedBy(prompt);
    }

    /**
     * Whether a special token's text is part of one of the marks, and therefore must reach the parser.
     *
     * @param withTools whether tools are offered, without which their marks are none
     */
    public boolean isMark(String tokenText, boolean withTools) {
        return (reasoning != null && reasoning.isMark(tokenText))
                || ((withTools || isHarmony()) && tools.isMark(tokenText));
    }
}
