package dev.jerboa.train.autograd;

/** Which operations of a {@link Tape#beginBlock block} are computed again for its backward; what the others made is kept. */
public enum Parts {
    /** All: of a block, only what crosses its border is kept. */
    ALL,
    /**
     * Reading and writing of residual streams, norms, sums: what arXiv 2512.24880 (section 4.3.2) computes again. The results of
     * sub-layers are kept, and what attention and feed-forward units need.
     */
    STREAMS;

    boolean include(Repeat repeat) {
        return switch (this) {
            case ALL -> repeat != Repeat.NEVER;
            case STREAMS -> repeat == Repeat.CHEAP;
        };
    }
}
