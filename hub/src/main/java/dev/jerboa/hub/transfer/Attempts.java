package dev.jerboa.hub.transfer;

import dev.jerboa.hub.HubException;
import dev.jerboa.hub.remote.RefusedException;
import java.io.IOException;
import java.time.Duration;

/**
 * Tries again what failed for reasons that pass: waits longer each time that nothing has come, and gives up after {@value #MOST} such
 * times. For one thread.
 */
final class Attempts {
    /** Attempts in a row without progress. */
    static final int MOST = 6;

    private static final long FIRST_WAIT_MILLIS = 250;

    private final Duration longest;
    private int failures;

    /** @param longest the longest wait */
    Attempts(Duration longest) {
        this.longest = longest;
    }

    /** The answer to a question, after as many attempts as it takes. */
    static <T> T until(String what, Duration longest, Transfer.Question<T> question) {
        Attempts attempts = new Attempts(longest);
        while (true) {
            try {
                return question.ask();
            } catch (IOException e) {
                attempts.failed(what, e);
            }
        }
    }

    /** Something has come: failures count from the beginning. */
    void progress() {
        failures = 0;
    }

    /**
     * Waits before the next attempt.
     *
     * @throws HubException where it was the last one, or the thread is interrupted
     */
    void failed(String what, IOException e) {
        failures++;
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (failures >= MOST || Thread.currentThread().isInterrupted()) {
            throw new HubException(
                    what + ": " + why + "; given up after " + failures
                            + " attempts. What has come is kept: the same command goes on from there",
                    e);
        }
        Duration wait = Duration.ofMillis(FIRST_WAIT_MILLIS << (failures - 1));
        if (e instanceof RefusedException refused && refused.after().isPresent()) {
            wait = refused.after().get();
        }
        try {
            Thread.sleep(wait.compareTo(longest) > 0 ? longest : wait);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new HubException(what + ": interrupted; what has come is kept", interrupt);
        }
    }
}
