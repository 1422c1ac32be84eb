package dev.jerboa.server.http;

import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object in a request: read by name and type, with errors that say where, and with a record of those that nobody
 * read. One thread.
 */
public final class Fields {
    private final Map<String, @Nullable Object> values;
    private final String path;
    private final Set<String> read = new HashSet<>();
    /** Objects that were read, by where they are, so that each is the same whoever reads it. */
    private final Map<String, Fields> inner = new LinkedHashMap<>();

    /** @param path where the object is, empty for the body itself */
    public Fields(Map<String, @Nullable Object> values, String path) {
        this.values = values;
        this.path = path;
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private HttpError wrong(String name, String expected, @Nullable Object found) {
        return HttpError.field(at(name), "expected " + expected + ", found " + Json.kind(found));
    }

    /** The value as it is; null where it is absent or null. */
    public @Nullable Object value(String name) {
        read.add(name);
        return values.get(name);
    }

    public boolean has(String name) {
        return values.get(name) != null;
    }

    public @Nullable String text(String name) {
        Object value = value(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text) {
            return text;
        }
        throw wrong(name, "a string", value);
    }

    public String text(String name, String otherwise) {
        String text = text(name);
        return text == null ? otherwise : text;
    }

    public boolean flag(String name, boolean otherwise) {
        Object value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(name, "true or false", value);
    }

    /** A number within bounds, or null. */
    public @Nullable Double number(String name, double least, double most) {
        Object value = value(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Number number)) {
            throw wrong(name, "a number", value);
        }
        double found = number.doubleValue();
        if (!(found >= least && found <= most)) {
            throw HttpError.field(
                    at(name), "expected a number from " + plain(least) + " to " + plain(most) + ", found " + value);
        }
        return found;
    }

    /** A whole number within bounds, or null. */
    public @Nullable Long whole(String name, long least, long most) {
        Object value = value(name);
        if (value == null) {
            return null;
        }
        long found;
        if (value instanceof Long number) {
            found = number;
        } else if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 0x1p53) {
            found = number.longValue();
        } else {
            throw wrong(name, "a whole number", value);
        }
        if (found < least || found > most) {
            throw HttpError.field(
                    at(name), "expected a whole number from " + least + " to " + most + ", found " + found);
        }
        return found;
    }

    public int whole(String name, int least, int most, int otherwise) {
        Long value = whole(name, (long) least, most);
        return value == null ? otherwise : value.intValue();
    }

    /** The fields of an object, or null. */
    public @Nullable Fields object(String name) {
        Object value = value(name);
        if (value == null) {
            return null;
        }
        return inner(Json.asObject(requireObject(name, value), at(name)), at(name));
    }

    private Object requireObject(String name, Object value) {
        if (value instanceof Map<?, ?>) {
            return value;
        }
        throw wrong(name, "an object", value);
    }

    private Fields inner(Map<String, @Nullable Object> map, String where) {
        return inner.computeIfAbsent(where, at -> new Fields(map, at));
    }

    /** The elements of a list of at most {@code most}; empty where it is absent. */
    public List<@Nullable Object> list(String name, int most) {
        Object value = value(name);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?>)) {
            throw wrong(name, "a list", value);
        }
        List<@Nullable Object> list = Json.asList(value, at(name));
        if (list.size() > most) {
            throw HttpError.field(at(name), "has " + list.size() + " elements, at most " + most + " are taken");
        }
        return list;
    }

    /** The elements of a list of objects. */
    public List<Fields> objects(String name, int most) {
        List<Fields> fields = new ArrayList<>();
        int i = 0;
        for (Object value : list(name, most)) {
            String where = name + "[" + i++ + "]";
            if (!(value instanceof Map<?, ?>)) {
                throw wrong(where, "an object", value);
            }
            fields.add(inner(Json.asObject(value, at(where)), at(where)));
        }
        return fields;
    }

    /** One text or a list of texts. */
    public List<String> texts(String name, int most) {
        if (value(name) instanceof String text) {
            return List.of(text);
        }
        List<String> texts = new ArrayList<>();
        for (Object value : list(name, most)) {
            if (!(value instanceof String text)) {
                throw wrong(name + "[" + texts.size() + "]", "a string", value);
            }
            texts.add(text);
        }
        return texts;
    }

    /** All fields as they are, which counts as reading them. */
    public Map<String, @Nullable Object> all() {
        read.addAll(values.keySet());
        return values;
    }

    /** Takes note of fields that are known and mean nothing here. */
    public void known(String... names) {
        read.addAll(List.of(names));
    }

    /** Refuses fields that are known, would change the reply, and are not supported, where they are set to something. */
    public void refuse(String... names) {
        for (String name : names) {
            Object value = value(name);
            boolean neutral = value == null
                    || Boolean.FALSE.equals(value)
                    || (value instanceof Number number && number.doubleValue() == 0)
                    || (value instanceof List<?> list && list.isEmpty())
                    || (value instanceof String text && text.isEmpty());
            if (!neutral) {
                throw HttpError.field(at(name), "is not supported here, and would change the reply: leave it out");
            }
        }
    }

    /** The fields that nobody read, with those of objects that were read. */
    public List<String> unread() {
        List<String> names = new ArrayList<>();
        for (String name : values.keySet()) {
            if (!read.contains(name)) {
                names.add(at(name));
            }
        }
        inner.values().forEach(fields -> names.addAll(fields.unread()));
        return names;
    }

    /** Sentences that name {@link #unread}; when all that is known was read. */
    public List<String> ignored() {
        return unread().stream()
                .map(name -> "the field " + name + " is not known and was ignored")
                .toList();
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
    }
}
