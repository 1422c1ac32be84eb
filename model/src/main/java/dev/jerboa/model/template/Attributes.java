package dev.jerboa.model.template;

import dev.jerboa.model.template.Invocable.Function;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code object.name}, {@code object[key]} and {@code object[start:stop:step]}. */
final class Attributes {
    private Attributes() {}

    /** {@code object.name}: an attribute first, then a key of that name. */
    static @Nullable Object attribute(@Nullable Object object, String name, Budget budget) {
        Object value = member(object, name);
        if (!(value instanceof Absent)) {
            return value;
        }
        if (object instanceof Map<?, ?> map) {
            value = Dicts.get(map, name, Absent.ABSENT);
            if (!(value instanceof Absent)) {
                return value;
            }
        }
        return missing(object, name);
    }

    /** {@code object[key]}: a key or index first, then, for a text, an attribute of that name. */
    static @Nullable Object item(@Nullable Object object, @Nullable Object key, Budget budget) {
        if (object instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Object value = element(object, key, budget);
        if (value instanceof Absent && Values.isText(key)) {
            value = member(object, String.valueOf(key));
        }
        if (!(value instanceof Absent)) {
            return value;
        }
        if (Values.isText(key)) {
            return missing(object, String.valueOf(key));
        }
        return new Undefined(owner(object) + " has no element " + Repr.repr(key, budget));
    }

    private static @Nullable Object element(@Nullable Object object, @Nullable Object key, Budget budget) {
        if (object instanceof Map<?, ?> map) {
            boolean unhashable = key instanceof List<?> || key instanceof Map<?, ?>;
            return unhashable ? Absent.ABSENT : Dicts.get(map, Dicts.hashable(key), Absent.ABSENT);
        }
        Long index = Values.asInteger(key);
        if (index == null) {
            return Absent.ABSENT;
        }
        return switch (object) {
            case List<?> list -> at(list, index);
            case Tuple tuple -> at(tuple.items(), index);
            case String text -> at(text, index, budget);
            case SafeText text -> at(text.text(), index, budget) instanceof String s ? new SafeText(s) : Absent.ABSENT;
            case Range range -> {
                long i = index < 0 ? index + range.length() : index;
                yield i >= 0 && i < range.length() ? (Object) range.at((int) i) : Absent.ABSENT;
            }
            case null, default -> Absent.ABSENT;
        };
    }

    private static @Nullable Object at(List<?> list, long index) {
        long i = index < 0 ? index + list.size() : index;
        return i >= 0 && i < list.size() ? list.get((int) i) : Absent.ABSENT;
    }

    private static Object at(String text, long index, Budget budget) {
        budget.scan(text.length());
        int length = Text.length(text);
        long i = index < 0 ? index + length : index;
        if (i < 0 || i >= length) {
            return Absent.ABSENT;
        }
        return Character.toString(text.codePointAt(Text.offset(text, (int) i)));
    }

    private static String owner(@Nullable Object object) {
        return object == null ? "None" : Values.type(object) + " object";
    }

    static Undefined missing(@Nullable Object object, String name) {
        return new Undefined("'" + owner(object) + "' has no attribute '" + name + "'");
    }

    /** An attribute or method of the value's type, or {@link Absent}. */
    static @Nullable Object member(@Nullable Object object, String name) {
        return switch (object) {
            case null -> Absent.ABSENT;
            case Undefined undefined -> throw undefined.fault();
            case String text -> method(text, name, StringMethods.find(name));
            case SafeText text -> method(text, name, StringMethods.find(name));
            case Map<?, ?> map ->
                CollectionMethods.DICT_MUTATORS.contains(name)
                        ? unsafe(object, name)
                        : method(map, name, CollectionMethods.DICT.get(name));
            case List<?> list ->
                CollectionMethods.LIST_MUTATORS.contains(name)
                        ? unsafe(object, name)
                        : method(list, name, CollectionMethods.LIST.get(name));
            case Tuple tuple -> tuple(tuple, name);
            case Namespace namespace -> Dicts.get(namespace.attributes, name, Absent.ABSENT);
            case LoopContext loop -> loop.attribute(name);
            case Macro macro -> macro.attribute(name);
            case Globals.Cycler cycler -> cycler.attribute(name);
            case Range range ->
                switch (name) {
                    case "start" -> range.start();
                    case "stop" -> range.stop();
                    case "step" -> range.step();
                    default -> method(range, name, CollectionMethods.LIST.get(name.equals("copy") ? "" : name));
                };
            case Long integer -> integer(integer, name);
            case Boolean bool -> integer(bool ? 1 : 0, name);
            case Double number ->
                switch (name) {
                    case "real" -> number;
                    case "imag" -> 0.0;
                    case "is_integer" ->
                        new Function(
                                name, (run, arguments) -> number == Math.rint(number) && !Double.isInfinite(number));
                    default -> Absent.ABSENT;
                };
            default -> Absent.ABSENT;
        };
    }

    private static Object integer(long value, String name) {
        return switch (name) {
            case "real", "numerator" -> value;
            case "imag" -> 0L;
            case "denominator" -> 1L;
            case "bit_length" ->
                new Function(name, (run, arguments) -> 64L - Long.numberOfLeadingZeros(Math.abs(value)));
            default -> Absent.ABSENT;
        };
    }

    private static @Nullable Object tuple(Tuple tuple, String name) {
        if (tuple.group() && name.equals("grouper")) {
            return tuple.items().get(0);
        }
        if (tuple.group() && name.equals("list")) {
            return tuple.items().get(1);
        }
        return name.equals("copy") ? Absent.ABSENT : method(tuple, name, CollectionMethods.LIST.get(name));
    }

    private static Object method(Object self, String name, @Nullable Method method) {
        return method == null
                ? Absent.ABSENT
                : new Function(name, (run, arguments) -> method.call(run, self, arguments));
    }

    private static Undefined unsafe(Object object, String name) {
        return new Undefined("access to attribute '" + name + "' of '" + Values.type(object) + "' object is unsafe.");
    }

    /** A method of a type of values. */
    @FunctionalInterface
    interface Method {
        @Nullable
        Object call(Interpreter interpreter, Object self, Arguments arguments);
    }

    /** {@code object[start:stop:step]}; absent bounds are null, as Python's None. */
    static Object slice(
            @Nullable Object object,
            @Nullable Object start,
            @Nullable Object stop,
            @Nullable Object step,
            Budget budget) {
        return switch (object) {
            case String text -> slice(text, start, stop, step, budget);
            case SafeText text -> new SafeText(slice(text.text(), start, stop, step, budget));
            case List<?> list -> slice(list, Bounds.of(start, stop, step, list.size()), budget);
            case Tuple tuple ->
                new Tuple(slice(
                        tuple.items(),
                        Bounds.of(start, stop, step, tuple.items().size()),
                        budget));
            case Range range -> {
                Bounds bounds = Bounds.of(start, stop, step, range.length());
                yield new Range(
                        range.start() + bounds.start * range.step(),
                        range.start() + bounds.stop * range.step(),
                        range.step() * bounds.step);
            }
            case Undefined undefined -> throw undefined.fault();
            case null, default -> throw new Fault("'" + Values.type(object) + "' object can not be sliced");
        };
    }

    private static List<@Nullable Object> slice(List<?> list, Bounds bounds, Budget budget) {
        int count = budget.elements(bounds.count());
        List<@Nullable Object> out = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            out.add(list.get((int) (bounds.start + i * bounds.step)));
        }
        return out;
    }

