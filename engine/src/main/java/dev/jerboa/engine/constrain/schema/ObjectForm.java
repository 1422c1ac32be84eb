package dev.jerboa.engine.constrain.schema;

import static dev.jerboa.engine.constrain.grammar.Expression.characters;
import static dev.jerboa.engine.constrain.grammar.Expression.choice;
import static dev.jerboa.engine.constrain.grammar.Expression.literal;
import static dev.jerboa.engine.constrain.grammar.Expression.repeat;
import static dev.jerboa.engine.constrain.grammar.Expression.sequence;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Expression.Repeat;
import dev.jerboa.engine.constrain.regex.CharacterAutomaton;
import dev.jerboa.engine.constrain.regex.RegexParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Objects: the declared properties in the schema's order, optional ones there or not, then those that are required but not
 * declared, then others, whose names are none of these and are written in one way only.
 */
final class ObjectForm {
    private static final int MAX_PATTERNS = 4;

    private final SchemaCompiler compiler;
    private final JsonSyntax syntax;
    private final Facts facts;
    private final String where;
    private final List<String> names;
    private final Map<Place, Expression> patterns = new LinkedHashMap<>();
    private final Map<Place, CharacterAutomaton> automata = new LinkedHashMap<>();

    ObjectForm(SchemaCompiler compiler, Facts facts, String where) {
        this.compiler = compiler;
        this.syntax = compiler.syntax();
        this.facts = facts;
        this.where = where;
        Set<String> all = new LinkedHashSet<>();
        for (Place schema : facts.objects) {
            if (schema.object().containsKey("properties")) {
                all.addAll(schema.keyword("properties").object().keySet());
            }
            for (Place pattern : patternsOf(schema)) {
                patterns.put(pattern, RegexParser.search(key(pattern), pattern.pointer()));
            }
        }
        all.addAll(facts.required);
        names = List.copyOf(all);
        if (patterns.size() > MAX_PATTERNS) {
            throw patterns.keySet()
                    .iterator()
                    .next()
                    .refused("more than " + MAX_PATTERNS + " patternProperties hold together: use fewer");
        }
    }

    private static List<Place> patternsOf(Place schema) {
        List<Place> found = new ArrayList<>();
        if (schema.object().containsKey("patternProperties")) {
            Place all = schema.keyword("patternProperties");
            all.object().forEach((pattern, inner) -> found.add(all.child(pattern, inner)));
        }
        return found;
    }

    private static String key(Place place) {
        String last = place.pointer().substring(place.pointer().lastIndexOf('/') + 1);
        return last.replace("~1", "/").replace("~0", "~");
    }

    private CharacterAutomaton automaton(Place pattern) {
        return automata.computeIfAbsent(
                pattern, p -> CharacterAutomaton.of(patterns.getOrDefault(p, Expression.NOTHING), p.pointer()));
    }

    Expression expression() {
        if (facts.minProperties > facts.maxProperties) {
            return Expression.NOTHING;
        }
        Expression other = other();
        int least = facts.minProperties <= facts.required.size() ? 0 : facts.minProperties;
        if (least > names.size() + 1 && !other.equals(Expression.NOTHING)) {
            throw new Place(where, null)
                    .refused("minProperties of " + least + " cannot be kept to with " + names.size()
                            + " declared properties, because other names may come twice: declare and require more");
        }
        boolean enough = facts.maxProperties >= names.size() && other.equals(Expression.NOTHING);
        int most = enough ? Repeat.UNBOUNDED : facts.maxProperties;
        int counted = counted(least, most);
        Expression[] after = new Expression[counted + 1];
        for (int c = 0; c <= counted; c++) {
            int more = most == Repeat.UNBOUNDED ? most : most - c;
            after[c] = end(c, other, Math.max(0, least - c), more);
        }
        for (int i = names.size() - 1; i >= 0; i--) {
            after = before(i, after, most);
        }
        return sequence(literal("{"), syntax.space(), after[0]);
    }

    /** Up to which number declared properties are counted; where there is no most, the last count stands for more too. */
    private int counted(int least, int most) {
        int counted = Math.max(
                1,
                Math.max(Math.min(least, names.size()), most == Repeat.UNBOUNDED ? 0 : Math.min(most, names.size())));
        SchemaCompiler.requireCells((names.size() + 1L) * (counted + 1L), new Place(where, null));
        return counted;
    }

