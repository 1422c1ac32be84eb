package dev.jerboa.train.data;

/** Where batches come from: a pure function of the step, so that the place in the data is the step and nothing else. */
public interface BatchSource {
    /**
     * Fills a batch with the sequences of a step, as many as fit. Safe for several threads, each with its own batch.
     *
     * @throws IllegalArgumentException where the batch has no room for even one sequence
     */
    void fill(long step, Batch batch);
}