    private static String slice(
            String text, @Nullable Object start, @Nullable Object stop, @Nullable Object step, Budget budget) {
        budget.scan(text.length());
        if (!Text.hasSurrogates(text)) {
            Bounds bounds = Bounds.of(start, stop, step, text.length());
            if (bounds.step == 1) {
                int length = budget.text(bounds.count());
                return text.substring((int) bounds.start, (int) bounds.start + length);
            }
            int count = budget.text(bounds.count());
            StringBuilder out = new StringBuilder(count);
            for (int i = 0; i < count; i++) {
                out.append(text.charAt((int) (bounds.start + i * bounds.step)));
            }
            return out.toString();
        }
        budget.text(2L * text.length());
        int[] points = text.codePoints().toArray();
        Bounds bounds = Bounds.of(start, stop, step, points.length);
        int count = bounds.count();
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < count; i++) {
            out.appendCodePoint(points[(int) (bounds.start + i * bounds.step)]);
        }
        return budget.made(out.toString());
    }

    /** A slice fitted to a length, as Python's {@code slice.indices} does. */
    private record Bounds(long start, long stop, long step) {
        static Bounds of(@Nullable Object start, @Nullable Object stop, @Nullable Object step, int length) {
            long by = step == null ? 1 : Values.clampedInteger(step, "a slice index");
            if (by == 0) {
                throw new Fault("slice step cannot be zero");
            }
            long low = by > 0 ? 0 : -1;
            long high = by > 0 ? length : length - 1L;
            long from = start == null ? (by > 0 ? low : high) : fit(start, length, low, high);
            long to = stop == null ? (by > 0 ? high : low) : fit(stop, length, low, high);
            return new Bounds(from, to, by);
        }

        private static long fit(Object index, int length, long low, long high) {
            long i = Values.clampedInteger(index, "a slice index");
            return Math.clamp(i < 0 ? i + length : i, low, high);
        }

        int count() {
            long distance = step > 0 ? stop - start : start - stop;
            long stride = Math.abs(step);
            return distance <= 0 ? 0 : (int) ((distance + stride - 1) / stride);
        }
    }
}
