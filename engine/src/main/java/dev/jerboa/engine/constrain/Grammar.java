package dev.jerboa.engine.constrain;

import dev.jerboa.engine.constrain.gbnf.GbnfParser;
import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Expression.Arm;
import dev.jerboa.engine.constrain.grammar.Expression.Repeat;
import dev.jerboa.engine.constrain.grammar.Limits;
import dev.jerboa.engine.constrain.regex.RegexParser;
import dev.jerboa.engine.constrain.schema.SchemaCompiler;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Expressions by name: what a reply may be, and the parts to build it of.
 *
 * <p>All of these throw {@link ConstraintException} where a source is malformed, uses what is not supported, or is beyond the limits;
 * the message names what, where and what to do.
 */
public final class Grammar {
    /** White space between thinking and answer, of which models write a line end or two. */
    private static final Expression GAP = Expression.repeat(Expression.characters(CodePoints.anyOf(" \n\r\t")), 0, 4);

    private Grammar() {}

    /** Any JSON value. */
    public static Expression json() {
        return SchemaCompiler.any(false, SchemaOptions.DEFAULT);
    }

    /** Any JSON object. */
    public static Expression jsonObject() {
        return SchemaCompiler.any(true, SchemaOptions.DEFAULT);
    }

    /**
     * JSON texts that are valid by a schema.
     *
     * @param schema plain values: maps in order, lists, strings, numbers, booleans, nulls
     */
    public static Expression jsonSchema(@Nullable Object schema, SchemaOptions options) {
        return SchemaCompiler.compile(schema, options);
    }

    /** JSON texts that are valid by a schema, given as text. */
    public static Expression jsonSchema(String schema, SchemaOptions options) {
        if (schema.length() > Limits.SOURCE_LENGTH) {
            throw new ConstraintException("#: the schema has " + schema.length() + " characters, at most "
                    + Limits.SOURCE_LENGTH + " are read: make it smaller");
        }
        Object value;
        try {
            value = Json.parse(schema, "the schema");
        } catch (ModelException e) {
            throw new ConstraintException(e.getMessage() + ": give the schema as JSON", e);
        }
        return SchemaCompiler.compile(value, options);
    }

    /** Texts that a regular expression matches from beginning to end. */
    public static Expression regex(String pattern) {
        return RegexParser.whole(pattern, "regular expression");
    }

    /** Texts of a grammar in llama.cpp's format. */
    public static Expression gbnf(String source) {
        return GbnfParser.parse(source);
    }

    /** One of these texts. */
    public static Expression choice(List<String> texts) {
        return Expression.choice(texts.stream().map(Expression::literal).toList());
    }

    public static Expression literal(String text) {
        return Expression.literal(text);
    }

    /** Bytes, which need not be whole characters. */
    public static Expression bytes(byte[] bytes) {
        return new Expression.Literal(bytes.clone());
    }

    public static Expression sequence(Expression... parts) {
        return Expression.sequence(parts);
    }

    public static Expression choice(Expression... alternatives) {
        return Expression.choice(alternatives);
    }

    public static Expression optional(Expression part) {
        return Expression.optional(part);
    }

    /**
     * Several times the same.
     *
     * @param most {@link Repeat#UNBOUNDED} for any number
     */
    public static Expression repeat(Expression part, int least, int most) {
        return Expression.repeat(part, least, most);
    }

    /** A name for an expression, to be used in it or before it is there; {@link Expression.Rule#define} says what it is. */
    public static Expression.Rule rule(String name) {
        return new Expression.Rule(name);
    }

    /** A text that is a special token where the vocabulary has one that is written so. */
    public static Expression marker(String text) {
        return new Expression.Marker(text);
    }

    /** Free text up to the first time that a marker is complete, and the marker. */
    public static Expression textUntil(String marker) {
        return new Expression.FreeText(List.of(new Arm(marker, Expression.EMPTY)), false);
    }

    /** Free text, which may be empty and end anywhere. */
    public static Expression text() {
        return new Expression.FreeText(List.of(), true);
    }

    /**
     * A body between marks, as models write calls of tools.
     *
     * @param begin the mark that begins it; several tags may have the same
     * @param body what follows the mark, an end mark included
     */
    public record Tag(String begin, Expression body) {}

    /**
     * Free text in which tags may come, each as its body says: text, tag, text, tag, … . Where a mark that begins a tag is complete,
     * its body must follow. The text may end anywhere outside of a tag.
     *
     * @param required whether there must be a tag at least; then the text cannot end before one
     */
    public static Expression textWithTags(List<Tag> tags, boolean required) {
        Expression.Rule more = rule("text with tags");
        more.define(scan(tags, more, true));
        return required ? scan(tags, more, false) : more;
    }

    /** Free text, then one tag, then the end. */
    public static Expression textThenTag(List<Tag> tags) {
        return scan(tags, Expression.EMPTY, false);
    }

    /** Tags of the same mark are a choice after it. */
    private static Expression scan(List<Tag> tags, Expression after, boolean endless) {
        List<Arm> arms = new ArrayList<>();
        for (String begin : tags.stream().map(Tag::begin).distinct().toList()) {
            List<Expression> bodies = tags.stream()
                    .filter(tag -> tag.begin.equals(begin))
                    .map(Tag::body)
                    .toList();
            arms.add(new Arm(begin, Expression.sequence(Expression.choice(bodies), after)));
        }
        return new Expression.FreeText(arms, endless);
    }

    /**
     * A reply of which only the answer is constrained: free thinking up to {@code close}, some white space, the answer. A stop token
     * may not come before the answer is complete, so that a reply is either constrained or cut off by its length, never free.
     *
     * @param open the text before the thinking, such as {@code <think>}
     * @param close the text after it
     * @param opened whether the prompt ends inside an opened block; otherwise the reply may think or not
     */
    public static Expression afterThinking(String open, String close, boolean opened, Expression answer) {
        Expression thinking = textUntil(close);
        if (opened) {
            return Expression.sequence(thinking, GAP, answer);
        }
        Expression block = Expression.sequence(GAP, marker(open), thinking, GAP);
        return Expression.sequence(Expression.optional(block), answer);
    }
}
