package dev.jerboa.testkit.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Schemas made at random of what constrained generation keeps to: all types with their bounds, patterns, formats, enums, constants,
 * unions, conjunctions, references and recursion. The alternatives of a {@code oneOf} exclude each other. One thread.
 */
public final class RandomSchema {
    private static final List<String> NAMES =
            List.of("a", "b", "name", "naïve", "x-y", "日本", "with space", "q\"uote", "abc");
    /** Without email: the validator knows which top-level domains there are. */
    private static final List<String> FORMATS =
            List.of("date", "time", "date-time", "uuid", "ipv4", "ipv6", "hostname", "uri", "duration");

    private static final List<String> PATTERNS = List.of(
            "^[a-z]{2,5}$",
            "b+",
            "^(yes|no)$",
            "^\\d{3}-\\d{4}$",
            "^[^\"a]*$",
            "^.{0,4}é",
            "[0-9]$",
            "^#[0-9A-Fa-f]{6}$",
            "^(?:[01]\\d|2[0-3]):[0-5]\\d$",
            "^[\\w.]+@\\w+\\.(com|org)$",
            "^(?:a|ab)(?:c|bcd)*$",
            "^[日本語]{1,3}$",
            "\\\\|/");

    private static final int DEPTH = 3;

    private final Random random;

    public RandomSchema(Random random) {
        this.random = random;
    }

    /** A schema with the definitions that it may refer to, as plain values. */
    public Map<String, Object> root() {
        Map<String, Object> root = random.nextInt(8) == 0 ? schema(0) : compound(DEPTH);
        root.put("$defs", ordered("leaf", schema(0), "tree", tree(), "chain", chain(), "nest", nest()));
        return root;
    }

    private Map<String, Object> tree() {
        return ordered(
                "type",
                "object",
                "properties",
                ordered(
                        "value",
                        schema(0),
                        "children",
                        ordered("type", "array", "items", ordered("$ref", "#/$defs/tree"), "maxItems", 3L)),
                "required",
                List.of("value", "children"));
    }

    private Map<String, Object> chain() {
        List<Object> next = List.of(ordered("$ref", "#/$defs/chain"), ordered("type", "null"));
        return ordered(
                "type",
                "object",
                "properties",
                ordered("head", schema(0), "next", ordered(random.nextBoolean() ? "anyOf" : "oneOf", next)),
                "required",
                List.of("head", "next"),
                "additionalProperties",
                false);
    }

    private Map<String, Object> nest() {
        return ordered("type", "array", "items", ordered("$ref", "#/$defs/nest"), "maxItems", 3L);
    }

