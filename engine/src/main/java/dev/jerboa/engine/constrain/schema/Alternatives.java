package dev.jerboa.engine.constrain.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Schemas that hold together, taken apart: references and {@code allOf} join them, each {@code anyOf} or {@code oneOf} doubles the
 * ways; of {@code oneOf} the alternatives must exclude each other. What depends on a property is a way without it and a way with it and
 * what it asks for.
 */
final class Alternatives {
    private static final int MAX_WAYS = 256;
    private static final int MAX_UNIONS = 40;
    private static final int MAX_STEPS = 4096;

    /** Keywords that say nothing about a value by themselves, or that are followed here. */
    private static final Set<String> STRUCTURAL =
            Set.of("$ref", "allOf", "anyOf", "oneOf", "dependentRequired", "dependentSchemas", "dependencies");

    /** Keywords that are not kept to, and what to do instead. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("not", "say what is allowed instead"),
            Map.entry("if", "use anyOf with a schema for each case"),
            Map.entry("then", "use anyOf with a schema for each case"),
            Map.entry("else", "use anyOf with a schema for each case"),
            Map.entry("unevaluatedItems", "use items: false"),
            Map.entry("unevaluatedProperties", "use additionalProperties: false"),
            Map.entry("contains", "use prefixItems"),
            Map.entry("minContains", "use prefixItems"),
            Map.entry("maxContains", "use prefixItems"),
            Map.entry("propertyNames", "use patternProperties with additionalProperties: false"),
            Map.entry("$dynamicRef", "use $ref"),
            Map.entry("$recursiveRef", "use $ref"));

    private final Source source;
    private final List<List<Place>> ways = new ArrayList<>();
    private int steps;

    /** A schema to take apart, and the references that led to it without a step into the value. */
    private record Pending(Place place, Set<String> followed) {}

    /**
     * Schemas of which one holds.
     *
     * @param exclusive whether only one may
     */
    private record Union(List<Pending> branches, boolean exclusive) {}

    private Alternatives(Source source) {
        this.source = source;
    }

    /** Each way as the schemas whose own keywords hold; none where nothing is valid. */
    static List<List<Place>> of(List<Place> together, Source source) {
        Alternatives alternatives = new Alternatives(source);
        ArrayDeque<Pending> pending = new ArrayDeque<>();
        together.forEach(place -> pending.add(new Pending(place, Set.of(place.pointer()))));
        alternatives.take(pending, new LinkedHashMap<>(), List.of(), 0);
        return alternatives.ways;
    }

    /** Whether a schema is nothing but one keyword and annotations. */
    static boolean isOnly(Place place, String keyword) {
        if (!(place.value() instanceof Map<?, ?>) || !place.object().containsKey(keyword)) {
            return false;
        }
        for (String key : place.object().keySet()) {
            if (!key.equals(keyword)
                    && (STRUCTURAL.contains(key) || REFUSED.containsKey(key) || Facts.isKeyword(key))) {
                return false;
            }
        }
        return true;
    }

    private void take(ArrayDeque<Pending> pending, Map<String, Place> plain, List<Union> openUnions, int depth) {
        List<Union> unions = new ArrayList<>(openUnions);
        while (!pending.isEmpty()) {
            Pending next = pending.remove();
            Place place = next.place;
            if (place.value() instanceof Boolean allowed) {
                if (!allowed) {
                    return;
                }
                continue;
            }
            if (plain.putIfAbsent(place.pointer(), place) == null) {
                open(next, pending, unions);
            }
        }
        if (unions.isEmpty()) {
            add(new ArrayList<>(plain.values()));
            return;
        }
        Union union = unions.removeFirst();
        List<Pending> first = union.branches;
        if (union.exclusive) {
            Exclusion.require(first.stream().map(Pending::place).toList(), List.copyOf(plain.values()), source);
        }
        if (depth == MAX_UNIONS) {
            throw first.getFirst()
                    .place
                    .refused("more than " + MAX_UNIONS + " anyOf or oneOf hold at the same time: merge them");
        }
        if (++steps > MAX_STEPS) {
            throw first.getFirst().place.refused("anyOf and oneOf that hold together make too many cases: write fewer");
        }
        for (Pending branch : first) {
            ArrayDeque<Pending> one = new ArrayDeque<>();
            one.add(branch);
            take(one, new LinkedHashMap<>(plain), unions, depth + 1);
        }
    }

    private void add(List<Place> way) {
        if (ways.size() == MAX_WAYS) {
            throw way.getFirst()
                    .refused("anyOf and oneOf that hold together make more than " + MAX_WAYS + " cases: write fewer");
        }
        ways.add(way);
    }

    private void open(Pending next, ArrayDeque<Pending> pending, List<Union> unions) {
        Place place = next.place;
        Map<String, ?> keywords = place.object();
        for (String key : keywords.keySet()) {
            String remedy = REFUSED.get(key);
            if (remedy != null) {
                throw place.keyword(key).refused("the keyword " + key + " is not supported: " + remedy);
            }
        }
        if (keywords.containsKey("$ref")) {
            pending.add(follow(next));
        }
        if (keywords.containsKey("allOf")) {
            for (Place part : place.keyword("allOf").elements()) {
                pending.add(new Pending(part, next.followed));
            }
        }
        for (String union : List.of("anyOf", "oneOf")) {
            if (keywords.containsKey(union)) {
                List<Place> branches = place.keyword(union).elements();
                if (branches.isEmpty()) {
                    throw place.keyword(union).expected("at least one schema in the array");
                }
                unions.add(union(branches, next, union.equals("oneOf")));
            }
        }
        for (String keyword : List.of("dependentRequired", "dependentSchemas", "dependencies")) {
            if (keywords.containsKey(keyword)) {
                Place all = place.keyword(keyword);
                all.object()
                        .forEach((name, what) -> unions.add(union(depend(all.child(name, what), name), next, false)));
            }
        }
    }

    private static Union union(List<Place> branches, Pending from, boolean exclusive) {
        return new Union(
                branches.stream()
                        .map(branch -> new Pending(branch, from.followed))
                        .toList(),
                exclusive);
    }

    /** An object without a property, or with it and what depends on it; or what is no object. */
    private static List<Place> depend(Place what, String name) {
        List<Object> required = new ArrayList<>(List.of(name));
        Map<String, Object> with = new LinkedHashMap<>();
        with.put("required", required);
        if (what.value() instanceof List<?>) {
            what.elements().forEach(other -> required.add(other.string()));
        } else if (what.value() instanceof Map<?, ?> || what.value() instanceof Boolean) {
            with.put("allOf", List.of(Objects.requireNonNull(what.value())));
        } else {
            throw what.expected("an array of names, or a schema");
        }
        return List.of(what.child("absent", Map.of("properties", Map.of(name, false))), what.child("present", with));
    }

    private Pending follow(Pending from) {
        Place reference = from.place.keyword("$ref");
        Place target = source.follow(reference);
        if (from.followed.contains(target.pointer())) {
            throw reference.refused("the schema refers to itself without a step into an object or array:"
                    + " remove the $ref, or put it inside of properties or items");
        }
        Set<String> followed = new HashSet<>(from.followed);
        followed.add(target.pointer());
        return new Pending(target, followed);
    }
}
