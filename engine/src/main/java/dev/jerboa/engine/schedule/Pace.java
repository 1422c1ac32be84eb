package dev.jerboa.engine.schedule;

/**
 * How many prompt tokens a step takes while others write: so many that the step lasts about twice as long as one without, from what
 * steps took lately. It decides when something is computed, never what comes out. One thread.
 */
final class Pace {
    /** The fewest tokens, so that a prompt goes on. */
    private static final int LEAST = 8;

    /** How much of a new measurement enters an average. */
    private static final double SHARE = 0.2;

    private final int most;
    /** Nanoseconds of a step without prompt tokens; 0 while unknown. */
    private double writing;
    /** Nanoseconds that a prompt token adds; 0 while unknown. */
    private double token;

    Pace(int most) {
        this.most = most;
    }

    /** Prompt tokens for a step in which others write. */
    int promptTokens() {
        if (writing == 0 || token == 0) {
            return most;
        }
        return (int) Math.clamp((long) (writing / token), Math.min(LEAST, most), most);
    }

    /** A step of {@code writers} written and {@code prompt} prompt tokens took {@code nanos}. */
    void took(int writers, int prompt, long nanos) {
        if (prompt == 0) {
            writing = average(writing, nanos);
        } else if (writers == 0 || writing > 0) {
            double base = writers == 0 ? 0 : writing;
            token = average(token, Math.max(0, nanos - base) / prompt);
        }
    }

    private static double average(double old, double now) {
        return old == 0 ? now : old + SHARE * (now - old);
    }
}
