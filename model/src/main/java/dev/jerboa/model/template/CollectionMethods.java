package dev.jerboa.model.template;

import dev.jerboa.model.template.Attributes.Method;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of dictionaries, lists and tuples that do not change them. */
final class CollectionMethods {
    /** What the immutable sandbox refuses. */
    static final Set<String> DICT_MUTATORS = Set.of("clear", "pop", "popitem", "setdefault", "update");

    static final Set<String> LIST_MUTATORS =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    static final Map<String, Method> DICT = Map.of(
            "items", (run, self, arguments) -> view(self, DictView.Part.ITEMS, arguments),
            "keys", (run, self, arguments) -> view(self, DictView.Part.KEYS, arguments),
            "values", (run, self, arguments) -> view(self, DictView.Part.VALUES, arguments),
            "get", CollectionMethods::get,
            "copy", CollectionMethods::copy);

    static final Map<String, Method> LIST = Map.of(
            "index", CollectionMethods::index,
            "count", CollectionMethods::count,
            "copy",
                    (run, self, arguments) -> {
                        arguments.positionalOnly("copy", 0, 0);
                        return Values.list(self, run.budget());
                    });

    private CollectionMethods() {}

    private static DictView view(Object self, DictView.Part part, Arguments arguments) {
        arguments.positionalOnly(part.name().toLowerCase(java.util.Locale.ROOT), 0, 0);
        return new DictView((Map<?, ?>) self, part);
    }

    private static @Nullable Object get(Interpreter run, Object self, Arguments arguments) {
        List<@Nullable Object> given = arguments.positionalOnly("get", 1, 2);
        Object fallback = given.size() > 1 ? given.get(1) : null;
        return Dicts.get((Map<?, ?>) self, Dicts.hashable(given.get(0)), fallback);
    }

    private static Object copy(Interpreter run, Object self, Arguments arguments) {
        arguments.positionalOnly("copy", 0, 0);
        Map<?, ?> map = (Map<?, ?>) self;
        run.budget().elements(map.size());
        return new LinkedHashMap<@Nullable Object, @Nullable Object>(map);
    }

    private static Object index(Interpreter run, Object self, Arguments arguments) {
        List<@Nullable Object> given = arguments.positionalOnly("index", 1, 3);
        long length = Values.length(self, run.budget());
        long start = given.size() > 1 ? bound(given.get(1), length) : 0;
        long stop = given.size() > 2 ? bound(given.get(2), length) : length;
        Iterator<? extends @Nullable Object> items = Values.iterate(self);
        for (long i = 0; items.hasNext() && i < stop; i++) {
            Object item = items.next();
            if (i >= start && Values.equal(item, given.get(0), run.budget())) {
                return i;
            }
        }
        throw new Fault(Repr.repr(given.get(0), run.budget()) + " is not in " + Values.type(self));
    }

    private static long bound(@Nullable Object value, long length) {
        long index = Values.clampedInteger(value, "index() bound");
        return index < 0 ? Math.max(0, index + length) : index;
    }

    private static Object count(Interpreter run, Object self, Arguments arguments) {
        Object wanted = arguments.positionalOnly("count", 1, 1).get(0);
        long count = 0;
        for (Object item : Values.list(self, run.budget())) {
            count += Values.equal(item, wanted, run.budget()) ? 1 : 0;
        }
        return count;
    }
}
