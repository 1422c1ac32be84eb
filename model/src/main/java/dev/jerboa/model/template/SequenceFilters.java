package dev.jerboa.model.template;

import dev.jerboa.model.template.Expr.Comparator;
import dev.jerboa.model.template.Generator.Lookahead;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The filters that read or make sequences and mappings. Those that Jinja makes generators compute on demand. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void register(Map<String, Filters.Filter> filters) {
        filters.put("length", (run, value, arguments) -> Values.length(value, run.budget()));
        filters.put("count", (run, value, arguments) -> Values.length(value, run.budget()));
        filters.put("first", SequenceFilters::first);
        filters.put("last", SequenceFilters::last);
        filters.put("list", (run, value, arguments) -> Values.list(value, run.budget()));
        filters.put("items", SequenceFilters::items);
        filters.put("dictsort", SequenceFilters::dictSort);
        filters.put("sort", SequenceFilters::sort);
        filters.put("unique", SequenceFilters::unique);
        filters.put("min", (run, value, arguments) -> extreme(run, value, arguments, Comparator.LT));
        filters.put("max", (run, value, arguments) -> extreme(run, value, arguments, Comparator.GT));
        filters.put("sum", SequenceFilters::sum);
        filters.put("reverse", SequenceFilters::reverse);
        filters.put("map", SequenceFilters::map);
        filters.put("select", (run, value, arguments) -> select(run, value, arguments, "select", true, false));
        filters.put("reject", (run, value, arguments) -> select(run, value, arguments, "reject", false, false));
        filters.put("selectattr", (run, value, arguments) -> select(run, value, arguments, "selectattr", true, true));
        filters.put("rejectattr", (run, value, arguments) -> select(run, value, arguments, "rejectattr", false, true));
        filters.put("groupby", SequenceFilters::groupBy);
        filters.put("batch", SequenceFilters::batch);
        filters.put("slice", SequenceFilters::slice);
    }

    /**
     * The value at {@code a.b.0} within an item; a number is one index. Where a part is missing, {@code fallback}
     * takes its place if there is one.
     */
    static @Nullable Object path(
            @Nullable Object item, @Nullable Object attribute, @Nullable Object fallback, Budget budget) {
        if (attribute == null) {
            return item;
        }
        if (!Values.isText(attribute)) {
            return orFallback(Attributes.item(item, attribute, budget), fallback);
        }
        Object value = item;
        String path = attribute.toString();
        int from = 0;
        while (from <= path.length()) {
            int dot = path.indexOf('.', from);
            int end = dot < 0 ? path.length() : dot;
            String part = path.substring(from, end);
            boolean index =
                    !part.isEmpty() && part.length() < 10 && part.chars().allMatch(Character::isDigit);
            value = orFallback(Attributes.item(value, index ? (Object) Long.valueOf(part) : part, budget), fallback);
            from = end + 1;
        }
        return value;
    }

    private static @Nullable Object orFallback(@Nullable Object value, @Nullable Object fallback) {
        return value instanceof Undefined && fallback != null ? fallback : value;
    }

    private static @Nullable Object ignoreCase(@Nullable Object value, boolean caseSensitive) {
        return caseSensitive || !Values.isText(value)
                ? value
                : String.valueOf(value).toLowerCase(Locale.ROOT);
    }

    private static @Nullable Object first(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("first", 0, 0);
        Iterator<? extends @Nullable Object> items = Values.iterate(value);
        return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
    }

    private static @Nullable Object last(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("last", 0, 0);
        Iterator<? extends @Nullable Object> items = reversed(value, run.budget());
        return items.hasNext() ? items.next() : new Undefined("No last item, sequence was empty.");
    }

    /** Python's {@code reversed}. */
    private static Iterator<? extends @Nullable Object> reversed(@Nullable Object value, Budget budget) {
        return switch (value) {
            case List<?> list -> list.reversed().iterator();
            case Tuple tuple -> tuple.items().reversed().iterator();
            case Generator generator -> throw notReversible(value);
            case LoopContext loop -> throw notReversible(value);
            case null -> throw notReversible(value);
            default -> {
                if (!Values.isIterable(value)) {
                    throw notReversible(value);
                }
                yield Values.list(value, budget).reversed().iterator();
            }
        };
    }

    private static Fault notReversible(@Nullable Object value) {
        return new Fault("'" + Values.type(value) + "' object is not reversible");
    }

    private static Object reverse(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("reverse", 0, 0);
        Budget budget = run.budget();
        if (Values.isText(value)) {
            return Attributes.slice(value, null, null, -1L, budget);
        }
        if (value instanceof Generator || value instanceof LoopContext) {
            return Values.list(value, budget).reversed();
        }
        if (!Values.isIterable(value)) {
            throw new Fault("argument must be iterable");
        }
        return new Generator(
                value instanceof List<?> ? "list_reverseiterator" : "reversed", reversed(value, budget), budget);
    }

    private static Object items(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("items", 0, 0);
        return lazy(run, "generator", () -> {
            if (value instanceof Undefined) {
                return Values.iterate(value);
            }
            if (value instanceof Map<?, ?> map) {
                return Values.iterate(new DictView(map, DictView.Part.ITEMS));
            }
            throw new Fault("Can only get item pairs from a mapping.");
        });
    }

    private static Object dictSort(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        boolean caseSensitive = Values.truth(Arguments.or(bound[0], false));
        String by = Values.text(Arguments.or(bound[1], "key"), "dictsort: by");
        if (!by.equals("key") && !by.equals("value")) {
            throw new Fault("You can only sort by either \"key\" or \"value\"");
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw value instanceof Undefined undefined
                    ? undefined.fault()
                    : new Fault("dictsort needs a mapping, not " + Values.type(value));
        }
        List<@Nullable Object> pairs = Values.list(new DictView(map, DictView.Part.ITEMS), run.budget());
        int position = by.equals("key") ? 0 : 1;
        Sorting.sort(
                pairs,
                pair -> ignoreCase(pair instanceof Tuple tuple ? tuple.items().get(position) : null, caseSensitive),
                Values.truth(Arguments.or(bound[2], false)),
                run.budget());
        return pairs;
    }

    private static Object sort(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        boolean caseSensitive = Values.truth(Arguments.or(bound[1], false));
        Object attribute = Arguments.or(bound[2], null);
        List<@Nullable Object> attributes = new ArrayList<>();
        if (Values.isText(attribute)) {
            attributes.addAll(List.of(String.valueOf(attribute).split(",", -1)));
        } else {
            attributes.add(attribute);
        }
        List<@Nullable Object> items = Values.list(value, run.budget());
        Sorting.sort(
                items,
                item -> {
                    List<@Nullable Object> key = new ArrayList<>();
                    for (Object part : attributes) {
                        key.add(ignoreCase(path(item, part, null, run.budget()), caseSensitive));
                    }
                    return key;
                },
                Values.truth(Arguments.or(bound[0], false)),
                run.budget());
        return items;
    }

    private static Object unique(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
        boolean caseSensitive = Values.truth(Arguments.or(bound[0], false));
        Object attribute = Arguments.or(bound[1], null);
        return lazy(run, "generator", () -> {
            Iterator<? extends @Nullable Object> items = Values.iterate(value);
            Map<@Nullable Object, @Nullable Object> seen = Dicts.create();
            return new Lookahead() {
                @Override
                @Nullable
                Object advance() {
                    while (items.hasNext()) {
                        Object item = items.next();
                        Object key =
                                Dicts.hashable(ignoreCase(path(item, attribute, null, run.budget()), caseSensitive));
                        run.budget().elements(1);
                        if (Dicts.get(seen, key, Absent.ABSENT) instanceof Absent) {
                            seen.put(key, true);
                            return item;
                        }
                    }
                    return Absent.ABSENT;
                }
            };
        });
    }

    private static @Nullable Object extreme(
            Interpreter run, @Nullable Object value, Arguments arguments, Comparator better) {
        @Nullable Object[] bound = arguments.bind("min or max", 0, "case_sensitive", "attribute");
        boolean caseSensitive = Values.truth(Arguments.or(bound[0], false));
        Object attribute = Arguments.or(bound[1], null);
        Iterator<? extends @Nullable Object> items = Values.iterate(value);
        if (!items.hasNext()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        Object best = items.next();
        Object bestKey = ignoreCase(path(best, attribute, null, run.budget()), caseSensitive);
        while (items.hasNext()) {
            Object item = items.next();
            Object key = ignoreCase(path(item, attribute, null, run.budget()), caseSensitive);
            if (Values.ordered(better, key, bestKey, run.budget())) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static @Nullable Object sum(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("sum", 0, "attribute", "start");
        Object total = Arguments.or(bound[1], 0L);
        if (Values.isText(total)) {
            throw new Fault("sum() can't sum strings [use ''.join(seq) instead]");
        }
        Iterator<? extends @Nullable Object> items = Values.iterate(value);
        while (items.hasNext()) {
            run.budget().step();
            Object item = path(items.next(), Arguments.or(bound[0], null), null, run.budget());
            total = Arithmetic.apply(Arithmetic.Operator.ADD, total, item, run);
        }
        return total;
    }

    private static Object map(Interpreter run, @Nullable Object value, Arguments arguments) {
        return lazy(run, "generator", () -> {
            if (!Values.truth(value)) {
                return Values.iterate(Tuple.EMPTY);
            }
            Function<@Nullable Object, @Nullable Object> function = mapping(run, arguments);
            Iterator<? extends @Nullable Object> items = Values.iterate(value);
            return new Iterator<@Nullable Object>() {
                @Override
                public boolean hasNext() {
                    return items.hasNext();
                }

                @Override
                public @Nullable Object next() {
                    return function.apply(items.next());
                }
            };
        });
    }

    private static Function<@Nullable Object, @Nullable Object> mapping(Interpreter run, Arguments arguments) {
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            @Nullable Object[] bound = arguments.bind("map", 0, "attribute", "default");
            Object fallback = Arguments.or(bound[1], null);
            return item -> path(item, bound[0], fallback, run.budget());
        }
        if (arguments.positional().isEmpty()) {
            throw new Fault("map requires a filter argument");
        }
        String filter = Values.text(arguments.positional().get(0), "map: the filter's name");
        Arguments rest = arguments.tail(1);
        return item -> Filters.apply(run, filter, item, rest);
    }

    private static Object select(
            Interpreter run,
            @Nullable Object value,
            Arguments arguments,
            String name,
            boolean keep,
            boolean byAttribute) {
        return lazy(run, "generator", () -> {
            if (!Values.truth(value)) {
                return Values.iterate(Tuple.EMPTY);
            }
            List<@Nullable Object> given = arguments.positional();
            int offset = byAttribute ? 1 : 0;
            if (given.size() < offset) {
                throw new Fault("Missing parameter for attribute name");
            }
            Object attribute = byAttribute ? given.get(0) : null;
            String test = given.size() > offset ? Values.text(given.get(offset), name + ": the test's name") : "";
            Arguments rest = given.size() > offset ? arguments.tail(offset + 1) : Arguments.NONE;
            Iterator<? extends @Nullable Object> items = Values.iterate(value);
            return new Lookahead() {
                @Override
                @Nullable
                Object advance() {
                    while (items.hasNext()) {
                        Object item = items.next();
                        run.budget().step();
                        Object tested = path(item, attribute, null, run.budget());
                        boolean passes = (test.isEmpty() && given.size() <= offset)
                                ? Values.truth(tested)
                                : Tests.apply(run, test, tested, rest);
                        if (passes == keep) {
                            return item;
                        }
                    }
                    return Absent.ABSENT;
                }
            };
        });
    }

    private static Object groupBy(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("groupby", 1, "attribute", "default", "case_sensitive");
        Budget budget = run.budget();
        Object fallback = Arguments.or(bound[1], null);
        boolean caseSensitive = Values.truth(Arguments.or(bound[2], false));
        List<@Nullable Object> items = Values.list(value, budget);
        Sorting.sort(items, item -> ignoreCase(path(item, bound[0], fallback, budget), caseSensitive), false, budget);
        List<@Nullable Object> groups = new ArrayList<>();
        List<@Nullable Object> members = new ArrayList<>();
        Object groupKey = null;
        for (Object item : items) {
            Object key = ignoreCase(path(item, bound[0], fallback, budget), caseSensitive);
            if (members.isEmpty() || !Values.equal(key, groupKey, budget)) {
                members = new ArrayList<>();
                groupKey = key;
                List<@Nullable Object> pair = new ArrayList<>();
                pair.add(path(item, bound[0], fallback, budget));
                pair.add(members);
                groups.add(new Tuple(pair, true));
                budget.elements(4);
            }
            members.add(item);
        }
        return groups;
    }

    private static Object batch(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("batch", 1, "linecount", "fill_with");
        return lazy(run, "generator", () -> {
            long count = Values.integer(bound[0], "batch: the line count");
            Object fill = Arguments.or(bound[1], null);
            Iterator<? extends @Nullable Object> items = Values.iterate(value);
            return new Lookahead() {
                private boolean started;

                @Override
                @Nullable
                Object advance() {
                    List<@Nullable Object> batch = new ArrayList<>();
                    if (!started && count == 0 && items.hasNext()) {
                        started = true;
                        return batch;
                    }
                    while (items.hasNext() && (batch.size() < count || count <= 0)) {
                        batch.add(items.next());
                    }
                    if (batch.isEmpty()) {
                        return Absent.ABSENT;
                    }
                    boolean last = !items.hasNext();
                    run.budget().elements(last && fill != null ? Math.max(batch.size(), count) : batch.size());
                    while (last && fill != null && batch.size() < count) {
                        batch.add(fill);
                    }
                    return batch;
                }
            };
        });
    }

    private static Object slice(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("slice", 1, "slices", "fill_with");
        return lazy(run, "generator", () -> {
            List<@Nullable Object> items = Values.list(value, run.budget());
            int slices = Values.clampedInteger(bound[0], "slice: the number of slices");
            Object fill = Arguments.or(bound[1], null);
            if (slices == 0) {
                throw new Fault("integer division or modulo by zero");
            }
            int each = Math.floorDiv(items.size(), slices);
            int extra = Math.floorMod(items.size(), slices);
            return new Lookahead() {
                private int number;
                private int at;

                @Override
                @Nullable
                Object advance() {
                    if (number >= slices) {
                        return Absent.ABSENT;
                    }
                    int size = each + (number < extra ? 1 : 0);
                    run.budget().elements(size + 1L);
                    List<@Nullable Object> slice = new ArrayList<>(items.subList(at, at + size));
                    if (fill != null && number >= extra) {
                        slice.add(fill);
                    }
                    at += size;
                    number++;
                    return slice;
                }
            };
        });
    }

    /** A generator whose source is made when its first element is asked for, as Python's generator functions do. */
    private static Generator lazy(
            Interpreter run, String type, java.util.function.Supplier<Iterator<? extends @Nullable Object>> source) {
        return new Generator(
                type,
                new Iterator<@Nullable Object>() {
                    private @Nullable Iterator<? extends @Nullable Object> items;

                    private Iterator<? extends @Nullable Object> items() {
                        Iterator<? extends @Nullable Object> made = items;
                        if (made == null) {
                            made = source.get();
                            items = made;
                        }
                        return made;
                    }

                    @Override
                    public boolean hasNext() {
                        return items().hasNext();
                    }

                    @Override
                    public @Nullable Object next() {
                        return items().next();
                    }
                },
                run.budget());
    }
}
