package dev.jerboa.engine.constrain.schema;

import dev.jerboa.engine.constrain.grammar.Expression.Repeat;
import dev.jerboa.engine.constrain.grammar.Limits;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a number of schemas, which hold together, say about a value by their own keywords. */
final class Facts {
    static final int NULL = 1;
    static final int BOOLEAN = 2;
    static final int INTEGER = 4;
    static final int FRACTION = 8;
    static final int STRING = 16;
    static final int ARRAY = 32;
    static final int OBJECT = 64;
    static final int NUMBER = INTEGER | FRACTION;
    static final int ALL = 127;

    private static final Map<String, Integer> TYPES = Map.of(
            "null", NULL, "boolean", BOOLEAN, "integer", INTEGER, "number", NUMBER, "string", STRING, "array", ARRAY,
            "object", OBJECT);

    /** Keywords that hold for one type of value. */
    private static final Map<String, Integer> SPECIFIC = Map.ofEntries(
            Map.entry("minimum", NUMBER),
            Map.entry("maximum", NUMBER),
            Map.entry("exclusiveMinimum", NUMBER),
            Map.entry("exclusiveMaximum", NUMBER),
            Map.entry("multipleOf", NUMBER),
            Map.entry("minLength", STRING),
            Map.entry("maxLength", STRING),
            Map.entry("pattern", STRING),
            Map.entry("format", STRING),
            Map.entry("items", ARRAY),
            Map.entry("prefixItems", ARRAY),
            Map.entry("additionalItems", ARRAY),
            Map.entry("minItems", ARRAY),
            Map.entry("maxItems", ARRAY),
            Map.entry("uniqueItems", ARRAY),
            Map.entry("properties", OBJECT),
            Map.entry("patternProperties", OBJECT),
            Map.entry("additionalProperties", OBJECT),
            Map.entry("required", OBJECT),
            Map.entry("minProperties", OBJECT),
            Map.entry("maxProperties", OBJECT));

    private static final Set<String> GENERAL = Set.of("type", "nullable", "enum", "const");

    /** The types that are allowed and meant. */
    int types = ALL;

    /** The types that are allowed, whether or not they seem to be meant. */
    int declared = ALL;

    final List<NumberForm.Bound> lower = new ArrayList<>();
    final List<NumberForm.Bound> upper = new ArrayList<>();
    final List<Decimal> divisors = new ArrayList<>();
    int minLength;
    int maxLength = Repeat.UNBOUNDED;
    final List<Place> patterns = new ArrayList<>();
    final List<Place> formats = new ArrayList<>();
    int minItems;
    int maxItems = Repeat.UNBOUNDED;
    final List<Place> arrays = new ArrayList<>();
    int minProperties;
    int maxProperties = Repeat.UNBOUNDED;
    final Set<String> required = new LinkedHashSet<>();
    final List<Place> objects = new ArrayList<>();
    /** The values of each enum; empty where there is none. */
    final List<List<Place>> enums = new ArrayList<>();

    private @Nullable Place unique;
    private boolean typed;
    private int hinted;
    /** The types that some keyword is specific to, whether or not hinted at. */
    private int specific;

    Facts(List<Place> together) {
        for (Place schema : together) {
            for (String keyword : schema.object().keySet()) {
                if (isKeyword(keyword)) {
                    Integer type = SPECIFIC.get(keyword);
                    int hint = type == null ? 0 : type;
                    specific |= hint;
                    hinted |= keyword.equals("format")
                                    && Formats.of(String.valueOf(schema.object().get("format"))) == null
                            ? 0
                            : hint;
                    take(keyword, schema);
                }
            }
        }
        declared = types;
        if (!typed && enums.isEmpty() && hinted != 0) {
            types &= hinted;
        }
        if (unique != null && (types & ARRAY) != 0 && maxItems > 1) {
            throw unique.refused("uniqueItems is not supported: leave it out, or use maxItems: 1");
        }
    }

    static boolean isKeyword(String name) {
        return SPECIFIC.containsKey(name) || GENERAL.contains(name);
    }

    boolean allows(int type) {
        return (types & type) != 0;
    }

    /** Whether a keyword holds for values of a type. */
    boolean bounds(int type) {
        return (specific & type) != 0;
    }

    private void take(String keyword, Place schema) {
        Place at = schema.keyword(keyword);
        switch (keyword) {
            case "type" -> type(schema, at);
            case "enum" -> enums.add(at.elements());
            case "const" -> enums.add(List.of(at));
            case "minimum" -> minimum(schema, at);
            case "maximum" -> maximum(schema, at);
            case "exclusiveMinimum" -> {
                if (!(at.value() instanceof Boolean)) {
                    lower.add(new NumberForm.Bound(at.number(), true));
                }
            }
            case "exclusiveMaximum" -> {
                if (!(at.value() instanceof Boolean)) {
                    upper.add(new NumberForm.Bound(at.number(), true));
                }
            }
            case "multipleOf" -> divisors.add(at.number());
            case "minLength" -> minLength = Math.max(minLength, least(at));
            case "maxLength" -> maxLength = Math.min(maxLength, most(at));
            case "pattern" -> patterns.add(at);
            case "format" -> formats.add(at);
            case "minItems" -> minItems = Math.max(minItems, least(at));
            case "maxItems" -> maxItems = Math.min(maxItems, most(at));
            case "uniqueItems" -> unique = at.flag() ? at : unique;
            case "items", "prefixItems", "additionalItems" -> addOnce(schema, arrays);
            case "minProperties" -> minProperties = Math.max(minProperties, least(at));
            case "maxProperties" -> maxProperties = Math.min(maxProperties, most(at));
            case "properties", "patternProperties", "additionalProperties" -> addOnce(schema, objects);
            case "required" -> at.elements().forEach(name -> required.add(name.string()));
            default -> {}
        }
    }

    private static void addOnce(Place schema, List<Place> to) {
        if (to.isEmpty() || !to.getLast().pointer().equals(schema.pointer())) {
            to.add(schema);
        }
    }

    private static int least(Place at) {
        int least = at.count(Repeat.UNBOUNDED);
        if (least > Limits.REPEATS) {
            throw at.refused("at least " + at.value() + " is beyond the limit of " + Limits.REPEATS + ": lower it");
        }
        return least;
    }

    /** Beyond what can be counted there is no bound that a reply would reach. */
    private static int most(Place at) {
        int most = at.count(Repeat.UNBOUNDED);
        return most > Limits.REPEATS ? Repeat.UNBOUNDED : most;
    }

    private void type(Place schema, Place at) {
        int named = 0;
        for (Place name : at.value() instanceof List<?> ? at.elements() : List.of(at)) {
            Integer type = TYPES.get(name.string());
            if (type == null) {
                throw name.expected("null, boolean, integer, number, string, array or object");
            }
            named |= type;
        }
        if (schema.object().get("nullable") instanceof Boolean nullable && nullable) {
            named |= NULL;
        }
        types &= named;
        typed = true;
    }

    /** Draft 4 has a flag beside the bound to exclude it. */
    private void minimum(Place schema, Place at) {
        boolean exclusive = Boolean.TRUE.equals(schema.object().get("exclusiveMinimum"));
        lower.add(new NumberForm.Bound(at.number(), exclusive));
    }

    private void maximum(Place schema, Place at) {
        boolean exclusive = Boolean.TRUE.equals(schema.object().get("exclusiveMaximum"));
        upper.add(new NumberForm.Bound(at.number(), exclusive));
    }
}
