package dev.jerboa.train.task.wording;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules of a language by name: pieces that patterns share, and that may stand in each other. */
final class Rules {
    private final Map<String, Piece> byName = new HashMap<>();

    void add(String name, Piece rule) {
        if (byName.putIfAbsent(name, rule) != null) {
            throw new IllegalArgumentException("a second rule is named <" + name + ">");
        }
    }

    Piece named(String name) {
        @Nullable Piece rule = byName.get(name);
        if (rule == null) {
            throw new IllegalArgumentException("no rule is named <" + name + ">");
        }
        return rule;
    }
}
