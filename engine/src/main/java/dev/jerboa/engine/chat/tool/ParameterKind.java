package dev.jerboa.engine.chat.tool;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a value that a model wrote as plain text, without JSON's quotation marks, becomes JSON. */
public enum ParameterKind {
    /** Always a string, whatever it looks like. */
    STRING,
    /** JSON where it is JSON, else a string: the schema names other types than string, or the text says it is JSON. */
    JSON,
    /** JSON where it is JSON but no string, else a string: the schema is silent, or allows strings and other things. */
    UNKNOWN;

    private static final int MAX_REFERENCES = 16;

    /** The kind of one parameter by the schema of a tool's arguments. */
    public static ParameterKind of(Map<String, ? extends @Nullable Object> schema, String parameter) {
        if (!(schema.get("properties") instanceof Map<?, ?> properties)) {
            return UNKNOWN;
        }
        Set<Answer> answers = EnumSet.noneOf(Answer.class);
        collect(properties.get(parameter), schema, answers, 0);
        if (answers.contains(Answer.SILENT) || answers.isEmpty()) {
            return UNKNOWN;
        }
        if (!answers.contains(Answer.STRING)) {
            return JSON;
        }
        return answers.contains(Answer.OTHER) ? UNKNOWN : STRING;
    }

    private enum Answer {
        STRING,
        OTHER,
        SILENT
    }

    private static void collect(
            @Nullable Object value, Map<String, ? extends @Nullable Object> root, Set<Answer> answers, int depth) {
        if (!(value instanceof Map<?, ?> schema) || depth > MAX_REFERENCES) {
            answers.add(Answer.SILENT);
        } else if (schema.get("$ref") instanceof String reference) {
            collect(resolve(reference, root), root, answers, depth + 1);
        } else if (schema.get("type") instanceof String type) {
            answers.add(answer(type));
        } else if (schema.get("type") instanceof List<?> types) {
            types.forEach(type -> answers.add(answer(type)));
        } else if (schema.get("enum") instanceof List<?> constants) {
            constants.forEach(constant -> answers.add(constant instanceof String ? Answer.STRING : Answer.OTHER));
        } else if (schema.containsKey("const")) {
            answers.add(schema.get("const") instanceof String ? Answer.STRING : Answer.OTHER);
        } else if (schema.get("anyOf") instanceof List<?> options) {
            options.forEach(option -> collect(option, root, answers, depth + 1));
        } else if (schema.get("oneOf") instanceof List<?> options) {
            options.forEach(option -> collect(option, root, answers, depth + 1));
        } else {
            answers.add(Answer.SILENT);
        }
    }

    private static Answer answer(@Nullable Object type) {
        return "string".equals(type) ? Answer.STRING : Answer.OTHER;
    }

    /** What {@code #/a/b} points at in the schema, or null. */
    private static @Nullable Object resolve(String reference, Map<String, ? extends @Nullable Object> root) {
        if (!reference.startsWith("#/")) {
            return null;
        }
        Object at = root;
        for (String step : reference.substring(2).split("/", -1)) {
            if (!(at instanceof Map<?, ?> map)) {
                return null;
            }
            at = map.get(step.replace("~1", "/").replace("~0", "~"));
        }
        return at;
    }
}
