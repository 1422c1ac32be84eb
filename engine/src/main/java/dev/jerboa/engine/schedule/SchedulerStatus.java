package dev.jerboa.engine.schedule;

/**
 * What a scheduler is doing and has done. The figures are read one by one while it works.
 *
 * @param waiting requests that are not admitted, or were preempted
 * @param running sequences that have pages
 * @param freeTokens positions of the cache that nobody holds
 * @param steps decoder steps so far
 * @param promptTokens prompt tokens computed so far, again after preemptions
 * @param sharedTokens prompt tokens taken over from another request's computation
 * @param pickedTokens tokens chosen so far
 * @param preemptions how often a running sequence had to give its pages to others
 */
public record SchedulerStatus(
        int waiting,
        int running,
        int freeTokens,
        long steps,
        long promptTokens,
        long sharedTokens,
        long pickedTokens,
        long preemptions) {}
