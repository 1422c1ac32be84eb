package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Guesses by the model's own layer that predicts a token further (multi-token prediction, DeepSeek-V3, arXiv 2412.19437). One thread.
 *
 * <pre>
 * after each step: states of its tokens, and the tokens after them, of all tracks → one pass of the layer ↔ its cache
 *                  → of tracks that are to guess: the first guess, and the state to go on with
 * before the next: guess → layer → guess → … as many as were wanted
 * </pre>
 *
 * <p>What the layer keeps of a position depends on the token after it, so it is in a cache of its own, of pages that are not shared: see
 * docs/decisions/011-prediction-layer-begins-cold.md. A sequence whose beginning was taken over, or that found no pages, begins with the
 * first state that it sees, and attends to what it has seen.
 */
final class PredictionLayer implements AutoCloseable {
    private final FurtherSteps steps;
    private final KvCache cache;
    private final int vocabularySize;
    private final Shortage shortage;

    PredictionLayer(FurtherSteps steps, ScheduleOptions options, int vocabularySize, Counters counters) {
        this.steps = steps;
        this.cache = KvCache.open(steps.cacheShape(), options.cacheTokens(), options.cacheType());
        this.vocabularySize = vocabularySize;
        this.shortage = new Shortage(counters, cache.capacity());
    }

    /** Bytes of its cache when all of it has been written. */
    long bytes() {
        return cache.bytes();
    }

    /** A drafter for one request, with {@code most} guesses at a time. */
    Drafter drafter(Request request, int most) {
        return new Guesses(request, most);
    }

    /**
     * Takes in what the decoder's last step has computed.
     *
     * @param guessing whether tracks that write are to guess in the next step
     */
    void take(List<Track> tracks, boolean guessing) {
        steps.clear();
        int rows = 0;
        for (Track track : tracks) {
            if (track.computed() > 0 && track.drafter() instanceof Guesses own) {
                rows += own.add(track, guessing, rows) ? 1 : 0;
            }
        }
        if (steps.count() == 0) {
            return;
        }
        FloatRows logits = steps.run(cache.layers().getFirst());
        for (Track track : tracks) {
            if (track.computed() > 0 && track.drafter() instanceof Guesses own) {
                own.begin(logits);
            }
        }
    }

    @Override
    public void close() {
        cache.close();
    }

    private final class Guesses implements Drafter {
        private final int positions;
        private final int adaptation;
        private final GuessLength length;
        /** Its positions begin with the {@link #first} one of the track. */
        private @Nullable Sequence sequence;

        private int first;

        /** Guesses for the next step; 0 for none. */
        private int wanted;
        /** Row of logits of the first guess in the pass that is made, and its token there. */
        private int row;

        private int token;
        private int firstGuess;
        /** The state that the first guess was made of. */
        private final FloatRows state;

        Guesses(Request request, int most) {
            this.positions = request.positions() + most;
            this.adaptation = request.scope().adaptation();
            this.length = new GuessLength(most);
            this.state = FloatRows.allocate(Arena.ofAuto(), 1, steps.hiddenSize());
        }

        /** Adds the track's part to the pass; whether it wants the row of logits {@code nextRow}. */
        boolean add(Track track, boolean guessing, int nextRow) {
            wanted = 0;
            int count = track.computed();
            int from = track.sequence().length() - count;
            Sequence place = place(from);
            if (!place.reserve(place.length() + count)) {
                shortage.found();
                close();
                return false;
            }
            wanted = guessing && track.isPredicted() ? length.next() : 0;
            steps.adaptation(adaptation);
            for (int i = 0; i < count; i++) {
                steps.addAfter(
                        track.firstInStep() + i,
                        track.tokens()[from + i + 1],
                        place.length() + i,
                        place.pages(),
                        wanted > 0 && i == count - 1);
            }
            place.advance(count);
            row = nextRow;
            token = steps.count() - 1;
            return wanted > 0;
        }

        private Sequence place(int from) {
            Sequence place = sequence;
            if (place != null && first + place.length() != from) {
                close();
                place = null;
            }
            if (place == null) {
                place = cache.sequence(positions);
                sequence = place;
                first = from;
            }
            return place;
        }

        /** Keeps what the pass has given it. */
        void begin(FloatRows logits) {
            if (wanted > 0) {
                firstGuess = Likeliest.of(logits, row, vocabularySize);
                FloatRows states = steps.states();
                MemorySegment.copy(
                        states.data(), states.offset(token), state.data(), 0, (long) states.cols() * Float.BYTES);
            }
        }

        @Override
        public int guess(int[] tokens, int known, int[] into, int room) {
            int count = Math.min(wanted, room);
            Sequence place = sequence;
            if (count <= 0 || place == null) {
                return 0;
            }
            if (!place.reserve(place.length() + count - 1)) {
                shortage.found();
                count = 1;
            }
            into[0] = firstGuess;
            FloatRows before = state;
            for (int i = 1; i < count; i++) {
                steps.clear();
                steps.adaptation(adaptation);
                steps.addAfter(before, 0, into[i - 1], place.length() + i - 1, place.pages(), true);
                into[i] = Likeliest.of(steps.run(cache.layers().getFirst()), 0, vocabularySize);
                before = steps.states();
            }
            return count;
        }

        @Override
        public void learn(int guessed, int right) {
            length.learn(guessed, right);
        }

        @Override
        public void close() {
            wanted = 0;
            if (sequence != null) {
                sequence.close();
                sequence = null;
            }
        }
    }
}
