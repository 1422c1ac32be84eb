package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.kernel.memory.FloatRows;
import org.jspecify.annotations.Nullable;

/**
 * A smaller model with the same tokens that guesses for a larger one (Leviathan, Kalman, Matias 2023, arXiv 2211.17192), each time the
 * likeliest token. It has a cache of its own, of which a sequence that finds no pages has no guesses. One thread; the decoder belongs
 * to the caller.
 */
final class DraftModel implements AutoCloseable {
    private final StepModel model;
    private final KvCache cache;
    private final int vocabularySize;

    /**
     * @param vocabularySize of the model that it guesses for; the draft model may have fewer ids or, without ever guessing them, more
     */
    DraftModel(StepModel model, ScheduleOptions options, int vocabularySize) {
        this.model = model;
        this.cache = Scheduler.cache(model, options);
        this.vocabularySize = Math.min(vocabularySize, model.vocabularySize());
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
        private final GuessLength length;
        private @Nullable Sequence sequence;
        /** The first so many positions hold tokens that are known. */
        private int sure;

        Guesses(int positions, int most) {
            this.positions = positions;
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
                close();
                return 0;
            }
            sure = known;
            if (!catchUp(place, tokens, known)) {
                return 0;
            }
            for (int count = 0; ; count++) {
                into[count] = likeliest(model.run(cache.layers()));
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

        /** Computes what is known up to the last token, which the next step has; false where that is more than one step. */
        private boolean catchUp(Sequence place, int[] tokens, int known) {
            int count = Math.min(known - place.length(), model.maxStepTokens());
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

    private int likeliest(FloatRows logits) {
        int best = 0;
        float most = logits.get(0, 0);
        for (int id = 1; id < vocabularySize; id++) {
            float value = logits.get(0, id);
            if (value > most) {
                most = value;
                best = id;
            }
        }
        return best;
    }
}
