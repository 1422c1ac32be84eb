package dev.jerboa.engine.schedule;

import dev.jerboa.engine.sample.LogProbabilities;

/** What a worker needs to choose tokens, for one track after the other. */
final class Choosing {
    private final LogProbabilities probabilities;
    private final long[] mask;

    Choosing(int vocabularySize) {
        this.probabilities = new LogProbabilities(vocabularySize);
        this.mask = new long[(vocabularySize + Long.SIZE - 1) / Long.SIZE];
    }

    LogProbabilities probabilities() {
        return probabilities;
    }

    /** A mask for at least {@code words} longs. */
    long[] mask(int words) {
        return words <= mask.length ? mask : new long[words];
    }
}
