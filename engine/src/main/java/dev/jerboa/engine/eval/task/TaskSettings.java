package dev.jerboa.engine.eval.task;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a description of a task says, beside its data. Templates are of the Jinja language, over the fields of a line.
 *
 * @param name in reports
 * @param format a published format, instead of templates
 * @param description template of what stands before everything, once
 * @param prompt template of the question
 * @param choices templates of the choices; empty where answers are written
 * @param choicesFrom the field that lists the choices instead
 * @param answer template of the right choice, as {@code answerAs} says, or of the worked answer
 * @param answerAs what {@code answer} is among choices
 * @param target template of what is looked for in replies; empty for the worked answer
 * @param group template of what items are counted by, beside all
 * @param delimiter what stands between question and answer
 * @param separator what stands between examples
 * @param stops texts that end a reply
 * @param maxTokens the most tokens of a reply
 * @param extractions how answers are found in replies; empty for the whole reply
 */
public record TaskSettings(
        String name,
        Optional<Format> format,
        String description,
        String prompt,
        List<String> choices,
        Optional<String> choicesFrom,
        String answer,
        AnswerAs answerAs,
        Optional<String> target,
        String group,
        String delimiter,
        Optional<String> separator,
        List<String> stops,
        OptionalInt maxTokens,
        List<Extraction> extractions) {
    /** What names the right one of several choices. */
    public enum AnswerAs {
        /** Its place, from 0. */
        INDEX,
        /** Its place, from 1. */
        NUMBER,
        /** Its place as a letter, from A. */
        LETTER,
        /** Itself. */
        TEXT
    }

    /** Of a published format, without a word more. */
    public static TaskSettings of(String name, Format format) {
        return new TaskSettings(
                name,
                Optional.of(format),
                "",
                "",
                List.of(),
                Optional.empty(),
                "",
                AnswerAs.INDEX,
                Optional.empty(),
                "",
                " ",
                Optional.empty(),
                List.of(),
                OptionalInt.empty(),
                List.of());
    }
}
