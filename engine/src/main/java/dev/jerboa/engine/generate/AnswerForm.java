package dev.jerboa.engine.generate;

import java.util.List;

/** What an answer has to be. */
public sealed interface AnswerForm {
    /** Any text. */
    record Free() implements AnswerForm {}

    /** A JSON object. */
    record Json() implements AnswerForm {}

    /**
     * JSON that is valid by a schema.
     *
     * @param schema the schema as JSON text
     */
    record JsonSchema(String schema) implements AnswerForm {}

    /** A text that a regular expression matches as a whole. */
    record Regex(String pattern) implements AnswerForm {}

    /** A text of a grammar in llama.cpp's format. */
    record Gbnf(String grammar) implements AnswerForm {}

    /** One of these texts. */
    record Choice(List<String> texts) implements AnswerForm {
        public Choice {
            texts = List.copyOf(texts);
        }
    }
}
