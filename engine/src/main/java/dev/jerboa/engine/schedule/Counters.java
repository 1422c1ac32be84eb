package dev.jerboa.engine.schedule;

import java.util.concurrent.atomic.AtomicLong;

/** The figures of {@link SchedulerStatus}: written by the scheduler's thread, read by any. */
final class Counters {
    private final AtomicLong waiting = new AtomicLong();
    private final AtomicLong running = new AtomicLong();
    private final AtomicLong freeTokens = new AtomicLong();
    private final AtomicLong keptTokens = new AtomicLong();
    private final AtomicLong steps = new AtomicLong();
    private final AtomicLong promptTokens = new AtomicLong();
    private final AtomicLong sharedTokens = new AtomicLong();
    private final AtomicLong pickedTokens = new AtomicLong();
    private final AtomicLong guessedTokens = new AtomicLong();
    private final AtomicLong confirmedTokens = new AtomicLong();
    private final AtomicLong draftShortages = new AtomicLong();
    private final AtomicLong preemptions = new AtomicLong();

    void set(int waitingTracks, int runningTracks, int free, int kept) {
        waiting.setRelease(waitingTracks);
        running.setRelease(runningTracks);
        freeTokens.setRelease(free);
        keptTokens.setRelease(kept);
    }

    int waiting() {
        return (int) waiting.getAcquire();
    }

    void stepped(int prompt) {
        add(steps, 1);
        add(promptTokens, prompt);
    }

    void shared(int tokens) {
        add(sharedTokens, tokens);
    }

    void picked(int tokens) {
        add(pickedTokens, tokens);
    }

    void guessed(int tokens, int confirmed) {
        add(guessedTokens, tokens);
        add(confirmedTokens, confirmed);
    }

    void guessedNothing() {
        add(draftShortages, 1);
    }

    void preempted() {
        add(preemptions, 1);
    }

    private static void add(AtomicLong counter, long more) {
        counter.setRelease(counter.getPlain() + more);
    }

    SchedulerStatus status(int cacheTokens) {
        return status(cacheTokens, 0, false);
    }

    SchedulerStatus status(int cacheTokens, int stateRows, boolean guessing) {
        return new SchedulerStatus(
                (int) waiting.getAcquire(),
                (int) running.getAcquire(),
                cacheTokens,
                (int) freeTokens.getAcquire(),
                (int) keptTokens.getAcquire(),
                steps.getAcquire(),
                promptTokens.getAcquire(),
                sharedTokens.getAcquire(),
                pickedTokens.getAcquire(),
                guessedTokens.getAcquire(),
                confirmedTokens.getAcquire(),
                draftShortages.getAcquire(),
                preemptions.getAcquire(),
                stateRows,
                guessing);
    }
}
