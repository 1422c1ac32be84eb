package dev.jerboa.engine.schedule;

/**
 * How many prompt tokens a step takes while others write: so many that the step lasts about twice as long as one without, from what
 * steps took lately. It decides when something is computed, never what comes out. One thread.
 *
 * <p>A prompt token beside writers is dearer than one of a step that prompts fill, so the two are measured apart.
 */
final class Pace {
    /** The fewest tokens, so that a prompt goes on. */
    private static final int LEAST = 4;

    /** How much of a new measurement enters an average. */
    private static final double SHARE = 0.2;

    private final int most;
    /** Nanoseconds of a step without prompt tokens, by how many write; 0 while unknown. */
    private final double[] writing;
    /** Nanoseconds that a prompt token adds to a step in which others write; 0 while unknown. */
    private double beside;
    /** Nanoseconds of a token of a step that prompts fill; 0 while unknown. */
    private double alone;

    Pace(int most) {
        this.most = most;
        this.writing = new double[most + 1];
    }

    /** Prompt tokens for a step in which {@code writers} write. */
    int promptTokens(int writers) {
        double base = writing(writers);
        double token = beside == 0 ? 2 * alone : beside;
        if (base == 0 || token == 0) {
            return Math.min(LEAST, most);
        }
        return (int) Math.clamp((long) (base / token), Math.min(LEAST, most), most);
    }

    /** A step of {@code writers} written and {@code prompt} prompt tokens took {@code nanos}. */
    void took(int writers, int prompt, long nanos) {
        if (writers == 0) {
            alone = prompt == 0 ? alone : average(alone, (double) nanos / prompt);
        } else if (prompt == 0) {
            writing[writers] = average(writing[writers], nanos);
        } else {
            double base = writing(writers);
            if (base > 0) {
                beside = average(beside, Math.max(0, nanos - base) / prompt);
            }
        }
    }

    /** What a step of {@code writers} takes, or of the nearest number of them that is known; 0 where none is. */
    private double writing(int writers) {
        for (int off = 0; off <= most; off++) {
            if (writers - off > 0 && writing[writers - off] > 0) {
                return writing[writers - off];
            }
            if (writers + off <= most && writing[writers + off] > 0) {
                return writing[writers + off];
            }
        }
        return 0;
    }

    private static double average(double old, double now) {
        return old == 0 ? now : old + SHARE * (now - old);
    }
}
