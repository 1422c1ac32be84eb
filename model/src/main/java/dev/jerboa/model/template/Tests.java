package dev.jerboa.model.template;

import dev.jerboa.model.template.Expr.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Jinja's tests by name: {@code value is name}. */
final class Tests {
    @FunctionalInterface
    private interface Test {
        boolean holds(Interpreter interpreter, @Nullable Object value, @Nullable Object argument);
    }

    private record Entry(Test test, int arguments) {}

    private static final Map<String, Entry> ALL = new HashMap<>();

    static {
        plain("defined", value -> !(value instanceof Undefined));
        plain("undefined", value -> value instanceof Undefined);
        plain("none", value -> value == null);
        plain("boolean", value -> value instanceof Boolean);
        plain("true", value -> Boolean.TRUE.equals(value));
        plain("false", value -> Boolean.FALSE.equals(value));
        plain("integer", value -> value instanceof Long);
        plain("float", value -> value instanceof Double);
        plain("number", value -> value != null && Values.isNumber(value));
        plain("string", Values::isText);
        plain("mapping", value -> value instanceof Map<?, ?>);
        plain("iterable", Values::isIterable);
        plain("sequence", Tests::isSequence);
        plain("callable", value -> value instanceof Invocable || value instanceof Undefined);
        plain("escaped", value -> value instanceof SafeText);
        add("odd", 0, (run, value, none) -> modulo(value, 2L, run) == 1);
        add("even", 0, (run, value, none) -> modulo(value, 2L, run) == 0);
        add("lower", 0, (run, value, none) -> isCase(run, value, false));
        add("upper", 0, (run, value, none) -> isCase(run, value, true));
        plain("filter", value -> value instanceof String name && Filters.exists(name));
        plain("test", value -> value instanceof String name && exists(name));
        add("divisibleby", 1, (run, value, divisor) -> modulo(value, divisor, run) == 0);
        add("sameas", 1, (run, value, other) -> isSame(value, other));
        add("in", 1, (run, value, container) -> Values.contains(container, value, run.budget()));
        for (String name : List.of("eq", "==", "equalto")) {
            add(name, 1, (run, value, other) -> Values.equal(value, other, run.budget()));
        }
        for (String name : List.of("ne", "!=")) {
            add(name, 1, (run, value, other) -> !Values.equal(value, other, run.budget()));
        }
        ordered(Comparator.LT, "lt", "<", "lessthan");
        ordered(Comparator.LE, "le", "<=");
        ordered(Comparator.GT, "gt", ">", "greaterthan");
        ordered(Comparator.GE, "ge", ">=");
    }

    private Tests() {}

    static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    static String unknown(String name) {
        return "No test named '" + name + "'.";
    }

    static boolean apply(Interpreter interpreter, String name, @Nullable Object value, Arguments arguments) {
        Entry entry = ALL.get(name);
        if (entry == null) {
            throw new Fault(unknown(name));
        }
        interpreter.budget().step();
        List<@Nullable Object> given = arguments.named().isEmpty() ? arguments.positional() : named(name, arguments);
        if (given.size() != entry.arguments()) {
            throw new Fault("the test '" + name + "' takes " + entry.arguments() + " arguments, " + given.size()
                    + " were given");
        }
        return entry.test().holds(interpreter, value, given.isEmpty() ? null : given.get(0));
    }

    private static List<@Nullable Object> named(String name, Arguments arguments) {
        String parameter = switch (name) {
            case "divisibleby" -> "num";
            case "sameas" -> "other";
            case "in" -> "seq";
            default -> throw new Fault("the test '" + name + "' takes no keyword arguments");
        };
        return java.util.Arrays.asList(arguments.bind(name, 1, parameter));
    }

    private static void add(String name, int arguments, Test test) {
        ALL.put(name, new Entry(test, arguments));
    }

    private static void plain(String name, java.util.function.Predicate<@Nullable Object> test) {
        add(name, 0, (run, value, none) -> test.test(value));
    }

    private static void ordered(Comparator operator, String... names) {
        for (String name : names) {
            add(name, 1, (run, value, other) -> Values.ordered(operator, value, other, run.budget()));
        }
    }

    /** {@code value % divisor}; of a text that is formatting, which equals no number. */
    private static double modulo(@Nullable Object value, @Nullable Object divisor, Interpreter run) {
        Object result = Arithmetic.apply(Arithmetic.Operator.MODULO, value, divisor, run);
        return result instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    private static boolean isCase(Interpreter run, @Nullable Object value, boolean upper) {
        String text = Repr.str(value, run.budget());
        run.budget().scan(text.length());
        return StringMethods.isCase(text, upper);
    }

    private static boolean isSequence(@Nullable Object value) {
        return Values.isText(value)
                || value instanceof List<?>
                || value instanceof Tuple
                || value instanceof Map<?, ?>
                || value instanceof Range
                || value instanceof Undefined;
    }

    @SuppressWarnings("ReferenceEquality") // That is the question.
    private static boolean isSame(@Nullable Object a, @Nullable Object b) {
        boolean plain = a instanceof Boolean || a instanceof Long || a instanceof String;
        return a == b || (plain && Objects.equals(a, b));
    }
}
