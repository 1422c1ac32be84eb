package dev.jerboa.engine.constrain.schema;

import static dev.jerboa.engine.constrain.grammar.Expression.any;
import static dev.jerboa.engine.constrain.grammar.Expression.characters;
import static dev.jerboa.engine.constrain.grammar.Expression.choice;
import static dev.jerboa.engine.constrain.grammar.Expression.literal;
import static dev.jerboa.engine.constrain.grammar.Expression.optional;
import static dev.jerboa.engine.constrain.grammar.Expression.repeat;
import static dev.jerboa.engine.constrain.grammar.Expression.sequence;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.Expression;
import java.util.ArrayList;
import java.util.List;

/** The parts of JSON texts (RFC 8259). Immutable. */
final class JsonSyntax {
    /** Digits of a whole number without bounds: all of them fit 64 bits. */
    static final int WHOLE_DIGITS = 18;
    /** Digits after the point. */
    static final int FRACTION_DIGITS = 16;

    private static final CodePoints CONTROLS = CodePoints.range(0, 0x1f);
    /** Characters that a string may have as they are. */
    private static final CodePoints DIRECT =
            CONTROLS.union(CodePoints.anyOf("\"\\")).complement();

    private static final CodePoints DIGITS = CodePoints.range('0', '9');
    private static final CodePoints HEX =
            DIGITS.union(CodePoints.range('a', 'f')).union(CodePoints.range('A', 'F'));
    private static final String SHORT_ESCAPES = "\"\\\b\f\n\r\t";
    private static final String SHORT_NAMES = "\"\\bfnrt";

    private final Expression.Rule space;
    private final Expression.Rule character = new Expression.Rule("character of a string", anyCharacter());
    private final Expression.Rule string =
            new Expression.Rule("string", sequence(literal("\""), any(anyCharacter()), literal("\"")));
    private final Expression.Rule number = new Expression.Rule("number", freeNumber());
    private final Expression.Rule value = new Expression.Rule("any value");
    private final Expression.Rule object = new Expression.Rule("any object");
    private final Expression.Rule array = new Expression.Rule("any array");

    JsonSyntax(Whitespace whitespace) {
        space = new Expression.Rule("white space", space(whitespace));
        object.define(members(sequence(string, colon(), value)));
        array.define(items(value));
        value.define(choice(object, array, string, number, literal("true"), literal("false"), literal("null")));
    }

    private static Expression space(Whitespace whitespace) {
        return switch (whitespace) {
            case COMPACT -> Expression.EMPTY;
            case FLEXIBLE ->
                optional(choice(
                        literal(" "),
                        sequence(literal("\n"), choice(repeat(literal(" "), 0, 40), repeat(literal("\t"), 1, 10)))));
        };
    }

    private Expression members(Expression member) {
        return sequence(
                literal("{"),
                space,
                choice(literal("}"), sequence(member, any(sequence(comma(), member)), space, literal("}"))));
    }

    private Expression items(Expression item) {
        return sequence(
                literal("["),
                space,
                choice(literal("]"), sequence(item, any(sequence(comma(), item)), space, literal("]"))));
    }

    Expression space() {
        return space;
    }

    Expression colon() {
        return sequence(literal(":"), space);
    }

    Expression comma() {
        return sequence(literal(","), space);
    }

    /** Any value. */
    Expression value() {
        return value;
    }

    Expression object() {
        return object;
    }

    Expression string() {
        return string;
    }

    Expression number() {
        return number;
    }

    /** Any one character of a string, in any way to write it. */
    Expression character() {
        return character;
    }

    private static Expression anyCharacter() {
        Expression hex = characters(HEX);
        CodePoints d = CodePoints.anyOf("dD");
        Expression notSurrogate = sequence(
                literal("u"),
                choice(
                        sequence(characters(HEX.minus(d)), repeat(hex, 3, 3)),
                        sequence(characters(d), characters(CodePoints.range('0', '7')), repeat(hex, 2, 2))));
        Expression pair = sequence(
                literal("u"),
                characters(d),
                characters(CodePoints.anyOf("89abAB")),
                repeat(hex, 2, 2),
                literal("\\u"),
                characters(d),
                characters(CodePoints.anyOf("cdefCDEF")),
                repeat(hex, 2, 2));
        Expression escape = choice(characters(CodePoints.anyOf(SHORT_NAMES + "/")), notSurrogate, pair);
        return choice(characters(DIRECT), sequence(literal("\\"), escape));
    }

    /** One character of a set, escaped only where it must be and as shortly as it can be: one way for each. */
    static Expression escaped(CodePoints set) {
        List<Expression> ways = new ArrayList<>();
        CodePoints direct = set.intersect(DIRECT);
        if (!direct.isEmpty()) {
            ways.add(characters(direct));
        }
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < SHORT_ESCAPES.length(); i++) {
            if (set.contains(SHORT_ESCAPES.charAt(i))) {
                names.append(SHORT_NAMES.charAt(i));
            }
        }
        if (!names.isEmpty()) {
            ways.add(sequence(literal("\\"), characters(CodePoints.anyOf(names.toString()))));
        }
        CodePoints controls = set.intersect(CONTROLS).minus(CodePoints.anyOf(SHORT_ESCAPES));
        for (int r = 0; r < controls.ranges(); r++) {
            for (int c = controls.first(r); c <= controls.last(r); c++) {
                ways.add(literal(String.format("\\u%04x", c)));
            }
        }
        return choice(ways);
    }

    /** A string with these texts, given over plain characters. */
    static Expression quoted(Expression texts) {
        return sequence(literal("\""), escaped(texts), literal("\""));
    }

    private static Expression escaped(Expression text) {
        return switch (text) {
            case Expression.Characters(CodePoints set) -> escaped(set);
            case Expression.Sequence(List<Expression> parts) ->
                sequence(parts.stream().map(JsonSyntax::escaped).toList());
            case Expression.Choice(List<Expression> alternatives) ->
                choice(alternatives.stream().map(JsonSyntax::escaped).toList());
            case Expression.Repeat(Expression part, int least, int most) -> repeat(escaped(part), least, most);
            default -> throw new IllegalArgumentException("not a regular expression over characters");
        };
    }

    private static Expression freeNumber() {
        Expression digit = characters(DIGITS);
        return sequence(
                optional(literal("-")),
                choice(
                        literal("0"),
                        sequence(characters(CodePoints.range('1', '9')), repeat(digit, 0, WHOLE_DIGITS - 1))),
                optional(sequence(literal("."), repeat(digit, 1, FRACTION_DIGITS))),
                optional(sequence(
                        characters(CodePoints.anyOf("eE")),
                        optional(characters(CodePoints.anyOf("+-"))),
                        repeat(digit, 1, 2))));
    }

    static Expression freeInteger() {
        return choice(
                literal("0"),
                sequence(
                        optional(literal("-")),
                        characters(CodePoints.range('1', '9')),
                        repeat(characters(DIGITS), 0, WHOLE_DIGITS - 1)));
    }
}
