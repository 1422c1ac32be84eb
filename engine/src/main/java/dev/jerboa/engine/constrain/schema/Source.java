package dev.jerboa.engine.constrain.schema;

import dev.jerboa.engine.constrain.grammar.ConstraintException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A whole schema, found to be within the limits, in which references are followed. */
final class Source {
    static final int MAX_DEPTH = 100;
    static final int MAX_VALUES = 100_000;

    private final @Nullable Object root;
    private final Map<String, Place> anchors = new HashMap<>();
    /** Where inner schemas begin that have an identifier of their own, against which their references would be resolved. */
    private final Set<String> identified = new HashSet<>();

    private int values;

    Source(@Nullable Object root) {
        this.root = root;
        check(new Place("#", root), 0);
    }

    Place root() {
        return new Place("#", root);
    }

    private void check(Place at, int depth) {
        if (depth > MAX_DEPTH) {
            throw new ConstraintException("#: the schema is nested more than " + MAX_DEPTH
                    + " deep: move inner schemas to $defs and refer to them");
        }
        if (++values > MAX_VALUES) {
            throw new ConstraintException("#: the schema has more than " + MAX_VALUES + " values: make it smaller");
        }
        Object value = at.value();
        switch (value) {
            case Map<?, ?> map -> {
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    if (!(entry.getKey() instanceof String)) {
                        throw new ConstraintException(at.pointer() + ": a key that is no string: " + entry.getKey());
                    }
                }
                Map<String, @Nullable Object> object = at.object();
                if (object.get("$anchor") instanceof String anchor) {
                    anchors.putIfAbsent(anchor, at);
                }
                if (depth > 0 && object.get("$id") instanceof String) {
                    identified.add(at.pointer());
                }
                object.forEach((key, inner) -> check(at.child(key, inner), depth + 1));
            }
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    check(at.child(Integer.toString(i), list.get(i)), depth + 1);
                }
            }
            case null -> {}
            case String s -> {}
            case Number n -> {}
            case Boolean b -> {}
            default ->
                throw new ConstraintException("#: a value of "
                        + value.getClass().getName() + ": expected maps, lists, strings, numbers, booleans and nulls");
        }
    }

    /** What a {@code $ref} refers to. */
    Place follow(Place reference) {
        String target = reference.string();
        for (String inner : identified) {
            if (reference.pointer().startsWith(inner + "/")) {
                throw reference.refused(
                        "a $ref inside of the schema at " + inner
                                + ", which has a $id of its own, is not supported: leave that $id out, and refer by a path from the top");
            }
        }
        if (!target.startsWith("#")) {
            throw reference.refused("a $ref to another document, " + target
                    + ", is not supported: copy it to $defs and refer to #/$defs/…");
        }
        if (target.length() > 1 && target.charAt(1) != '/') {
            Place anchored = anchors.get(target.substring(1));
            if (anchored == null) {
                throw reference.refused("the $ref " + target + " leads nowhere: no schema has that $anchor");
            }
            return anchored;
        }
        Place at = root();
        if (target.length() == 1) {
            return at;
        }
        for (String part : target.substring(2).split("/", -1)) {
            Place next = step(at, decoded(part, reference));
            if (next == null) {
                throw reference.refused(
                        "the $ref " + target + " leads nowhere: there is no " + part + " in " + at.pointer());
            }
            at = next;
        }
        return at;
    }

    private static @Nullable Place step(Place at, String key) {
        if (at.value() instanceof Map<?, ?>) {
            return at.object().containsKey(key) ? at.child(key, at.object().get(key)) : null;
        }
        if (at.value() instanceof List<?> list && key.matches("0|[1-9][0-9]{0,5}")) {
            int index = Integer.parseInt(key);
            return index < list.size() ? at.child(key, list.get(index)) : null;
        }
        return null;
    }

    private static String decoded(String part, Place reference) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        int size = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '%') {
                bytes[size++] = bytes[i];
                continue;
            }
            int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
            int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw reference.refused("the $ref " + reference.value()
                        + " has a malformed % escape: write two hexadecimal digits after %");
            }
            bytes[size++] = (byte) (high << 4 | low);
            i += 2;
        }
        return new String(bytes, 0, size, StandardCharsets.UTF_8)
                .replace("~1", "/")
                .replace("~0", "~");
    }
}
