package dev.jerboa.engine.schedule;

import dev.jerboa.engine.constrain.Matcher;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import org.jspecify.annotations.Nullable;

/**
 * Guesses the text that a constraint leaves no choice about, such as the name of a property, and elsewhere what another drafter does. A
 * guess may be wrong, because a text can be written with other tokens than the usual ones.
 */
final class ForcedText implements Drafter {
    private final Matcher matcher;
    private final GuessLength length;
    private final @Nullable Drafter other;
    private boolean forced;

    /**
     * @param matcher of the sequence, which the picks are told to
     * @param most the most tokens that are guessed at a time
     * @param other for where there is a choice
     */
    ForcedText(Matcher matcher, int most, @Nullable Drafter other) {
        this.matcher = matcher;
        this.length = new GuessLength(most);
        this.other = other;
    }

    @Override
    public int guess(int[] tokens, int known, int[] into, int room) {
        int count = forced(into, room);
        forced = count > 0;
        if (forced) {
            return Math.min(count, length.next());
        }
        return other == null ? 0 : other.guess(tokens, known, into, room);
    }

    private int forced(int[] into, int room) {
        try {
            return matcher.forcedTokens(into, room);
        } catch (ConstraintException e) {
            return 0; // too ambiguous to go on: the pick that follows fails by it
        }
    }

    @Override
    public void learn(int guessed, int right) {
        if (forced) {
            length.learn(guessed, right);
        } else if (other != null) {
            other.learn(guessed, right);
        }
    }

    @Override
    public Drafter underneath() {
        return other == null ? this : other;
    }

    @Override
    public void close() {
        if (other != null) {
            other.close();
        }
    }
}
