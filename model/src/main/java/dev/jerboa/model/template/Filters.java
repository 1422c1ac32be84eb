package dev.jerboa.model.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jinja's filters by name: those of texts in {@link TextFilters}, those of sequences in {@link SequenceFilters}. */
final class Filters {
    /** What a filter does with the value before its bar. */
    @FunctionalInterface
    interface Filter {
        @Nullable
        Object apply(Interpreter interpreter, @Nullable Object value, Arguments arguments);
    }

    private static final Map<String, Filter> ALL = new HashMap<>();

    static {
        TextFilters.register(ALL);
        SequenceFilters.register(ALL);
        NumberFilters.register(ALL);
        ALL.put("default", Filters::defaultValue);
        ALL.put("d", Filters::defaultValue);
        ALL.put("attr", Filters::attribute);
        ALL.put("tojson", JsonText::filter);
    }

    private Filters() {}

    static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    static String unknown(String name) {
        return "No filter named '" + name + "'.";
    }

    static @Nullable Object apply(Interpreter interpreter, String name, @Nullable Object value, Arguments arguments) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new Fault(unknown(name));
        }
        interpreter.budget().step();
        return filter.apply(interpreter, value, arguments);
    }

    private static @Nullable Object defaultValue(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("default", 0, "default_value", "boolean");
        boolean byTruth = Values.truth(Arguments.or(bound[1], false));
        boolean absent = value instanceof Undefined || (byTruth && !Values.truth(value));
        return absent ? Arguments.or(bound[0], "") : value;
    }

    private static @Nullable Object attribute(Interpreter run, @Nullable Object value, Arguments arguments) {
        String name = Values.text(arguments.bind("attr", 1, "name")[0], "attr: the name");
        return Attributes.member(value, name) instanceof Absent
                ? Attributes.missing(value, name)
                : Attributes.attribute(value, name, run.budget());
    }
}
