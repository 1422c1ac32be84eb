package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.cache.Sequence;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A text of which some tokens are to be scored, on its way: by {@link Scorings}. Of the scheduler's thread. */
final class Scoring {
    private final int[] tokens;
    private final int from;
    private final Scope scope;
    private final double[] logProbabilities;
    private final CompletableFuture<double[]> outcome = new CompletableFuture<>();
    private @Nullable Sequence sequence;

    /** Tokens of the step that is planned, and the first of its rows of logits. */
    int planned;

    int firstRow;
    int rows;

    /** @param from the first token that is scored, from 1 and inside the text */
    Scoring(int[] tokens, int from, Scope scope) {
        this.tokens = tokens;
        this.from = from;
        this.scope = scope;
        this.logProbabilities = new double[tokens.length - from];
    }

    CompletableFuture<double[]> outcome() {
        return outcome;
    }

    Scope scope() {
        return scope;
    }

    int token(int position) {
        return tokens[position];
    }

    /** Positions that are computed: nothing is predicted after the last token. */
    int positions() {
        return tokens.length - 1;
    }

    Sequence sequence() {
        return Objects.requireNonNull(sequence);
    }

    int remaining() {
        return positions() - sequence().length();
    }

    /** Whether the prediction after a position is wanted. */
    boolean wants(int position) {
        return position >= from - 1;
    }

    /** Finds pages for all of it, and takes over what is known of its beginning; false where there are none yet. */
    boolean begin(KvCache cache) {
        Sequence place = cache.sequence(positions(), scope);
        if (!place.begin(tokens, from - 1, positions())) {
            place.close();
            return false;
        }
        sequence = place;
        return true;
    }

    /** How many tokens this one could take over of {@code other}'s, once those are computed. */
    int common(Scoring other) {
        if (!scope.equals(other.scope)) {
            return 0;
        }
        int length = Math.min(from - 1, other.positions());
        int differs = Arrays.mismatch(tokens, 0, length, other.tokens, 0, length);
        return differs < 0 ? length : differs;
    }

    /** The row of logits after {@code position} gave its next token this. */
    void score(int position, double logProbability) {
        logProbabilities[position + 1 - from] = logProbability;
    }

    /** What was planned is computed; whether that was all. */
    boolean advance() {
        Sequence place = sequence();
        place.advance(tokens, place.length(), planned);
        return place.length() == positions();
    }

    void complete() {
        outcome.complete(logProbabilities);
    }

    void release() {
        if (sequence != null) {
            sequence.close();
            sequence = null;
        }
    }
}
