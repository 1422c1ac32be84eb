package dev.jerboa.engine.constrain.schema;

import dev.jerboa.engine.constrain.regex.CharacterAutomaton;
import dev.jerboa.engine.constrain.regex.RegexParser;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether the alternatives of a {@code oneOf} exclude each other, by what the standard says of values: then exactly one holds where any
 * does. Shown by types, constants, bounds, patterns, or a required property of which that can be shown. What cannot be shown is refused.
 */
final class Exclusion {
    private static final int MAX_DEPTH = 4;
    private static final int MAX_PAIRS = 20_000;

    private final Source source;
    private int pairs;

    private Exclusion(Source source) {
        this.source = source;
    }

    /** Refuses alternatives of which a value may satisfy two, together with {@code context}. */
    static void require(List<Place> alternatives, List<Place> context, Source source) {
        if (alternatives.size() < 2) {
            return;
        }
        Exclusion exclusion = new Exclusion(source);
        List<List<Facts>> ways = new ArrayList<>();
        for (Place alternative : alternatives) {
            ways.add(exclusion.ways(List.of(alternative), context));
        }
        for (int i = 0; i < ways.size(); i++) {
            for (int k = 0; k < i; k++) {
                if (!exclusion.disjoint(ways.get(k), ways.get(i), 0)) {
                    throw alternatives
                            .get(i)
                            .refused(
                                    "a value could satisfy this alternative of oneOf and "
                                            + alternatives.get(k).pointer()
                                            + ": use anyOf, or tell them apart by type, or by a required property with another const in each");
                }
            }
        }
    }

    private List<Facts> ways(List<Place> together, List<Place> context) {
        List<Facts> all = new ArrayList<>();
        for (List<Place> way : Alternatives.of(together, source)) {
            List<Place> both = new ArrayList<>(context);
            both.addAll(way);
            all.add(new Facts(both));
        }
        return all;
    }

    private boolean disjoint(List<Facts> a, List<Facts> b, int depth) {
        for (Facts one : a) {
            for (Facts other : b) {
                if (++pairs > MAX_PAIRS || !disjoint(one, other, depth)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean disjoint(Facts a, Facts b, int depth) {
        if (!a.enums.isEmpty() && !b.enums.isEmpty()) {
            Set<Object> common = new HashSet<>(values(a, b));
            common.retainAll(values(b, a));
            if (common.isEmpty()) {
                return true;
            }
        }
        int types = a.declared & b.declared & types(a) & types(b);
        if ((types & (Facts.NULL | Facts.BOOLEAN)) != 0) {
            return false;
        }
        return ((types & Facts.NUMBER) == 0 || numbers(a, b))
                && ((types & Facts.STRING) == 0 || strings(a, b))
                && ((types & Facts.ARRAY) == 0 || apart(a.minItems, a.maxItems, b.minItems, b.maxItems))
                && ((types & Facts.OBJECT) == 0 || objects(a, b, depth));
    }

    /** The values of an enum, but for those of types that the other does not have. */
    private static List<Object> values(Facts facts, Facts other) {
        return facts.enums.getFirst().stream()
                .filter(value -> (JsonValue.type(value) & facts.declared & other.declared) != 0)
                .map(JsonValue::identity)
                .toList();
    }

    private static int types(Facts facts) {
        return facts.enums.isEmpty()
                ? Facts.ALL
                : facts.enums.getFirst().stream().mapToInt(JsonValue::type).reduce(0, (x, y) -> x | y);
    }

    private static boolean apart(int least, int most, int otherLeast, int otherMost) {
        return least > otherMost || otherLeast > most;
    }

    private static boolean numbers(Facts a, Facts b) {
        return below(a.upper, b.lower) || below(b.upper, a.lower);
    }

    private static boolean below(List<NumberForm.Bound> upper, List<NumberForm.Bound> lower) {
        for (NumberForm.Bound most : upper) {
            for (NumberForm.Bound least : lower) {
                int order = most.value().order(least.value());
                if (order < 0 || (order == 0 && (most.exclusive() || least.exclusive()))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Formats do not count: what is kept to is only a part of what the standard says of them. */
    private static boolean strings(Facts a, Facts b) {
        if (apart(a.minLength, a.maxLength, b.minLength, b.maxLength)) {
            return true;
        }
        List<CharacterAutomaton> ofA = automata(a);
        List<CharacterAutomaton> ofB = automata(b);
        if (ofA.isEmpty() || ofB.isEmpty()) {
            return false;
        }
        String where = b.patterns.isEmpty() ? "#" : b.patterns.getFirst().pointer();
        CharacterAutomaton all = ofA.getFirst();
        for (CharacterAutomaton other : ofA.subList(1, ofA.size())) {
            all = all.and(other, where);
        }
        for (CharacterAutomaton other : ofB) {
            all = all.and(other, where);
        }
        return all.isEmpty();
    }

    /** The patterns, and the values of an enum that are strings. */
    private static List<CharacterAutomaton> automata(Facts facts) {
        List<CharacterAutomaton> all = new ArrayList<>();
        for (Place pattern : facts.patterns) {
            all.add(CharacterAutomaton.of(RegexParser.search(pattern.string(), pattern.pointer()), pattern.pointer()));
        }
        if (!facts.enums.isEmpty()) {
            all.add(CharacterAutomaton.of(
                    ObjectForm.texts(facts.enums.getFirst().stream()
                            .filter(value -> value.value() instanceof String)
                            .map(Place::string)
                            .toList()),
                    "#"));
        }
        return all;
    }

    private boolean objects(Facts a, Facts b, int depth) {
        if (apart(a.minProperties, a.maxProperties, b.minProperties, b.maxProperties)
                || forbidden(a.required, b)
                || forbidden(b.required, a)) {
            return true;
        }
        for (String name : a.required) {
            List<Place> ofA = properties(a, name);
            List<Place> ofB = properties(b, name);
            if (b.required.contains(name)
                    && depth < MAX_DEPTH
                    && !ofA.isEmpty()
                    && !ofB.isEmpty()
                    && disjoint(ways(ofA, List.of()), ways(ofB, List.of()), depth + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name is required that the other does not have. */
    private static boolean forbidden(Set<String> required, Facts other) {
        for (String name : required) {
            for (Place schema : other.objects) {
                Map<String, @Nullable Object> keywords = schema.object();
                boolean closed = Boolean.FALSE.equals(keywords.get("additionalProperties"))
                        && !keywords.containsKey("patternProperties")
                        && !(keywords.get("properties") instanceof Map<?, ?> declared && declared.containsKey(name));
                boolean none = keywords.get("properties") instanceof Map<?, ?> declared
                        && Boolean.FALSE.equals(declared.get(name));
                if (closed || none) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<Place> properties(Facts facts, String name) {
        List<Place> all = new ArrayList<>();
        for (Place schema : facts.objects) {
            if (schema.object().get("properties") instanceof Map<?, ?> declared && declared.containsKey(name)) {
                Place properties = schema.keyword("properties");
                all.add(properties.child(name, properties.object().get(name)));
            }
        }
        return all;
    }
}
