package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ReplyFormat;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tokens to be continued, with what is needed to read what follows. Made by {@link LanguageModel#prompt(ChatTurn)} and its siblings.
 *
 * @param ids the tokens; not to be changed after
 * @param format how the reply is written; null where it continues a text
 * @param opened whether the prompt already opened the reply's thinking
 * @param tools the tools that were offered
 * @param ignored what was wished of the thinking and is not possible, in sentences
 */
public record Prompt(
        int[] ids, @Nullable ReplyFormat format, boolean opened, List<ToolDefinition> tools, List<String> ignored) {
    public Prompt {
        tools = List.copyOf(tools);
        ignored = List.copyOf(ignored);
    }

    static Prompt of(int[] ids) {
        return new Prompt(ids, null, false, List.of(), List.of());
    }
}
