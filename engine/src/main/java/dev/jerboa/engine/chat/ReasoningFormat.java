package dev.jerboa.engine.chat;

import java.util.List;
import java.util.Optional;

/**
 * How a model family marks its thinking in the text: {@code open} thinking {@code close} answer.
 *
 * @param open the text before the thinking, such as {@code <think>}
 * @param close the text after it
 * @param wrappers texts around the answer that are no part of it, such as {@code <|START_RESPONSE|>}
 */
public record ReasoningFormat(String open, String close, List<String> wrappers) {
    public ReasoningFormat {
        wrappers = List.copyOf(wrappers);
    }

    /** A format whose answers have nothing around them. */
    public ReasoningFormat(String open, String close) {
        this(open, close, List.of());
    }

    private record Entry(String needle, ReasoningFormat format) {}

    private static Entry entry(String needle, String open, String close, String... wrappers) {
        return new Entry(needle, new ReasoningFormat(open, close, List.of(wrappers)));
    }

    /** The known formats, each with the text by which a template is known to use it. */
    private static final List<Entry> KNOWN = List.of(
            entry("</seed:think>", "<seed:think>", "</seed:think>"),
            entry("</mm:think>", "<mm:think>", "</mm:think>"),
            entry("[/THINK]", "[THINK]", "[/THINK]"),
            entry(
                    "<|END_THINKING|>",
                    "<|START_THINKING|>",
                    "<|END_THINKING|>",
                    "<|START_RESPONSE|>",
                    "<|END_RESPONSE|>",
                    "<|START_TEXT|>",
                    "<|END_TEXT|>"),
            entry("<|channel>thought", "<|channel>thought", "<channel|>"),
            entry("<|inner_suffix|>", "<|inner_prefix|>", "<|inner_suffix|>"),
            entry("<think{}>", "<think:opensource>", "</think:opensource>"),
            entry(
                    "<|close|>",
                    "<|open|>think<|sep|>",
                    "<|close|>think<|sep|>",
                    "<|open|>response<|sep|>",
                    "<|close|>response<|sep|>",
                    "<|close|>message<|sep|>"),
            entry("<|tool_call:begin|>", "<|think|>", "<|end|>", "<|begin|>assistant", "<|content|>"),
            entry("</think>", "<think>", "</think>"));

    /** The format that a chat template speaks of, if any. */
    public static Optional<ReasoningFormat> of(String templateSource) {
        for (Entry entry : KNOWN) {
            if (templateSource.contains(entry.needle)) {
                return Optional.of(entry.format);
            }
        }
        return Optional.empty();
    }

    /** Whether a rendered prompt ends inside an opened thinking block, so that the reply begins with thinking. */
    public boolean openedBy(String prompt) {
        return prompt.stripTrailing().endsWith(open);
    }

    /** Whether a special token's text is part of one of the marks, and therefore must reach the parser. */
    public boolean isMark(String tokenText) {
        return open.contains(tokenText)
                || close.contains(tokenText)
                || wrappers.stream().anyMatch(wrapper -> wrapper.contains(tokenText));
    }
}
