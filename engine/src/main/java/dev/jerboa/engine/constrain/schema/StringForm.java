package dev.jerboa.engine.constrain.schema;

import static dev.jerboa.engine.constrain.grammar.Expression.literal;
import static dev.jerboa.engine.constrain.grammar.Expression.repeat;
import static dev.jerboa.engine.constrain.grammar.Expression.sequence;

import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Expression.Repeat;
import dev.jerboa.engine.constrain.regex.CharacterAutomaton;
import java.util.List;

/** Strings of a length, pattern and format. Lengths count characters, as JSON schema does. */
final class StringForm {
    private StringForm() {}

    /** @param texts what the string must be, each as a regular expression over characters */
    static Expression of(List<Expression> texts, int least, int most, JsonSyntax syntax, String where) {
        boolean anyLength = least == 0 && most == Repeat.UNBOUNDED;
        if (texts.isEmpty()) {
            return anyLength
                    ? syntax.string()
                    : sequence(literal("\""), repeat(syntax.character(), least, most), literal("\""));
        }
        if (texts.size() == 1 && anyLength) {
            return JsonSyntax.quoted(texts.getFirst());
        }
        if (texts.size() == 1
                && texts.getFirst() instanceof Repeat(Expression.Characters set, int from, int to)
                && Math.max(from, least) <= Math.min(to, most)) {
            return JsonSyntax.quoted(repeat(set, Math.max(from, least), Math.min(to, most)));
        }
        CharacterAutomaton all = CharacterAutomaton.of(texts.getFirst(), where);
        for (Expression other : texts.subList(1, texts.size())) {
            all = all.and(CharacterAutomaton.of(other, where), where);
        }
        if (!anyLength) {
            all = all.and(CharacterAutomaton.lengths(least, most, where), where);
        }
        return sequence(literal("\""), all.toExpression(JsonSyntax::escaped, where), literal("\""));
    }
}
