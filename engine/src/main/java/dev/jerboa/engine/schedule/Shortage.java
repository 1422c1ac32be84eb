package dev.jerboa.engine.schedule;

/** Sequences whose guesses find no pages: counted, and told in the log the first time. One thread. */
final class Shortage {
    private static final System.Logger LOG = System.getLogger(Shortage.class.getName());

    private final Counters counters;
    private final int cacheTokens;
    private boolean told;

    /** @param cacheTokens of the cache that guesses have */
    Shortage(Counters counters, int cacheTokens) {
        this.counters = counters;
        this.cacheTokens = cacheTokens;
    }

    /** A sequence guesses nothing now for want of a page. */
    void found() {
        counters.guessedNothing();
        if (!told) {
            told = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the cache of guesses, " + cacheTokens
                            + " tokens, has no page left for a sequence, which goes on without"
                            + " guesses; more cache tokens, or fewer sequences at a time, would have them (told once)");
        }
    }
}
