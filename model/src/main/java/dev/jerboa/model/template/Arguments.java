package dev.jerboa.model.template;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The arguments of one call. The map of named ones keeps the order of the call. */
record Arguments(List<@Nullable Object> positional, Map<String, @Nullable Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** The arguments in the order of the named parameters, of which the first {@code required} must be given. */
    @Nullable
    Object[] bind(String function, int required, String... parameters) {
        @Nullable Object[] bound = new Object[parameters.length];
        Arrays.fill(bound, Absent.ABSENT);
        if (positional.size() > parameters.length) {
            throw new Fault(function + "() takes at most " + parameters.length + " arguments, " + positional.size()
                    + " were given");
        }
        for (int i = 0; i < positional.size(); i++) {
            bound[i] = positional.get(i);
        }
        named.forEach((name, value) -> {
            int index = Arrays.asList(parameters).indexOf(name);
            if (index < 0) {
                throw new Fault(function + "() got an unexpected keyword argument '" + name + "'");
            }
            if (!(bound[index] instanceof Absent)) {
                throw new Fault(function + "() got multiple values for argument '" + name + "'");
            }
            bound[index] = value;
        });
        for (int i = 0; i < required; i++) {
            if (bound[i] instanceof Absent) {
                throw new Fault(function + "() missing the argument '" + parameters[i] + "'");
            }
        }
        return bound;
    }

    /** Refuses keyword arguments, as most of Python's built-in methods do, and any other number of arguments. */
    List<@Nullable Object> positionalOnly(String function, int least, int most) {
        if (!named.isEmpty()) {
            throw new Fault(function + "() takes no keyword arguments");
        }
        if (positional.size() < least || positional.size() > most) {
            throw new Fault(function + "() takes " + least + (most > least ? " to " + most : "") + " arguments, "
                    + positional.size() + " were given");
        }
        return positional;
    }

    /** A bound argument, or {@code fallback} when it was not given. */
    static @Nullable Object or(@Nullable Object bound, @Nullable Object fallback) {
        return bound instanceof Absent ? fallback : bound;
    }

    /** The arguments without the first positional one. */
    Arguments tail(int from) {
        return new Arguments(positional.subList(from, positional.size()), named);
    }
}
