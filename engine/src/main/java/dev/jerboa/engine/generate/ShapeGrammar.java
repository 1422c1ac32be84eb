package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.tool.Shape;
import dev.jerboa.engine.constrain.Grammar;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.model.token.Tokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Turns what calls of tools look like into grammars. Texts that are special tokens of the vocabulary have to come as these; a free
 * text ends where the mark after it is complete, so the mark goes over from the part after it to the text.
 */
final class ShapeGrammar {
    /** The special tokens' texts, long ones first. */
    private final List<String> specials = new ArrayList<>();

    ShapeGrammar(Tokenizer tokenizer) {
        for (int id = 0; id < tokenizer.size(); id++) {
            if (tokenizer.isSpecial(id) && !tokenizer.token(id).isEmpty()) {
                specials.add(tokenizer.token(id));
            }
        }
        specials.sort(Comparator.comparingInt(String::length).reversed());
    }

    Expression of(Shape shape) {
        return switch (shape) {
            case Shape.Literal(String text) -> literal(text);
            case Shape.Json json -> Grammar.jsonSchema(json.schema(), SchemaOptions.DEFAULT);
            case Shape.Choice(List<Shape> options) -> choice(options);
            case Shape.Sequence(List<Shape> parts) -> sequence(parts);
            case Shape.Repeat(Shape body, int min, int max) ->
                Grammar.repeat(of(body), min, max == Shape.Repeat.UNBOUNDED ? Expression.Repeat.UNBOUNDED : max);
            case Shape.Text _ -> Grammar.text();
        };
    }

    /** Text, or text and one call, at whose beginning the text ends: {@code spoken call | text}. */
    private Expression choice(List<Shape> options) {
        if (options.size() == 2
                && options.get(1) instanceof Shape.Text(String until)
                && !until.isEmpty()
                && options.get(0) instanceof Shape.Sequence(List<Shape> parts)
                && parts.getFirst() instanceof Shape.Text(String same)
                && same.equals(until)) {
            return new Expression.FreeText(List.of(new Expression.Arm(until, rest(parts, until))), true);
        }
        return Grammar.choice(options.stream().map(this::of).toArray(Expression[]::new));
    }

    private Expression sequence(List<Shape> parts) {
        if (parts.size() == 2
                && parts.get(0) instanceof Shape.Repeat(Shape body, int min, int max)
                && min == 0
                && max == Shape.Repeat.UNBOUNDED
                && parts.get(1) instanceof Shape.Text(String until)
                && !until.isEmpty()
                && body instanceof Shape.Sequence(List<Shape> spoken)
                && spoken.getFirst() instanceof Shape.Text(String same)
                && same.equals(until)) {
            return Grammar.textWithTags(List.of(new Grammar.Tag(until, rest(spoken, until))), false);
        }
        List<Expression> out = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) instanceof Shape.Text(String until) && !until.isEmpty() && i + 1 < parts.size()) {
                out.add(Grammar.textUntil(until));
                out.add(of(without(parts.get(i + 1), until)));
                i++;
            } else {
                out.add(of(parts.get(i)));
            }
        }
        return Grammar.sequence(out.toArray(Expression[]::new));
    }

    /** What comes after a free text and the mark that ended it. */
    private Expression rest(List<Shape> parts, String mark) {
        List<Shape> all = new ArrayList<>(parts.subList(1, parts.size()));
        all.set(0, without(all.getFirst(), mark));
        return of(new Shape.Sequence(all));
    }

    /** A shape without the mark that it begins with. */
    private static Shape without(Shape shape, String mark) {
        return switch (shape) {
            case Shape.Literal(String text)
            when text.startsWith(mark) -> new Shape.Literal(text.substring(mark.length()));
            case Shape.Sequence(List<Shape> parts) -> {
                List<Shape> all = new ArrayList<>(parts);
                all.set(0, without(all.getFirst(), mark));
                yield new Shape.Sequence(all);
            }
            case Shape.Choice(List<Shape> options) ->
                new Shape.Choice(
                        options.stream().map(option -> without(option, mark)).toList());
            default ->
                throw new IllegalStateException(
                        "what follows a free text does not begin with its mark '" + mark + "': " + shape);
        };
    }

    private Expression literal(String text) {
        List<Expression> out = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); ) {
            String special = specialAt(text, i);
            if (special.isEmpty()) {
                i++;
            } else {
                out.add(Grammar.literal(text.substring(from, i)));
                out.add(Grammar.marker(special));
                i += special.length();
                from = i;
            }
        }
        out.add(Grammar.literal(text.substring(from)));
        return Grammar.sequence(out.toArray(Expression[]::new));
    }

    private String specialAt(String text, int at) {
        for (String special : specials) {
            if (text.startsWith(special, at)) {
                return special;
            }
        }
        return "";
    }
}
