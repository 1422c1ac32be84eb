package dev.jerboa.engine.eval.task;

import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line of a task's file: its fields, whose faults are told with the line.
 *
 * @param file names the file in messages
 * @param line from 1
 */
public record Fields(String file, int line, Map<String, @Nullable Object> values) {
    boolean has(String key) {
        return values.get(key) != null;
    }

    /** A fault of this line. */
    EvalException wrong(String what) {
        return new EvalException(file + ":" + line + ": " + what);
    }

    private EvalException wrong(String key, String expected) {
        return wrong(key + " is " + (values.containsKey(key) ? Json.kind(values.get(key)) : "missing") + ", expected "
                + expected);
    }

    /** A text, or a number as text. */
    String text(String key) {
        return switch (values.get(key)) {
            case String text -> text;
            case Number number -> number.toString();
            case null, default -> throw wrong(key, "a text");
        };
    }

    /** A text that is not empty. */
    String words(String key) {
        String text = text(key);
        if (text.isEmpty()) {
            throw wrong(key + " is empty, expected a text");
        }
        return text;
    }

    String text(String key, String otherwise) {
        return has(key) ? text(key) : otherwise;
    }

    /** A list of texts, at least one, none of them empty. */
    List<String> texts(String key) {
        List<String> all = new ArrayList<>();
        if (values.get(key) instanceof List<?> list) {
            for (Object each : list) {
                if (!(each instanceof String || each instanceof Number)
                        || each.toString().isEmpty()) {
                    throw wrong(key + " has " + (each instanceof String ? "an empty text" : Json.kind(each))
                            + ", expected texts that are not empty");
                }
                all.add(each.toString());
            }
        }
        if (all.isEmpty()) {
            throw wrong(key, "a list of texts");
        }
        return all;
    }

    /** The object under a key, as a line of its own. */
    Fields inner(String key) {
        if (values.get(key) instanceof Map<?, ?>) {
            return new Fields(file, line, Json.asObject(values.get(key), key));
        }
        throw wrong(key, "an object");
    }

    /** A whole number from 0 to {@code below} − 1 that is the place of the right choice; also as text. */
    int place(String key, int below) {
        String text = text(key).strip();
        int place = -1;
        if (text.matches("[0-9]{1,9}")) {
            place = Integer.parseInt(text);
        }
        return inside(key, text, place, below);
    }

    private int inside(String key, String text, int place, int below) {
        if (place < 0 || place >= below) {
            throw wrong(key + " is '" + text + "', expected one of the " + below + " choices");
        }
        return place;
    }

    /** The place of the right choice by a letter, A for the first. */
    int letter(String key, int below) {
        String text = text(key).strip();
        return inside(key, text, text.length() == 1 ? text.charAt(0) - 'A' : -1, below);
    }

    /** The place of the right choice by its label or text. */
    int among(String key, List<String> names) {
        String text = text(key);
        return inside(key, text, names.indexOf(text), names.size());
    }
}