    /** What may come where property {@code i} may be next, by how many came before. */
    private Expression[] before(int i, Expression[] after, int most) {
        String name = names.get(i);
        Expression member = new Expression.Rule(
                where + " property " + name,
                sequence(literal(JsonValue.string(name)), syntax.colon(), compiler.value(schemas(name))));
        boolean required = facts.required.contains(name);
        Expression[] all = new Expression[after.length];
        for (int c = 0; c < all.length; c++) {
            List<Expression> ways = new ArrayList<>();
            if (c < most) {
                Expression separator = c == 0 ? Expression.EMPTY : syntax.comma();
                ways.add(sequence(separator, member, after[Math.min(all.length - 1, c + 1)]));
            }
            if (!required) {
                ways.add(after[c]);
            }
            all[c] = new Expression.Rule(where + " from " + name, choice(ways));
        }
        return all;
    }

    /**
     * Other properties, within bounds, and the end, after {@code c} declared ones. The name of one other property differs from all
     * declared ones; of more, names may be the same, so that they cannot be counted on to reach the least number.
     */
    private Expression end(int c, Expression other, int least, int most) {
        if (most < least || least > 1) {
            return Expression.NOTHING;
        }
        Expression another = sequence(syntax.comma(), other);
        Expression close = sequence(syntax.space(), literal("}"));
        if (c > 0) {
            return sequence(repeat(another, least, most), close);
        }
        Expression none = least == 0 ? literal("}") : Expression.NOTHING;
        if (most == 0) {
            return none;
        }
        int fewer = most == Repeat.UNBOUNDED ? most : most - 1;
        return choice(none, sequence(other, repeat(another, Math.max(0, least - 1), fewer), close));
    }

    /** Everything that holds for a property. */
    private List<Place> schemas(String name) {
        List<Place> all = new ArrayList<>();
        for (Place schema : facts.objects) {
            boolean found = false;
            if (schema.object().containsKey("properties")) {
                Place properties = schema.keyword("properties");
                if (properties.object().containsKey(name)) {
                    all.add(properties.child(name, properties.object().get(name)));
                    found = true;
                }
            }
            for (Place pattern : patternsOf(schema)) {
                if (automaton(pattern).matches(name)) {
                    all.add(pattern);
                    found = true;
                }
            }
            if (!found && schema.object().containsKey("additionalProperties")) {
                all.add(schema.keyword("additionalProperties"));
            }
        }
        return all;
    }

    /** One property that is not declared: a choice by which patterns its name matches. */
    private Expression other() {
        List<Place> known = List.copyOf(patterns.keySet());
        List<Expression> ways = new ArrayList<>();
        for (int matched = 0; matched < 1 << known.size(); matched++) {
            List<Place> schemas = otherSchemas(known, matched);
            if (matched == 0 && !isOpen()) {
                continue;
            }
            Expression value = compiler.value(schemas);
            if (!value.equals(Expression.NOTHING)) {
                Expression name = name(known, matched);
                ways.add(sequence(name, syntax.colon(), value));
            }
        }
        return choice(ways);
    }

    /** Whether names that no pattern matches may come where nothing is said about them. */
    private boolean isOpen() {
        boolean declares = false;
        for (Place schema : facts.objects) {
            if (schema.object().containsKey("additionalProperties")) {
                return true;
            }
            declares = true;
        }
        return !declares || compiler.openObjects();
    }

    private List<Place> otherSchemas(List<Place> known, int matched) {
        List<Place> all = new ArrayList<>();
        for (Place schema : facts.objects) {
            boolean found = false;
            for (Place pattern : patternsOf(schema)) {
                if ((matched >> known.indexOf(pattern) & 1) != 0) {
                    all.add(pattern);
                    found = true;
                }
            }
            if (!found && schema.object().containsKey("additionalProperties")) {
                all.add(schema.keyword("additionalProperties"));
            }
        }
        return all;
    }

    /** Names that match just these patterns and are not declared. */
    private Expression name(List<Place> known, int matched) {
        if (names.isEmpty() && known.isEmpty()) {
            return syntax.string();
        }
        CharacterAutomaton all = CharacterAutomaton.of(Expression.any(Expression.ANY_CHARACTER), where);
        for (int i = 0; i < known.size(); i++) {
            CharacterAutomaton pattern = automaton(known.get(i));
            all = (matched >> i & 1) != 0 ? all.and(pattern, where) : all.minus(pattern, where);
        }
        if (!names.isEmpty()) {
            all = all.minus(CharacterAutomaton.of(texts(names), where), where);
        }
        return sequence(literal("\""), all.toExpression(JsonSyntax::escaped, where), literal("\""));
    }

    /** Texts as a regular expression over characters. */
    static Expression texts(List<String> texts) {
        List<Expression> all = new ArrayList<>();
        for (String text : texts) {
            all.add(sequence(text.codePoints()
                    .mapToObj(c -> characters(CodePoints.of(c)))
                    .toList()));
        }
        return choice(all);
    }
}
