package dev.jerboa.model.template;

import dev.jerboa.model.template.Expr.Comparator;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Python does with any value: truth, length, iteration, equality, order and membership. */
final class Values {
    /** The order of numbers that have none. */
    private static final int UNORDERED = Integer.MIN_VALUE;

    private Values() {}

    /** Python's name of the type, for messages. */
    static String type(@Nullable Object value) {
        return switch (value) {
            case null -> "NoneType";
            case Boolean bool -> "bool";
            case Long integer -> "int";
            case Double number -> "float";
            case String text -> "str";
            case SafeText text -> "Markup";
            case List<?> list -> "list";
            case Tuple tuple -> "tuple";
            case Map<?, ?> map -> "dict";
            case Range range -> "range";
            case Generator generator -> generator.type;
            case Undefined undefined -> "Undefined";
            case Namespace namespace -> "Namespace";
            case DictView view -> "dict_" + view.part().name().toLowerCase(java.util.Locale.ROOT);
            case LoopContext loop -> "LoopContext";
            case Macro macro -> "Macro";
            case Invocable function -> "function";
            default -> value.getClass().getSimpleName();
        };
    }

    static boolean truth(@Nullable Object value) {
        return switch (value) {
            case null -> false;
            case Boolean bool -> bool;
            case Long integer -> integer != 0;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case SafeText text -> !text.text().isEmpty();
            case List<?> list -> !list.isEmpty();
            case Tuple tuple -> !tuple.items().isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case Range range -> range.length() > 0;
            case DictView view -> !view.map().isEmpty();
            case Undefined undefined -> false;
            default -> true;
        };
    }

    /** {@code len(value)}. */
    static long length(@Nullable Object value, Budget budget) {
        return switch (value) {
            case String text -> length(text, budget);
            case SafeText text -> length(text.text(), budget);
            case List<?> list -> list.size();
            case Tuple tuple -> tuple.items().size();
            case Map<?, ?> map -> map.size();
            case Range range -> range.length();
            case DictView view -> view.map().size();
            case LoopContext loop -> loop.length();
            case Undefined undefined -> 0;
            case null, default -> throw new Fault("object of type '" + type(value) + "' has no len()");
        };
    }

    private static long length(String text, Budget budget) {
        budget.scan(text.length());
        return Text.length(text);
    }

    static boolean isIterable(@Nullable Object value) {
        return value instanceof String
                || value instanceof SafeText
                || value instanceof List<?>
                || value instanceof Tuple
                || value instanceof Map<?, ?>
                || value instanceof Range
                || value instanceof Generator
                || value instanceof DictView
                || value instanceof LoopContext
                || value instanceof Undefined;
    }

    /** {@code iter(value)}. */
    static Iterator<? extends @Nullable Object> iterate(@Nullable Object value) {
        return switch (value) {
            case List<?> list -> list.iterator();
            case Tuple tuple -> tuple.items().iterator();
            case String text -> codePoints(text);
            case SafeText text -> codePoints(text.text());
            case Map<?, ?> map -> map.keySet().iterator();
            case Range range -> rangeItems(range);
            case Generator generator -> generator;
            case DictView view -> viewItems(view);
            case LoopContext loop -> loop.pairs();
            case Undefined undefined -> Collections.emptyIterator();
            case null, default -> throw new Fault("'" + type(value) + "' object is not iterable");
        };
    }

