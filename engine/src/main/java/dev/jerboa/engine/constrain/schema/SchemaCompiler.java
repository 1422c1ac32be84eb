package dev.jerboa.engine.constrain.schema;

import static dev.jerboa.engine.constrain.grammar.Expression.choice;
import static dev.jerboa.engine.constrain.grammar.Expression.literal;

import dev.jerboa.engine.constrain.automaton.Alphabet;
import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Limits;
import dev.jerboa.engine.constrain.regex.RegexParser;
import dev.jerboa.model.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes an expression of a schema. Every set of schemas that hold together for a value becomes a rule, named by where they are;
 * rules wait in a queue, so that recursion in a schema is recursion of rules. One thread, one schema.
 */
public final class SchemaCompiler {
    private static final int MAX_RULES = 20_000;

    private final Source source;
    private final JsonSyntax syntax;
    private final boolean openObjects;
    private final Map<Set<String>, Expression.Rule> rules = new HashMap<>();
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();

    private record Waiting(Expression.Rule rule, List<Place> together) {}

    private SchemaCompiler(@Nullable Object schema, SchemaOptions options) {
        this.source = new Source(schema);
        this.syntax = new JsonSyntax(options.whitespace());
        this.openObjects = options.openObjects();
    }

    /**
     * The texts of the values that a schema allows.
     *
     * @param schema plain values: maps in order, lists, strings, numbers, booleans, nulls
     * @throws ConstraintException where it is no schema, or uses what is not supported, or is beyond the limits
     */
    public static Expression compile(@Nullable Object schema, SchemaOptions options) {
        return new SchemaCompiler(schema, options).compile();
    }

    /** A schema as text, by which it can be known again; refuses one beyond the limits. */
    public static String text(@Nullable Object schema) {
        return JsonOut.line(new Source(schema).root().value());
    }

    /** Any JSON value, or any object. */
    public static Expression any(boolean object, SchemaOptions options) {
        JsonSyntax syntax = new JsonSyntax(options.whitespace());
        return object ? syntax.object() : syntax.value();
    }

    private Expression compile() {
        Expression root = value(List.of(source.root()));
        while (!queue.isEmpty()) {
            Waiting next = queue.remove();
            Expression body = body(next.together);
            if (body == next.rule) {
                throw next.together
                        .getFirst()
                        .refused("the schema refers to itself without a step into an object or array:"
                                + " remove the $ref, or put it inside of properties or items");
            }
            next.rule.define(body);
        }
        return root;
    }

    JsonSyntax syntax() {
        return syntax;
    }

    boolean openObjects() {
        return openObjects;
    }

    /** The values for which all of some schemas hold. */
    Expression value(List<Place> together) {
        Set<String> key = new TreeSet<>();
        for (Place place : together) {
            if (Boolean.FALSE.equals(place.value())) {
                return Expression.NOTHING;
            }
            if (!Boolean.TRUE.equals(place.value())) {
                key.add(place.pointer());
            }
        }
        if (key.isEmpty()) {
            return syntax.value();
        }
        Expression.Rule known = rules.get(key);
        if (known != null) {
            return known;
        }
        if (rules.size() == MAX_RULES) {
            throw together.getFirst()
                    .refused("the schema has more than " + MAX_RULES
                            + " places that differ, with all combinations of allOf and $ref: make it smaller");
        }
        Expression.Rule rule = new Expression.Rule(String.join(" and ", key));
        rules.put(key, rule);
        queue.add(new Waiting(rule, together));
        return rule;
    }

    private Expression body(List<Place> together) {
        if (together.size() == 1) {
            Place only = together.getFirst();
            if (Alternatives.isOnly(only, "$ref")) {
                return value(List.of(source.follow(only.keyword("$ref"))));
            }
            for (String union : List.of("anyOf", "oneOf")) {
                if (Alternatives.isOnly(only, union)) {
                    return union(only.keyword(union));
                }
            }
        }
        List<Expression> ways = new ArrayList<>();
        for (List<Place> way : Alternatives.of(together, source)) {
            ways.add(of(new Facts(way), together.getFirst().pointer()));
        }
        return choice(ways);
    }

