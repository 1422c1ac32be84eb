package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.kernel.memory.FloatRows;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A text whose states are wanted, on its way: computed in pieces between the steps of those that write. Of the scheduler's thread. */
final class Embedding {
    private final int[] tokens;
    private final int adaptation;
    private final Pooling pooling;
    private final CompletableFuture<float[]> outcome = new CompletableFuture<>();
    private @Nullable Sequence sequence;
    private double[] sums = {};

    Embedding(int[] tokens, int adaptation, Pooling pooling) {
        this.tokens = tokens;
        this.adaptation = adaptation;
        this.pooling = pooling;
    }

    CompletableFuture<float[]> outcome() {
        return outcome;
    }

    /** Nobody waits for it any more, or it is done. */
    boolean isDone() {
        return outcome.isDone();
    }

    /** Computes at most {@code most} more tokens; false where there are no pages for it yet. */
    boolean step(StepModel model, KvCache cache, int most) {
        Sequence place = sequence;
        if (place == null) {
            place = cache.sequence(tokens.length);
            if (!place.reserve(tokens.length)) {
                place.close();
                return false;
            }
            sequence = place;
        }
        int from = place.length();
        int count = Math.min(most, tokens.length - from);
        model.clear();
        model.adaptation(adaptation);
        model.state(place.state());
        int wanted = 0;
        for (int p = from; p < from + count; p++) {
            boolean want = pooling == Pooling.MEAN || p == tokens.length - 1;
            model.add(tokens[p], p, place.pages(), want);
            wanted += want ? 1 : 0;
        }
        add(model.runStates(cache.layers()), wanted);
        place.advance(count);
        if (place.length() == tokens.length) {
            outcome.complete(vector());
            release();
        }
        return true;
    }

    private void add(FloatRows states, int rows) {
        if (sums.length == 0) {
            sums = new double[states.cols()];
        }
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < sums.length; c++) {
                sums[c] += states.get(row, c);
            }
        }
    }

    private float[] vector() {
        int parts = pooling == Pooling.MEAN ? tokens.length : 1;
        float[] vector = new float[sums.length];
        for (int c = 0; c < vector.length; c++) {
            vector[c] = (float) (sums[c] / parts);
        }
        return vector;
    }

    /** Ends it without a vector, if it has none. */
    void fail(RuntimeException cause) {
        outcome.completeExceptionally(cause);
        release();
    }

    void release() {
        if (sequence != null) {
            sequence.close();
            sequence = null;
        }
    }
}