    private static Iterator<String> codePoints(String text) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < text.length();
            }

            @Override
            public String next() {
                int point = text.codePointAt(at);
                at += Character.charCount(point);
                return Character.toString(point);
            }
        };
    }

    private static Iterator<Long> rangeItems(Range range) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < range.length();
            }

            @Override
            public Long next() {
                return range.at(at++);
            }
        };
    }

    private static Iterator<? extends @Nullable Object> viewItems(DictView view) {
        return switch (view.part()) {
            case KEYS -> view.map().keySet().iterator();
            case VALUES -> view.map().values().iterator();
            case ITEMS -> {
                Iterator<? extends Map.Entry<?, ?>> entries =
                        view.map().entrySet().iterator();
                yield new Iterator<Object>() {
                    @Override
                    public boolean hasNext() {
                        return entries.hasNext();
                    }

                    @Override
                    public Object next() {
                        Map.Entry<?, ?> entry = entries.next();
                        return Tuple.of(entry.getKey(), entry.getValue());
                    }
                };
            }
        };
    }

    /** {@code list(value)}, a new list. */
    static List<@Nullable Object> list(@Nullable Object value, Budget budget) {
        List<@Nullable Object> out = new ArrayList<>();
        Iterator<? extends @Nullable Object> items = iterate(value);
        while (items.hasNext()) {
            out.add(items.next());
            if ((out.size() & 1023) == 0) {
                budget.elements(1024);
            }
        }
        budget.elements(out.size() & 1023);
        return out;
    }

    static boolean isText(@Nullable Object value) {
        return value instanceof String || value instanceof SafeText;
    }

    static boolean isNumber(@Nullable Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /** An integer, with True as 1 and False as 0; null when the value is none. */
    static @Nullable Long asInteger(@Nullable Object value) {
        return switch (value) {
            case Long integer -> integer;
            case Boolean bool -> bool ? 1L : 0L;
            case null, default -> null;
        };
    }

    /** An integer argument. */
    static long integer(@Nullable Object value, String what) {
        Long integer = asInteger(value);
        if (integer != null) {
            return integer;
        }
        throw value instanceof Undefined undefined
                ? undefined.fault()
                : new Fault(what + " must be an integer, not " + type(value));
    }

    /** An integer argument within the range of int; numbers beyond are taken as the nearest. */
    static int clampedInteger(@Nullable Object value, String what) {
        return Math.clamp(integer(value, what), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** A text argument. */
    static String text(@Nullable Object value, String what) {
        return switch (value) {
            case String text -> text;
            case SafeText text -> text.text();
            case Undefined undefined -> throw undefined.fault();
            case null, default -> throw new Fault(what + " must be a string, not " + type(value));
        };
    }

    /** Python's {@code ==}. */
    @SuppressWarnings("ReferenceEquality") // As in Python, a value in a list equals itself without being asked.
    static boolean equal(@Nullable Object a, @Nullable Object b, Budget budget) {
        budget.step();
        if (a == b && !(a instanceof Double)) {
            return true;
        }
        if (a == null || b == null) {
            return false;
        }
        if (isText(a) || isText(b)) {
            return isText(a) && isText(b) && equalText(a.toString(), b.toString(), budget);
        }
        if (isNumber(a) || isNumber(b)) {
            return isNumber(a) && isNumber(b) && compareNumbers(a, b) == 0;
        }
        return switch (a) {
            case List<?> list -> b instanceof List<?> other && equalItems(list, other, budget);
            case Tuple tuple -> b instanceof Tuple other && equalItems(tuple.items(), other.items(), budget);
            case Map<?, ?> map -> b instanceof Map<?, ?> other && equalMaps(map, other, budget);
            case Range range ->
                b instanceof Range other && equalItems(list(range, budget), list(other, budget), budget);
            case Undefined undefined -> b instanceof Undefined;
            default -> a.equals(b);
        };
    }

    private static boolean equalText(String a, String b, Budget budget) {
        budget.scan(Math.min(a.length(), b.length()));
        return a.equals(b);
    }

    private static boolean equalItems(List<?> a, List<?> b, Budget budget) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.descend();
        for (int i = 0; i < a.size(); i++) {
            if (!equal(a.get(i), b.get(i), budget)) {
                budget.ascend();
                return false;
            }
        }
        budget.ascend();
        return true;
    }

    private static boolean equalMaps(Map<?, ?> a, Map<?, ?> b, Budget budget) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.descend();
        for (Map.Entry<?, ?> entry : a.entrySet()) {
            Object other = Dicts.get(b, entry.getKey(), Absent.ABSENT);
            if (other instanceof Absent || !equal(entry.getValue(), other, budget)) {
                budget.ascend();
                return false;
            }
        }
        budget.ascend();
        return true;
    }

    /** The order of two numbers; NaN has none. */
    private static int compareNumbers(Object a, Object b) {
        Long x = asInteger(a);
        Long y = asInteger(b);
        if (x != null && y != null) {
            return Long.compare(x, y);
        }
        double p = x != null ? x.doubleValue() : (Double) a;
        double q = y != null ? y.doubleValue() : (Double) b;
        if (Double.isNaN(p) || Double.isNaN(q)) {
            return UNORDERED;
        }
        if (p == q && x != null != (y != null) && !Double.isInfinite(p)) {
            BigDecimal left = x != null ? BigDecimal.valueOf(x) : new BigDecimal(p);
            BigDecimal right = y != null ? BigDecimal.valueOf(y) : new BigDecimal(q);
            return left.compareTo(right);
        }
        return p == q ? 0 : p < q ? -1 : 1;
    }

    /** Python's order comparisons; values without an order are an error. */
    static boolean ordered(Comparator operator, @Nullable Object a, @Nullable Object b, Budget budget) {
        budget.step();
        if (a instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (isText(a) && isText(b)) {
            String x = String.valueOf(a);
            String y = String.valueOf(b);
            budget.scan(Math.min(x.length(), y.length()));
            return holds(operator, Integer.signum(Text.compare(x, y)));
        }
        if (a != null && b != null && isNumber(a) && isNumber(b)) {
            return holds(operator, compareNumbers(a, b));
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return orderedItems(operator, x, y, budget);
        }
        if (a instanceof Tuple x && b instanceof Tuple y) {
            return orderedItems(operator, x.items(), y.items(), budget);
        }
        throw new Fault("'" + symbol(operator) + "' not supported between instances of '" + type(a) + "' and '"
                + type(b) + "'");
    }

    private static boolean orderedItems(Comparator operator, List<?> a, List<?> b, Budget budget) {
        budget.descend();
        try {
            for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
                if (!equal(a.get(i), b.get(i), budget)) {
                    return ordered(operator, a.get(i), b.get(i), budget);
                }
            }
            return holds(operator, Integer.compare(a.size(), b.size()));
        } finally {
            budget.ascend();
        }
    }

    private static boolean holds(Comparator operator, int order) {
        if (order == UNORDERED) {
            return false;
        }
        return switch (operator) {
            case LT -> order < 0;
            case LE -> order <= 0;
            case GT -> order > 0;
            case GE -> order >= 0;
            default -> throw new IllegalArgumentException("not an order: " + operator);
        };
    }

    private static String symbol(Comparator operator) {
        return switch (operator) {
            case LT -> "<";
            case LE -> "<=";
            case GT -> ">";
            case GE -> ">=";
            default -> operator.name();
        };
    }

    /** Python's {@code item in container}. */
    static boolean contains(@Nullable Object container, @Nullable Object item, Budget budget) {
        return switch (container) {
            case String text -> containsText(text, item, budget);
            case SafeText text -> containsText(text.text(), item, budget);
            case Map<?, ?> map -> containsKey(map, item);
            case DictView(Map<?, ?> map, DictView.Part part) when part == DictView.Part.KEYS -> containsKey(map, item);
            case Range range when item instanceof Long value -> range.contains(value);
            case null, default -> containsItem(container, item, budget);
        };
    }

    private static boolean containsKey(Map<?, ?> map, @Nullable Object key) {
        return !(Dicts.get(map, Dicts.hashable(key), Absent.ABSENT) instanceof Absent);
    }

    private static boolean containsItem(@Nullable Object container, @Nullable Object item, Budget budget) {
        if (!isIterable(container)) {
            throw new Fault("argument of type '" + type(container) + "' is not iterable");
        }
        Iterator<? extends @Nullable Object> items = iterate(container);
        while (items.hasNext()) {
            if (equal(items.next(), item, budget)) {
                return true;
            }
        }
        return false;
    }

    private static boolean containsText(String text, @Nullable Object item, Budget budget) {
        if (!isText(item)) {
            throw new Fault("'in <string>' requires string as left operand, not " + type(item));
        }
        String part = String.valueOf(item);
        budget.search(text.length(), part.length());
        return text.contains(part);
    }
}
