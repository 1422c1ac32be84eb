package dev.jerboa.model.template;

import dev.jerboa.model.template.Invocable.Function;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template has; a variable of the same name hides one. */
final class Globals {
    static final Map<String, Object> ALL = Map.of(
            "range", new Function("range", Globals::range),
            "dict", new Function("dict", Globals::dict),
            "namespace", new Function("namespace", (run, arguments) -> new Namespace(dict(run, arguments))),
            "cycler", new Function("cycler", (run, arguments) -> new Cycler(arguments)),
            "joiner", new Function("joiner", Globals::joiner),
            "raise_exception", new Function("raise_exception", Globals::raise),
            "strftime_now", new Function("strftime_now", Globals::now));

    private Globals() {}

    private static Range range(Interpreter run, Arguments arguments) {
        List<@Nullable Object> given = arguments.positionalOnly("range", 1, 3);
        long first = Values.integer(given.get(0), "range() argument");
        if (given.size() == 1) {
            return new Range(0, first, 1);
        }
        long step = given.size() > 2 ? Values.integer(given.get(2), "range() argument") : 1;
        return new Range(first, Values.integer(given.get(1), "range() argument"), step);
    }

    private static Map<@Nullable Object, @Nullable Object> dict(Interpreter run, Arguments arguments) {
        Map<@Nullable Object, @Nullable Object> out = Dicts.create();
        if (arguments.positional().size() > 1) {
            throw new Fault("dict expected at most 1 argument, got "
                    + arguments.positional().size());
        }
        for (Object source : arguments.positional()) {
            if (source instanceof Map<?, ?> map) {
                run.budget().elements(map.size());
                out.putAll(map);
                continue;
            }
            for (Object pair : Values.list(source, run.budget())) {
                List<@Nullable Object> items = Values.list(pair, run.budget());
                if (items.size() != 2) {
                    throw new Fault(
                            "dictionary update sequence element has length " + items.size() + "; 2 is required");
                }
                Dicts.put(out, items.get(0), items.get(1));
            }
        }
        arguments.named().forEach((name, value) -> Dicts.put(out, name, value));
        run.budget().elements(out.size());
        return out;
    }

    private static Object joiner(Interpreter run, Arguments arguments) {
        Object separator = Arguments.or(arguments.bind("joiner", 0, "sep")[0], ", ");
        boolean[] used = {false};
        return new Function("joiner", (inner, none) -> {
            none.positionalOnly("joiner", 0, 0);
            Object text = used[0] ? separator : "";
            used[0] = true;
            return text;
        });
    }

    private static Object raise(Interpreter run, Arguments arguments) {
        throw new Fault(Repr.str(arguments.bind("raise_exception", 1, "message")[0], run.budget()));
    }

    private static String now(Interpreter run, Arguments arguments) {
        String format = Values.text(arguments.bind("strftime_now", 1, "format")[0], "strftime_now: the format");
        run.budget().text(20L * format.length());
        return run.budget().made(Strftime.format(format, run.now()));
    }

    /** {@code cycler(a, b, …)}. */
    static final class Cycler {
        private final List<@Nullable Object> items;
        private int at;

        Cycler(Arguments arguments) {
            if (arguments.positional().isEmpty() || !arguments.named().isEmpty()) {
                throw new Fault("at least one item has to be provided");
            }
            items = arguments.positional();
        }

        /** An attribute, or {@link Absent}. */
        @Nullable
        Object attribute(String name) {
            return switch (name) {
                case "current" -> items.get(at);
                case "items" -> new Tuple(items);
                case "pos" -> (long) at;
                case "next" ->
                    new Function("next", (run, arguments) -> {
                        Object current = items.get(at);
                        at = (at + 1) % items.size();
                        return current;
                    });
                case "reset" ->
                    new Function("reset", (run, arguments) -> {
                        at = 0;
                        return null;
                    });
                default -> Absent.ABSENT;
            };
        }
    }
}
