package dev.jerboa.engine.chat.tool;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What valid output looks like, as a tree: from it a grammar can be built that lets a model write nothing else. It describes
 * the text after the thinking, up to the token that ends the reply.
 */
public sealed interface Shape {
    /** Exactly this text. */
    record Literal(String text) implements Shape {}

    /** Any text, perhaps none, in which {@code until} does not occur; what follows in a sequence begins with {@code until}. */
    record Text(String until) implements Shape {}

    /** A JSON value that the schema allows, in compact or usual spacing. */
    record Json(Map<String, @Nullable Object> schema) implements Shape {}

    /** One of the options. */
    record Choice(List<Shape> options) implements Shape {
        public Choice {
            options = List.copyOf(options);
        }
    }

    /** All parts, one after the other. */
    record Sequence(List<Shape> parts) implements Shape {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** The body {@code min} to {@code max} times. */
    record Repeat(Shape body, int min, int max) implements Shape {
        /** {@link #max} of a repetition without end. */
        public static final int UNBOUNDED = Integer.MAX_VALUE;
    }
}
