package dev.jerboa.engine.constrain;

import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.vocabulary.MaskComputer;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;

/**
 * An expression compiled for a vocabulary. What its matchers find out of it is kept here and shared. Safe for use by several
 * threads.
 */
public final class Constraint {
    private static final long MASK_BYTES = 16L << 20;

    private final Vocabulary vocabulary;
    private final Automaton automaton;
    private final MaskComputer masks;

    /** @throws ConstraintException as {@link Automaton#of} */
    Constraint(Expression expression, Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.automaton = Automaton.of(expression, vocabulary);
        this.masks = new MaskComputer(automaton, vocabulary, MASK_BYTES);
    }

    /** A matcher at the beginning of a text. */
    public Matcher matcher() {
        return new Matcher(automaton, masks, vocabulary);
    }

    /** How many positions its matchers have been at or looked at, of those that are kept. */
    public int positions() {
        return automaton.size();
    }
}
