package dev.jerboa.model.gguf;

import dev.jerboa.model.ModelException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The key–value header of a GGUF file, read with type checks. Values are {@code Long} (every integer type; u64 above
 * 2^63 − 1 is refused by the reader), {@code Double} (f32, f64), {@code Boolean}, {@code String}, or arrays: {@code long[]}
 * (integers), {@code double[]}, {@code boolean[]}, {@code String[]}, {@code Object[]} (arrays of arrays). Immutable by
 * convention: arrays are shared, callers do not write to them.
 */
public final class Metadata {
    private final String source;
    private final Map<String, Object> values;

    /** @param source the file's name, for messages */
    public Metadata(String source, Map<String, Object> values) {
        this.source = source;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    public Set<String> keys() {
        return values.keySet();
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The raw value, or null. */
    public @Nullable Object get(String key) {
        return values.get(key);
    }

    public String string(String key) {
        return require(key, String.class, "a string");
    }

    public String string(String key, String otherwise) {
        return has(key) ? string(key) : otherwise;
    }

    /** An integer in the range of int. */
    public int integer(String key) {
        long value = require(key, Long.class, "an integer");
        if (value != (int) value) {
            throw new ModelException(source + ": key " + key + " is " + value + ", expected a 32-bit integer");
        }
        return (int) value;
    }

    public int integer(String key, int otherwise) {
        return has(key) ? integer(key) : otherwise;
    }

    /** A number, integer or not. */
    public double number(String key) {
        return require(key, Number.class, "a number").doubleValue();
    }

    public double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    public boolean flag(String key) {
        return require(key, Boolean.class, "a boolean");
    }

    public boolean flag(String key, boolean otherwise) {
        return has(key) ? flag(key) : otherwise;
    }

    public String[] strings(String key) {
        return require(key, String[].class, "an array of strings");
    }

    public long[] integers(String key) {
        return require(key, long[].class, "an array of integers");
    }

    public double[] numbers(String key) {
        Object value = values.get(key);
        return value instanceof long[] whole
                ? Arrays.stream(whole).asDoubleStream().toArray()
                : require(key, double[].class, "an array of numbers");
    }

    public boolean[] flags(String key) {
        return require(key, boolean[].class, "an array of booleans");
    }

    private <T> T require(String key, Class<T> type, String expected) {
        Object value = values.get(key);
        if (value == null) {
            throw new ModelException(source + ": key " + key + " is missing, expected " + expected);
        }
        if (!type.isInstance(value)) {
            throw new ModelException(
                    source + ": key " + key + " is " + value.getClass().getSimpleName() + ", expected " + expected);
        }
        return type.cast(value);
    }
}
