package dev.jerboa.model.decoder;

/** The token ids of the running step. */
final class StepIds {
    private int[] ids = {};

    /** Sets them; between steps. */
    void of(Step step) {
        ids = step.ids();
    }

    int at(int token) {
        return ids[token];
    }
}
