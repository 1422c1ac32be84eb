package dev.jerboa.engine.constrain.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Schemas made at random of what is supported. */
final class RandomSchema {
    private static final List<String> NAMES =
            List.of("a", "b", "name", "naïve", "x-y", "日本", "with space", "q\"uote", "abc");
    /** Without email: the validator knows which top-level domains there are. */
    private static final List<String> FORMATS =
            List.of("date", "time", "date-time", "uuid", "ipv4", "ipv6", "hostname", "uri", "duration");

    private static final List<String> PATTERNS =
            List.of("^[a-z]{2,5}$", "b+", "^(yes|no)$", "^\\d{3}-\\d{4}$", "^[^\"a]*$", "^.{0,4}é", "[0-9]$");

    private final Random random;

    RandomSchema(Random random) {
        this.random = random;
    }

    Map<String, Object> root() {
        Map<String, Object> root = schema(3);
        root.put("$defs", Map.of("leaf", schema(0), "tree", tree()));
        return root;
    }

    private Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", "object");
        tree.put(
                "properties",
                ordered(
                        "value",
                        schema(0),
                        "children",
                        ordered("type", "array", "items", ordered("$ref", "#/$defs/tree"), "maxItems", 3L)));
        tree.put("required", List.of("value"));
        return tree;
    }

    static Map<String, Object> ordered(Object... entries) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            map.put((String) entries[i], entries[i + 1]);
        }
        return map;
    }

    private Map<String, Object> schema(int depth) {
        return switch (random.nextInt(depth == 0 ? 6 : 13)) {
            case 0 -> ordered("type", "boolean");
            case 1 -> integer();
            case 2 -> number();
            case 3, 4 -> string();
            case 5 -> ordered("enum", List.of("one", 2L, true, "x\"y", 1.5));
            case 6, 7, 8 -> object(depth);
            case 9, 10 -> array(depth);
            case 11 -> union(depth);
            default ->
                depth == 3 ? ordered("$ref", random.nextBoolean() ? "#/$defs/tree" : "#/$defs/leaf") : both(depth);
        };
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
        return schema;
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
        return schema;
    }

    private Map<String, Object> string() {
        Map<String, Object> schema = ordered("type", "string");
        int kind = random.nextInt(5);
        if (kind == 0) {
            schema.put("format", FORMATS.get(random.nextInt(FORMATS.size())));
        } else if (kind == 1) {
            schema.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
        } else if (kind == 2) {
            int least = random.nextInt(4);
            schema.put("minLength", (long) least);
            schema.put("maxLength", (long) least + random.nextInt(30));
        } else if (kind == 3) {
            schema.put("pattern", "^[a-zé]+$");
            schema.put("maxLength", 3L + random.nextInt(9));
        }
        return schema;
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            properties.put(name, schema(depth - 1));
            if (random.nextBoolean() && !required.contains(name)) {
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
