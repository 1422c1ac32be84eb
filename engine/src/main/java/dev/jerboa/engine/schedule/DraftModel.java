package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import org.jspecify.annotations.Nullable;

/**
 * A smaller model with the same tokens that guesses for a larger one (Leviathan, Kalman, Matias 2023, arXiv 2211.17192), each time the
 * likeliest token. It has a cache of its own; a sequence that finds no pages there guesses nothing. What it has not read of a sequence,
 * such as a long prompt, it reads in pieces, one a step, and guesses when it has read all. One thread; the decoder belongs to the caller.
 */
final class DraftModel implements AutoCloseable {
    private final StepModel model;
    private final KvCache cache;
    private final int vocabularySize;
    private final Shortage shortage;
    /** Known tokens that it may still read in this step. */
    private int allowed;

    /**
     * @param vocabularySize of the model that it guesses for; the draft model may have fewer ids or, without ever guessing them, more
     */
    DraftModel(StepModel model, ScheduleOptions options, int vocabularySize, Counters counters) {
        this.model = model;
        this.cache = Scheduler.cache(model, options);
        this.vocabularySize = Math.min(vocabularySize, model.vocabularySize());
        this.shortage = new Shortage(counters, cache.capacity());
    }

    /** Bytes of its cache when all of it has been written. */
    long bytes() {
        return cache.bytes();
    }

    /** A step begins in which it may read {@code tokens} known tokens, and what the step before confirmed. */
    void begin(int tokens) {
        allowed = tokens;
    }

    /** A drafter for one sequence of at most {@code positions} positions. */
    Drafter drafter(int positions, int most) {
        return new Guesses(positions, most);
    }

    @Override
    public void close() {
        cache.close();
    }

    private final class Guesses implements Drafter {
        private final int positions;
        private final int most;
        private final GuessLength length;
        private @Nullable Sequence sequence;
        /** The first so many positions hold tokens that are known. */
        private int sure;

        Guesses(int positions, int most) {
            this.positions = positions;
            this.most = most;
            this.length = new GuessLength(most);
        }

        @Override
        public int guess(int[] tokens, int known, int[] into, int room) {
            int wanted = Math.min(length.next(), Math.min(room, positions - known));
            if (wanted <= 0 || hasUnknown(tokens, known)) {
                return 0;
            }
            Sequence place = place();
            place.retreat(sure);
            if (!place.reserve(known + wanted)) {
                shortage.found();
                close();
                return 0;
            }
            sure = known;
            if (!catchUp(place, tokens, known)) {
                return 0;
            }
            for (int count = 0; ; count++) {
                into[count] = Likeliest.of(model.run(cache.layers()), 0, vocabularySize);
                place.advance(1);
                if (count + 1 == wanted) {
                    return wanted;
                }
                if (count == 0) {
                    place.mark(); // guesses that prove wrong are taken back to here
                }
                model.clear();
                model.state(place.state());
                model.add(into[count], place.length(), place.pages(), true);
            }
        }

        /**
         * Computes what is known up to the last token, which the next step has, or a piece of it.
         *
         * @return whether it was all
         */
        private boolean catchUp(Sequence place, int[] tokens, int known) {
            int piece = Math.min(model.maxStepTokens(), Math.max(allowed, most + 1)); // a step confirms up to most + 1
            int count = Math.min(known - place.length(), piece);
            allowed -= count;
            boolean whole = place.length() + count == known;
            model.clear();
            model.state(place.state());
            for (int p = place.length(), end = p + count; p < end; p++) {
                model.add(tokens[p], p, place.pages(), whole && p == known - 1);
            }
            if (whole) {
                place.advance(count - 1);
            } else {
                model.run(cache.layers());
                place.advance(count);
            }
            return whole;
        }

        private boolean hasUnknown(int[] tokens, int known) {
            for (int i = sure; i < known; i++) {
                if (tokens[i] >= model.vocabularySize()) {
                    return true;
                }
            }
            return false;
        }

        private Sequence place() {
            Sequence place = sequence;
            if (place == null) {
                place = cache.sequence(positions);
                sequence = place;
                sure = 0;
            }
            return place;
        }

        @Override
        public void learn(int guessed, int right) {
            sure += right;
            length.learn(guessed, right);
        }

        @Override
        public void close() {
            if (sequence != null) {
                sequence.close();
                sequence = null;
            }
        }
    }
}
