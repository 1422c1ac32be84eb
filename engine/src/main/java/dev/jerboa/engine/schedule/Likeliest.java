package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.memory.FloatRows;

/** The guess that logits make. */
final class Likeliest {
    private Likeliest() {}

    /** The likeliest of the first {@code vocabularySize} ids of a row. */
    static int of(FloatRows logits, int row, int vocabularySize) {
        int best = 0;
        float most = logits.get(row, 0);
        for (int id = 1; id < vocabularySize; id++) {
            float value = logits.get(row, id);
            if (value > most) {
                most = value;
                best = id;
            }
        }
        return best;
    }
}
