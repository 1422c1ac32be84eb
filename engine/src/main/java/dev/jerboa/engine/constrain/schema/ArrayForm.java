package dev.jerboa.engine.constrain.schema;

import static dev.jerboa.engine.constrain.grammar.Expression.choice;
import static dev.jerboa.engine.constrain.grammar.Expression.literal;
import static dev.jerboa.engine.constrain.grammar.Expression.repeat;
import static dev.jerboa.engine.constrain.grammar.Expression.sequence;

import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Expression.Repeat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Arrays: the items that have a schema each, in order, then others that have the same. */
final class ArrayForm {
    private final SchemaCompiler compiler;
    private final JsonSyntax syntax;
    private final Facts facts;

    ArrayForm(SchemaCompiler compiler, Facts facts) {
        this.compiler = compiler;
        this.syntax = compiler.syntax();
        this.facts = facts;
    }

    Expression expression() {
        if (facts.minItems > facts.maxItems) {
            return Expression.NOTHING;
        }
        int first = 0;
        for (Place schema : facts.arrays) {
            first = Math.max(first, prefix(schema).size());
        }
        first = Math.min(first, facts.maxItems);
        Expression after = rest(first);
        for (int i = first - 1; i >= 0; i--) {
            Expression item = compiler.value(schemas(i));
            Expression with = sequence(i == 0 ? Expression.EMPTY : syntax.comma(), item, after);
            Expression all = i >= facts.minItems ? choice(close(i), with) : with;
            after = new Expression.Rule("items from " + i, all);
        }
        return sequence(literal("["), syntax.space(), after);
    }

    private Expression close(int items) {
        return items == 0 ? literal("]") : sequence(syntax.space(), literal("]"));
    }

    /** After so many items, those that have the same schema, and the end. */
    private Expression rest(int before) {
        int least = Math.max(0, facts.minItems - before);
        int most = facts.maxItems == Repeat.UNBOUNDED ? Repeat.UNBOUNDED : facts.maxItems - before;
        Expression item = most == 0 ? Expression.NOTHING : compiler.value(schemas(before));
        if (before > 0) {
            return sequence(repeat(sequence(syntax.comma(), item), least, most), close(before));
        }
        Expression more = repeat(
                sequence(syntax.comma(), item),
                Math.max(0, least - 1),
                most == Repeat.UNBOUNDED ? most : Math.max(0, most - 1));
        Expression some = sequence(item, more, close(1));
        return least == 0 ? choice(close(0), some) : some;
    }

    /** Everything that holds for item {@code i}. */
    private List<Place> schemas(int i) {
        List<Place> all = new ArrayList<>();
        for (Place schema : facts.arrays) {
            List<Place> prefix = prefix(schema);
            Map<String, ?> keywords = schema.object();
            if (i < prefix.size()) {
                all.add(prefix.get(i));
            } else if (keywords.get("items") instanceof List<?>) {
                if (keywords.containsKey("additionalItems")) {
                    all.add(schema.keyword("additionalItems"));
                }
            } else if (keywords.containsKey("items")) {
                all.add(schema.keyword("items"));
            }
        }
        return all;
    }

    /** {@code prefixItems}, or what was {@code items} before 2020. */
    private static List<Place> prefix(Place schema) {
        if (schema.object().containsKey("prefixItems")) {
            return schema.keyword("prefixItems").elements();
        }
        return schema.object().get("items") instanceof List<?>
                ? schema.keyword("items").elements()
                : List.of();
    }
}
