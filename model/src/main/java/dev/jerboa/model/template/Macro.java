package dev.jerboa.model.template;

import dev.jerboa.model.template.ScopePlan.Scope;
import dev.jerboa.model.template.Statement.MacroBody;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro, or the body of a {@code call} block, with the scope around its definition. */
record Macro(String name, MacroBody body, Scope outer) implements Invocable {
    @Override
    public Object call(Interpreter interpreter, Arguments arguments) {
        Scope scope = interpreter.enter(body.scope(), outer);
        Map<String, @Nullable Object> named = new LinkedHashMap<>(arguments.named());
        List<@Nullable Object> positional = arguments.positional();
        List<String> parameters = body.parameters();
        int given = Math.min(positional.size(), parameters.size());
        for (int i = 0; i < given; i++) {
            scope.set(parameters.get(i), positional.get(i));
        }
        for (String parameter : parameters.subList(given, parameters.size())) {
            if (named.containsKey(parameter)) {
                scope.set(parameter, named.remove(parameter));
            }
        }
        special(scope, named, positional.subList(given, positional.size()));
        if (!takes("kwargs") && !named.isEmpty()) {
            throw new Fault("macro '" + name + "' takes no keyword argument '"
                    + named.keySet().iterator().next() + "'");
        }
        if (!takes("varargs") && positional.size() > parameters.size()) {
            throw new Fault("macro '" + name + "' takes not more than " + parameters.size() + " argument(s)");
        }
        return interpreter.macro(body, scope);
    }

    /** Sets {@code caller}, {@code kwargs} and {@code varargs} where the body reads them. */
    private void special(Scope scope, Map<String, @Nullable Object> named, List<@Nullable Object> rest) {
        if (takes("caller")) {
            Object caller = named.remove("caller");
            scope.set("caller", caller != null ? caller : new Undefined("No caller defined"));
        }
        if (takes("kwargs")) {
            scope.set("kwargs", new LinkedHashMap<@Nullable Object, @Nullable Object>(named));
        }
        if (takes("varargs")) {
            scope.set("varargs", new Tuple(new ArrayList<>(rest)));
        }
    }

    /** Whether the body reads a special name that it does not declare as a parameter. */
    private boolean takes(String special) {
        return body.scope().isUsed(special) && !body.parameters().contains(special);
    }

    /** An attribute, or {@link Absent}. */
    @Nullable
    Object attribute(String attribute) {
        return switch (attribute) {
            case "name" -> name;
            case "arguments" -> new Tuple(new ArrayList<>(body.parameters()));
            case "caller" -> body.scope().isUsed("caller");
            case "catch_kwargs" -> takes("kwargs");
            case "catch_varargs" -> takes("varargs");
            default -> Absent.ABSENT;
        };
    }
}
