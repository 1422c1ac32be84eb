package dev.jerboa.server.recorded;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value and where it is; what is not as expected fails with both.
 *
 * @param where the path to it, for people
 */
record Seen(String where, @Nullable Object value) {
    static Seen of(String where, String json) {
        try {
            return new Seen(where, Json.parse(json, where));
        } catch (ModelException e) {
            throw new AssertionError(where + ": expected JSON, found " + json, e);
        }
    }

    AssertionError wrong(String expected) {
        return new AssertionError(where + ": expected " + expected + ", found " + JsonOut.line(value));
    }

    private Map<?, ?> map() {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw wrong("an object");
    }

    boolean isNull() {
        return value == null;
    }

    /** Whether it has a field that is not null. */
    boolean has(String name) {
        return map().get(name) != null;
    }

    /** A field that has to be there, though it may be null. */
    Seen at(String name) {
        if (!map().containsKey(name)) {
            throw wrong("the field " + name);
        }
        return new Seen(where + "." + name, map().get(name));
    }

    /** A field, or null in its place. */
    Seen maybe(String name) {
        return new Seen(where + "." + name, map().get(name));
    }

    void without(String... names) {
        for (String name : names) {
            if (has(name)) {
                throw wrong("no " + name);
            }
        }
    }

    Seen is(String name, @Nullable Object expected) {
        Seen field = at(name);
        if (!Objects.equals(field.value, expected instanceof Integer number ? Long.valueOf(number) : expected)) {
            throw field.wrong(JsonOut.line(expected));
        }
        return this;
    }

    String text() {
        if (value instanceof String text) {
            return text;
        }
        throw wrong("a text");
    }

    String text(String name) {
        return at(name).text();
    }

    /** A text that may be null, which is an empty one. */
    String textOrNull(String name) {
        return at(name).isNull() ? "" : text(name);
    }

    /** A text with a beginning and more. */
    String id(String name, String prefix) {
        String text = text(name);
        if (!text.startsWith(prefix) || text.length() == prefix.length()) {
            throw at(name).wrong("an id that begins with '" + prefix + "'");
        }
        return text;
    }

    String oneOf(String name, String... values) {
        String text = text(name);
        if (!List.of(values).contains(text)) {
            throw at(name).wrong("one of " + String.join(", ", values));
        }
        return text;
    }

    /** A whole number that is not negative. */
    long count(String name) {
        if (at(name).value instanceof Long number && number >= 0) {
            return number;
        }
        throw at(name).wrong("a whole number, not negative");
    }

    long positive(String name) {
        if (count(name) == 0) {
            throw at(name).wrong("a positive number");
        }
        return count(name);
    }

    double number(String name) {
        if (at(name).value instanceof Number number) {
            return number.doubleValue();
        }
        throw at(name).wrong("a number");
    }

    boolean flag(String name) {
        if (at(name).value instanceof Boolean flag) {
            return flag;
        }
        throw at(name).wrong("true or false");
    }

    List<Seen> list(String name) {
        return at(name).list();
    }

    List<Seen> list() {
        if (!(value instanceof List<?> list)) {
            throw wrong("a list");
        }
        List<Seen> elements = new ArrayList<>();
        for (Object element : list) {
            elements.add(new Seen(where + "[" + elements.size() + "]", element));
        }
        return elements;
    }

    /** A list with something in it. */
    List<Seen> some(String name) {
        if (list(name).isEmpty()) {
            throw at(name).wrong("at least one element");
        }
        return list(name);
    }

    Seen object(String name) {
        Seen field = at(name);
        field.map();
        return field;
    }

    List<String> names() {
        return map().keySet().stream().map(String::valueOf).toList();
    }
}
