package dev.jerboa.model.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's dictionaries over Java maps: numbers that are equal (1, 1.0, True) are one key. */
final class Dicts {
    /** Deeper or larger tuples are not accepted as keys: hashing them has no bound. */
    private static final int KEY_DEPTH = 8;

    private static final int KEY_ITEMS = 64;

    private Dicts() {}

    static Map<@Nullable Object, @Nullable Object> create() {
        return new LinkedHashMap<>();
    }

    /** A key in the form in which maps hold it; an error for lists, mappings and other unhashable values. */
    static @Nullable Object hashable(@Nullable Object key) {
        checkHashable(key, 0);
        return key instanceof SafeText text ? text.text() : key;
    }

    private static void checkHashable(@Nullable Object key, int depth) {
        if (key instanceof List<?> || key instanceof Map<?, ?>) {
            throw new Fault("unhashable type: '" + Values.type(key) + "'");
        }
        if (key instanceof Tuple tuple) {
            if (depth >= KEY_DEPTH || tuple.items().size() > KEY_ITEMS) {
                throw new Fault("the tuple is too large to be a key");
            }
            for (Object item : tuple.items()) {
                checkHashable(item, depth + 1);
            }
        }
    }

    /** The value of a hashable key, or {@code fallback}. */
    static @Nullable Object get(Map<?, ?> map, @Nullable Object key, @Nullable Object fallback) {
        Object stored = stored(map, key);
        return stored instanceof Absent ? fallback : map.get(stored);
    }

    static void put(Map<@Nullable Object, @Nullable Object> map, @Nullable Object key, @Nullable Object value) {
        Object hashable = hashable(key);
        Object stored = stored(map, hashable);
        map.put(stored instanceof Absent ? hashable : stored, value);
    }

    /** The key under which an equal one is held, or {@link Absent}. */
    private static @Nullable Object stored(Map<?, ?> map, @Nullable Object key) {
        if (map.containsKey(key)) {
            return key;
        }
        if (key instanceof Long || key instanceof Double || key instanceof Boolean) {
            Long integer = integral(key);
            if (integer != null) {
                if (map.containsKey(integer)) {
                    return integer;
                }
                Double real = integer.doubleValue();
                if (map.containsKey(real)) {
                    return real;
                }
                if ((integer == 0 || integer == 1) && map.containsKey(integer == 1)) {
                    return integer == 1;
                }
            }
        }
        return Absent.ABSENT;
    }

    private static @Nullable Long integral(Object key) {
        if (key instanceof Double real) {
            return real == Math.rint(real) && Math.abs(real) < 1e15 ? (Long) real.longValue() : null;
        }
        return Values.asInteger(key);
    }
}
