package dev.jerboa.engine.constrain.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A set of texts, as bytes in UTF-8 and markers, which may be tokens without text. Recursion goes through a {@link Rule}.
 * Immutable, but for a rule's one definition.
 */
public sealed interface Expression {
    /** The empty text. */
    Expression EMPTY = new Sequence(List.of());

    /** No text at all. */
    Expression NOTHING = new Choice(List.of());

    /** Any character, as UTF-8 can write it. */
    Expression ANY_CHARACTER = new Characters(CodePoints.ALL);

    /** Exactly these bytes; not to be written to. */
    @SuppressWarnings("ArrayRecordComponent")
    record Literal(byte[] bytes) implements Expression {}

    /** One character of a set. */
    record Characters(CodePoints set) implements Expression {}

    /** One after another. */
    record Sequence(List<Expression> parts) implements Expression {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** One of several. */
    record Choice(List<Expression> alternatives) implements Expression {
        public Choice {
            alternatives = List.copyOf(alternatives);
        }
    }

    /**
     * Several times the same.
     *
     * @param most {@link #UNBOUNDED} for any number
     */
    record Repeat(Expression part, int least, int most) implements Expression {
        public static final int UNBOUNDED = Integer.MAX_VALUE;

        public Repeat {
            if (least < 0 || most < least) {
                throw new ConstraintException(
                        "a repeat of at least " + least + " and at most " + most + " times: expected 0 ≤ least ≤ most");
            }
            if (least > Limits.REPEATS || (most != UNBOUNDED && most > Limits.REPEATS)) {
                throw new ConstraintException("a repeat of " + least + " to " + (most == UNBOUNDED ? "any" : most)
                        + " times is beyond the limit of " + Limits.REPEATS + ": lower it, or leave the end open");
            }
        }
    }

    /** A text that the vocabulary may have as a special token ({@code <|call|>}): then that token, otherwise the text. */
    record Marker(String text) implements Expression {
        public Marker {
            if (text.isEmpty()) {
                throw new ConstraintException("an empty marker cannot be looked for");
            }
        }
    }

    /**
     * Free text until the first of several markers is complete, then what follows that marker. Markers are found as text and,
     * where the vocabulary has them, as special tokens; no other special token may come.
     *
     * @param endless whether the text may also go on, and end, without a marker
     */
    record FreeText(List<Arm> arms, boolean endless) implements Expression {
        public FreeText {
            arms = List.copyOf(arms);
        }
    }

    /** A marker and what comes after it. */
    record Arm(String marker, Expression then) {
        public Arm {
            if (marker.isEmpty()) {
                throw new ConstraintException("an empty marker cannot be looked for");
            }
        }
    }

    /** An expression with a name, which may contain itself. */
    final class Rule implements Expression {
        private final String name;
        private Expression body = this;

        /** @param name for messages */
        public Rule(String name) {
            this.name = name;
        }

        public Rule(String name, Expression body) {
            this.name = name;
            this.body = body;
        }

        /** Says, once, what the rule stands for. */
        public Rule define(Expression definition) {
            if (body != this) {
                throw new ConstraintException(
                        "the rule " + name + " is defined twice: give one of the two another name");
            }
            body = definition;
            return this;
        }

        public String name() {
            return name;
        }

        public boolean isDefined() {
            return body != this;
        }

        public Expression body() {
            if (body == this) {
                throw new ConstraintException("the rule " + name + " is used but not defined: define it");
            }
            return body;
        }
    }

    static Expression literal(String text) {
        return text.isEmpty() ? EMPTY : new Literal(text.getBytes(StandardCharsets.UTF_8));
    }

    static Expression characters(CodePoints set) {
        return set.isEmpty() ? NOTHING : new Characters(set);
    }

    static Expression sequence(Expression... parts) {
        return sequence(List.of(parts));
    }

    static Expression sequence(List<? extends Expression> parts) {
        List<Expression> flat = new ArrayList<>(parts.size());
        for (Expression part : parts) {
            if (part.equals(NOTHING)) {
                return NOTHING;
            }
            if (part instanceof Sequence inner) {
                flat.addAll(inner.parts);
            } else {
                flat.add(part);
            }
        }
        return flat.size() == 1 ? flat.getFirst() : new Sequence(flat);
    }

    static Expression choice(Expression... alternatives) {
        return choice(List.of(alternatives));
    }

    static Expression choice(List<? extends Expression> alternatives) {
        List<Expression> flat = new ArrayList<>(alternatives.size());
        for (Expression alternative : alternatives) {
            if (alternative instanceof Choice inner) {
                flat.addAll(inner.alternatives);
            } else {
                flat.add(alternative);
            }
        }
        return flat.size() == 1 ? flat.getFirst() : new Choice(flat);
    }

    static Expression optional(Expression part) {
        return part.equals(EMPTY) ? EMPTY : new Repeat(part, 0, 1);
    }

    static Expression repeat(Expression part, int least, int most) {
        if (most == 0 || part.equals(EMPTY)) {
            return EMPTY;
        }
        if (part.equals(NOTHING)) {
            return least == 0 ? EMPTY : NOTHING;
        }
        return least == 1 && most == 1 ? part : new Repeat(part, least, most);
    }

    static Expression any(Expression part) {
        return repeat(part, 0, Repeat.UNBOUNDED);
    }
}
