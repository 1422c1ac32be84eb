package dev.jerboa.gateway.dialect.wire;

import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of an object of a request, which remembers those that were asked for, so that what nobody reads can be told. A member that
 * is not what it should be is a {@link MalformedRequestException} with its path. Null is as if it were not there. One thread.
 */
public final class Members {
    private final Map<String, ? extends @Nullable Object> map;
    private final String path;
    private final Set<String> read = new HashSet<>();

    /** @param path how messages call the object, with a point behind; empty for the request itself */
    public Members(Map<String, ? extends @Nullable Object> map, String path) {
        this.map = map;
        this.path = path;
    }

    /** How messages call a member. */
    public String path(String name) {
        return path + name;
    }

    public boolean has(String name) {
        return map.get(name) != null;
    }

    public @Nullable Object value(String name) {
        read.add(name);
        return map.get(name);
    }

    /** Notes that members are known, whatever they are. */
    public void known(String... names) {
        read.addAll(List.of(names));
    }

    /** Names of members with values that nobody has asked for. */
    public List<String> unread() {
        List<String> unread = new ArrayList<>();
        map.forEach((name, value) -> {
            if (value != null && !read.contains(name)) {
                unread.add(path + name);
            }
        });
        return unread;
    }

    /** A text; {@code ""} where there is none. */
    public String text(String name) {
        return switch (value(name)) {
            case null -> "";
            case String text -> text;
            case Object other -> throw wrong(name, "a string", other);
        };
    }

    public @Nullable Boolean flag(String name) {
        return switch (value(name)) {
            case null -> null;
            case Boolean flag -> flag;
            case Object other -> throw wrong(name, "true or false", other);
        };
    }

    public @Nullable Number number(String name) {
        return switch (value(name)) {
            case null -> null;
            case Number number -> number;
            case Object other -> throw wrong(name, "a number", other);
        };
    }

    /** A whole number; null where there is none. */
    public @Nullable Long whole(String name) {
        Number number = number(name);
        if (number == null || number instanceof Long) {
            return (Long) number;
        }
        if (number.doubleValue() == Math.rint(number.doubleValue()) && Math.abs(number.doubleValue()) < 1e15) {
            return number.longValue();
        }
        throw wrong(name, "a whole number", number);
    }

    /** An object; null where there is none. */
    public @Nullable Members object(String name) {
        return switch (value(name)) {
            case null -> null;
            case Map<?, ?> object -> new Members(Json.asObject(object, name), path + name + ".");
            case Object other -> throw wrong(name, "an object", other);
        };
    }

    /** The elements of an array; none where there is none. */
    public List<? extends @Nullable Object> list(String name) {
        return switch (value(name)) {
            case null -> List.of();
            case List<?> list -> list;
            case Object other -> throw wrong(name, "an array", other);
        };
    }

    /** The elements of an array of objects. */
    public List<Members> objects(String name) {
        List<Members> objects = new ArrayList<>();
        int index = 0;
        for (Object element : list(name)) {
            if (!(element instanceof Map<?, ?> object)) {
                throw wrong(name + "[" + index + "]", "an object", element);
            }
            objects.add(new Members(Json.asObject(object, name), path + name + "[" + index + "]."));
            index++;
        }
        return objects;
    }

    /** A text, or an array of texts. */
    public List<String> texts(String name) {
        if (value(name) instanceof String text) {
            return List.of(text);
        }
        List<String> texts = new ArrayList<>();
        for (Object element : list(name)) {
            if (!(element instanceof String text)) {
                throw wrong(name, "strings", element);
            }
            texts.add(text);
        }
        return texts;
    }

    /** The object as it is. */
    public Map<String, ? extends @Nullable Object> all() {
        return map;
    }

    public MalformedRequestException wrong(String name, String expected, @Nullable Object found) {
        return new MalformedRequestException(path + name, "expected " + expected + ", found " + Json.kind(found));
    }
}
