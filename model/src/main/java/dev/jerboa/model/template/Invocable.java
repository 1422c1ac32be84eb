package dev.jerboa.model.template;

import org.jspecify.annotations.Nullable;

/** A value that a template can call. */
interface Invocable {
    @Nullable
    Object call(Interpreter interpreter, Arguments arguments);

    /** A function with a name, as globals and methods are. */
    record Function(String name, Body body) implements Invocable {
        @Override
        public @Nullable Object call(Interpreter interpreter, Arguments arguments) {
            return body.call(interpreter, arguments);
        }
    }

    /** What a {@link Function} does. */
    @FunctionalInterface
    interface Body {
        @Nullable
        Object call(Interpreter interpreter, Arguments arguments);
    }
}