    private static Map<String, Object> ordered(Object... entries) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            map.put((String) entries[i], entries[i + 1]);
        }
        return map;
    }

    private Map<String, Object> schema(int depth) {
        return switch (random.nextInt(depth == 0 ? 8 : 18)) {
            case 0 -> ordered("type", "boolean");
            case 1 -> integer();
            case 2 -> number();
            case 3, 4 -> string();
            case 5 -> values();
            case 6 -> ordered("const", constant());
            case 7 -> several();
            default -> compound(depth);
        };
    }

    private Map<String, Object> compound(int depth) {
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> object(depth);
            case 3, 4 -> array(depth);
            case 5 -> union(depth);
            case 6 -> tagged(depth);
            case 7 -> both(depth);
            default -> ordered("$ref", "#/$defs/" + pick(List.of("leaf", "tree", "chain", "nest")));
        };
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private Map<String, Object> values() {
        return random.nextBoolean()
                ? ordered("enum", List.of("one", 2L, true, "x\"y", 1.5))
                : ordered("enum", List.of("línea\n", ordered("a", 1L, "b", List.of()), List.of(1L, "2"), false));
    }

    private Object constant() {
        return pick(List.of("only", -7L, 0.25, true, "a/b\\c", "日本", ordered("k", List.of(1L, 2L)), List.of()));
    }

    /** Several types at a time, with a bound of one of them. */
    private Map<String, Object> several() {
        Map<String, Object> schema = random.nextBoolean() ? string() : integer();
        String other = pick(List.of("null", "boolean"));
        schema.put("type", List.of(String.valueOf(schema.get("type")), other));
        return schema;
    }

    private Map<String, Object> integer() {
        Map<String, Object> schema = ordered("type", "integer");
        long low = random.nextLong(2000) - 1000;
        if (random.nextBoolean()) {
            schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
        }
        if (random.nextBoolean()) {
            schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", low + 20 + random.nextInt(500));
        }
        if (random.nextInt(3) == 0) {
            schema.put("multipleOf", 1L + random.nextInt(12));
        }
        return random.nextInt(10) == 0 ? ordered("type", "integer", "minimum", 123_456_789_012L) : schema;
    }

    private Map<String, Object> number() {
        Map<String, Object> schema = ordered("type", "number");
        double low = (random.nextInt(2000) - 1000) / 8.0;
        if (random.nextBoolean()) {
            schema.put("minimum", low);
        }
        if (random.nextBoolean()) {
            schema.put("exclusiveMaximum", low + 0.5 + random.nextInt(40));
        }
        if (random.nextInt(4) == 0) {
            schema.put("multipleOf", pick(List.of(0.25, 0.01, 0.5)));
        }
        return schema;
    }

    private Map<String, Object> string() {
        Map<String, Object> schema = ordered("type", "string");
        int kind = random.nextInt(6);
        if (kind == 0) {
            schema.put("format", pick(FORMATS));
        } else if (kind == 1) {
            schema.put("pattern", pick(PATTERNS));
        } else if (kind == 2) {
            int least = random.nextInt(4);
            schema.put("minLength", (long) least);
            schema.put("maxLength", (long) least + random.nextInt(30));
        } else if (kind == 3) {
            schema.put("pattern", "^[a-zé]+$");
            schema.put("maxLength", 3L + random.nextInt(9));
        } else if (kind == 4) {
            schema.put("format", pick(List.of("hostname", "uri", "date-time")));
            schema.put("maxLength", 40L);
        }
        return schema;
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (int i = random.nextInt(7); i > 0; i--) {
            String name = pick(NAMES);
            properties.put(name, schema(depth - 1));
            if (random.nextInt(4) > 0 && !required.contains(name)) {
                required.add(name);
            }
        }
        Map<String, Object> schema = ordered("type", "object", "properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        int more = random.nextInt(4);
        if (more == 0) {
            schema.put("additionalProperties", false);
        } else if (more == 1) {
            schema.put("additionalProperties", schema(0));
            if (random.nextBoolean()) {
                schema.put("minProperties", (long) random.nextInt(properties.size() + 2));
                schema.put("maxProperties", (long) Math.max(5, required.size()) + random.nextInt(3));
            }
        } else if (more == 2) {
            schema.put("patternProperties", ordered("^[a-c]", ordered("type", "integer")));
            properties.keySet().removeIf(name -> name.matches("^[a-c].*"));
            required.removeIf(name -> name.matches("^[a-c].*"));
        }
        return schema;
    }

    private Map<String, Object> array(int depth) {
        Map<String, Object> schema = ordered("type", "array", "items", schema(depth - 1));
        if (random.nextBoolean()) {
            schema.put("prefixItems", List.of(schema(0), schema(0)));
            if (random.nextInt(3) == 0) {
                schema.put("items", false);
                return schema;
            }
        }
        if (random.nextBoolean()) {
            schema.put("minItems", (long) random.nextInt(4));
        }
        if (random.nextBoolean()) {
            schema.put("maxItems", 3L + random.nextInt(4));
        }
        return schema;
    }

    private Map<String, Object> union(int depth) {
        return ordered("anyOf", List.of(schema(depth - 1), schema(depth - 1), ordered("type", "null")));
    }

    /** Objects that a constant tells apart. */
    private Map<String, Object> tagged(int depth) {
        List<Object> kinds = new ArrayList<>();
        for (String kind : List.of("circle", "square", "line")) {
            kinds.add(ordered(
                    "type",
                    "object",
                    "properties",
                    ordered("kind", ordered("const", kind), "size", schema(depth - 1)),
                    "required",
                    List.of("kind"),
                    "additionalProperties",
                    false));
        }
        return ordered("oneOf", kinds);
    }

    private Map<String, Object> both(int depth) {
        return ordered(
                "allOf",
                List.of(
                        ordered(
                                "type",
                                "object",
                                "properties",
                                ordered("a", schema(depth - 1)),
                                "required",
                                List.of("a")),
                        ordered("properties", ordered("b", schema(0)))));
    }
}
