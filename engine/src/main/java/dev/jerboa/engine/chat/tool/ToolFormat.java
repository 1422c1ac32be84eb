package dev.jerboa.engine.chat.tool;

import java.util.ArrayList;
import java.util.List;

/**
 * How a model family writes tool calls in its text: {@code open call between call close}.
 *
 * @param name names the format in messages
 * @param layout where calls may stand
 * @param open what comes before the first call of a section, empty where calls stand alone
 * @param call one call
 * @param between what comes between two calls of a section besides white space, or empty
 * @param close what comes after the last call of a section
 * @param oneSection whether several calls go into one section, not each into a section of its own
 */
public record ToolFormat(
        String name,
        Layout layout,
        List<Part> open,
        List<Part> call,
        String between,
        List<Part> close,
        boolean oneSection) {

    /** Where calls may stand. */
    public enum Layout {
        /** Anywhere in the answer: a mark begins them. */
        MARKED,
        /** At the beginning of the answer only, for want of a mark; the name has to be one of the tools'. */
        BARE,
        /** In messages of their own, with headers that name the recipient (OpenAI's harmony). */
        HARMONY
    }

    public ToolFormat {
        open = List.copyOf(open);
        call = List.copyOf(call);
        close = List.copyOf(close);
    }

    /**
     * The format that a chat template speaks of. Hermes' where it speaks of none: the most widespread, and what
     * {@link ToolPrompt} explains to models whose template has no tools.
     */
    public static ToolFormat of(String templateSource) {
        return ToolFormats.of(templateSource);
    }

    /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}, of Hermes, Qwen and many others. */
    public static ToolFormat hermes() {
        return ToolFormats.HERMES;
    }

    /** The texts that may begin a call in the midst of an answer; a single character is none, for it is too common. */
    public List<String> triggers() {
        List<String> texts = new ArrayList<>();
        addFirst(open, texts);
        addFirst(call, texts);
        return texts;
    }

    private static void addFirst(List<Part> parts, List<String> texts) {
        if (!parts.isEmpty() && parts.getFirst() instanceof Part.Lit(String text) && text.length() > 1) {
            texts.add(text);
        }
    }

    /** Whether a special token's text is part of the format's marks, and therefore must reach the parser. */
    public boolean isMark(String tokenText) {
        return layout == Layout.HARMONY
                ? ToolFormats.HARMONY_MARKS.contains(tokenText)
                : isMark(open, tokenText) || isMark(call, tokenText) || isMark(close, tokenText);
    }

    private static boolean isMark(List<Part> parts, String token) {
        for (Part part : parts) {
            boolean mark = switch (part) {
                case Part.Lit lit -> lit.text().contains(token);
                case Part.Name(String end, Part.Naming naming) ->
                    end.contains(token) || (naming == Part.Naming.CALL_ID && token.equals("[CALL_ID]"));
                case Part.Id id -> id.end().contains(token);
                case Part.Skip skip -> skip.usual().contains(token);
                case Part.Parameters p ->
                    p.open().contains(token)
                            || p.keyEnd().contains(token)
                            || p.valueStart().contains(token)
                            || p.valueEnd().contains(token);
                case Part.Literals(Part.Syntax syntax) -> syntax == Part.Syntax.GEMMA && token.equals("<|\"|>");
                case Part.Gap gap -> false;
                case Part.Word word -> false;
                case Part.JsonArguments json -> false;
                case Part.JsonCall json -> false;
                case Part.KeyedCall json -> false;
            };
            if (mark) {
                return true;
            }
        }
        return false;
    }

    /**
     * What a valid reply looks like after its thinking; of {@link Layout#HARMONY}, the whole reply.
     *
     * @param tools the tools that may be called; without tools, or with {@link ToolChoice.None}, any text is valid
     * @param choice whether there has to be a call
     * @param parallel whether there may be more than one
     * @throws IllegalArgumentException where the choice needs a tool that is not there
     */
    public Shape shape(List<ToolDefinition> tools, ToolChoice choice, boolean parallel) {
        return new ToolShape(this, tools, choice, parallel).shape();
    }
}