    private Expression union(Place union) {
        List<Expression> branches = new ArrayList<>();
        for (Place branch : union.elements()) {
            branches.add(value(List.of(branch)));
        }
        if (branches.isEmpty()) {
            throw union.expected("at least one schema in the array");
        }
        if (union.pointer().endsWith("/oneOf")) {
            Exclusion.require(union.elements(), List.of(), source);
        }
        return choice(branches);
    }

    private Expression of(Facts facts, String where) {
        if (!facts.enums.isEmpty()) {
            return values(facts, where);
        }
        if (facts.types == Facts.ALL && !facts.bounds(Facts.ALL)) {
            return syntax.value();
        }
        List<Expression> types = new ArrayList<>();
        if (facts.allows(Facts.OBJECT)) {
            types.add(facts.bounds(Facts.OBJECT) ? new ObjectForm(this, facts, where).expression() : syntax.object());
        }
        if (facts.allows(Facts.ARRAY)) {
            types.add(new ArrayForm(this, facts).expression());
        }
        if (facts.allows(Facts.STRING)) {
            types.add(string(facts, where));
        }
        if (facts.allows(Facts.NUMBER)) {
            types.add(number(facts, where));
        }
        if (facts.allows(Facts.BOOLEAN)) {
            types.add(literal("true"));
            types.add(literal("false"));
        }
        if (facts.allows(Facts.NULL)) {
            types.add(literal("null"));
        }
        return choice(types);
    }

    private Expression string(Facts facts, String where) {
        List<Expression> texts = new ArrayList<>();
        for (Place pattern : facts.patterns) {
            texts.add(RegexParser.search(pattern.string(), pattern.pointer()));
        }
        for (Place format : facts.formats) {
            Expression known = Formats.of(format.string());
            if (known != null) {
                texts.add(known);
            }
        }
        if (facts.minLength > facts.maxLength) {
            return Expression.NOTHING;
        }
        return StringForm.of(texts, facts.minLength, facts.maxLength, syntax, where);
    }

    private Expression number(Facts facts, String where) {
        boolean integer = !facts.allows(Facts.FRACTION);
        if (facts.bounds(Facts.NUMBER)) {
            return NumberForm.of(integer, facts.lower, facts.upper, facts.divisors, where);
        }
        return integer ? JsonSyntax.freeInteger() : syntax.number();
    }

    /** The values that every enum has and the other facts allow. */
    private Expression values(Facts facts, String where) {
        Map<Object, Place> common = distinct(facts.enums.getFirst());
        for (List<Place> other : facts.enums) {
            common.keySet().retainAll(distinct(other).keySet());
        }
        Automaton numbers = facts.bounds(Facts.NUMBER) ? recogniser(number(facts, where)) : null;
        Automaton strings = facts.bounds(Facts.STRING) ? recogniser(string(facts, where)) : null;
        JsonValue written = new JsonValue(syntax);
        List<Expression> found = new ArrayList<>();
        for (Place value : common.values()) {
            int type = JsonValue.type(value);
            if (!facts.allows(type)) {
                continue;
            }
            if ((type & (Facts.OBJECT | Facts.ARRAY)) != 0 && facts.bounds(type)) {
                throw value.refused("an object or array in an enum beside keywords for objects or arrays"
                        + " is not supported: leave the value or the keywords out");
            }
            Automaton test = (type & Facts.NUMBER) != 0 ? numbers : type == Facts.STRING ? strings : null;
            if (test == null || test.matches(JsonValue.text(value).getBytes(StandardCharsets.UTF_8))) {
                found.add(written.expression(value));
            }
        }
        return choice(found);
    }

    private static Map<Object, Place> distinct(List<Place> values) {
        Map<Object, Place> places = new LinkedHashMap<>();
        for (Place value : values) {
            places.putIfAbsent(JsonValue.identity(value), value);
        }
        return places;
    }

    private static @Nullable Automaton recogniser(Expression expression) {
        try {
            return Automaton.of(expression, Alphabet.BYTES);
        } catch (ConstraintException e) {
            return Automaton.of(literal("nothing"), Alphabet.BYTES);
        }
    }

    /** Within what a network can hold; a check before products of bounds are written out. */
    static void requireCells(long cells, Place where) {
        if (cells > Limits.DFA_STATES) {
            throw where.refused("the bounds make " + cells + " cases, at most " + Limits.DFA_STATES
                    + " are supported: lower them, or declare fewer properties or items");
        }
    }
}
