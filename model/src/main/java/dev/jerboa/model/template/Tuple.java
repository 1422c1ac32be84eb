package dev.jerboa.model.template;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sequence.
 *
 * @param group whether it is a {@code groupby} pair, whose items are also called {@code grouper} and {@code list}
 */
record Tuple(List<@Nullable Object> items, boolean group) {
    static final Tuple EMPTY = new Tuple(List.of(), false);

    Tuple(List<@Nullable Object> items) {
        this(items, false);
    }

    static Tuple of(@Nullable Object... items) {
        return new Tuple(Arrays.asList(items));
    }
}
