package dev.jerboa.engine.schedule;

/**
 * What a scheduler is doing and has done. The figures are read one by one while it works.
 *
 * @param waiting requests that are not admitted, or were preempted
 * @param running sequences that have pages
 * @param cacheTokens positions of the cache
 * @param freeTokens positions of the cache that nobody holds, kept ones included
 * @param keptTokens those of them whose contents are kept for whoever begins with them
 * @param steps decoder steps so far
 * @param promptTokens prompt tokens computed so far, again after preemptions
 * @param sharedTokens positions taken over from earlier computations
 * @param pickedTokens tokens chosen so far
 * @param guessedTokens tokens guessed ahead so far
 * @param confirmedTokens those of them that were right
 * @param draftShortages how often a sequence guessed nothing, or less, as the cache of guesses had no page for it
 * @param preemptions how often a running sequence had to give its pages to others
 * @param stateRows rows of running states, of which each running sequence holds one; 0 for a model without such states
 * @param guessing whether tokens are guessed ahead, more than what constraints force: not of a model with running states, whatever the
 *     options say
 */
public record SchedulerStatus(
        int waiting,
        int running,
        int cacheTokens,
        int freeTokens,
        int keptTokens,
        long steps,
        long promptTokens,
        long sharedTokens,
        long pickedTokens,
        long guessedTokens,
        long confirmedTokens,
        long draftShortages,
        long preemptions,
        int stateRows,
        boolean guessing) {}
