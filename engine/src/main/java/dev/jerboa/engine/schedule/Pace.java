package dev.jerboa.engine.schedule;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How many prompt tokens a step takes while others write: so many that the step lasts about twice as long as one without, from what
 * steps took lately. It decides when something is computed, never what comes out. One thread.
 *
 * <p>A prompt token beside writers is dearer than one of a step that prompts fill, so the two are measured apart. Medians, as a step
 * may lose the processor to others for a while, a new client among them.
 */
final class Pace {
    /** The fewest tokens, so that a prompt goes on. */
    private static final int LEAST = 4;

    private final int most;
    /** Nanoseconds of a step without prompt tokens, by how many write. */
    private final @Nullable Recent[] writing;
    /** Nanoseconds that a prompt token adds to a step in which others write. */
    private final Recent beside = new Recent();
    /** Nanoseconds of a token of a step that prompts fill. */
    private final Recent alone = new Recent();

    Pace(int most) {
        this.most = most;
        this.writing = new Recent[most + 1];
    }

    /** Prompt tokens for a step in which {@code writers} write. */
    int promptTokens(int writers) {
        double base = writing(writers);
        double token = beside.isEmpty() ? 2 * alone.median() : beside.median();
        if (base == 0 || token == 0) {
            return Math.min(LEAST, most);
        }
        return (int) Math.clamp((long) (base / token), Math.min(LEAST, most), most);
    }

    /** A step of {@code writers} written and {@code prompt} prompt tokens took {@code nanos}. */
    void took(int writers, int prompt, long nanos) {
        if (writers > 0 && prompt == 0) {
            Recent own = writing[writers];
            if (own == null) {
                own = new Recent();
                writing[writers] = own;
            }
            own.add(nanos);
        } else if (writers > 0) {
            double base = writing(writers);
            if (base > 0) {
                beside.add(Math.max(0, nanos - base) / prompt);
            }
        } else if (prompt > 0) {
            alone.add((double) nanos / prompt);
        }
    }

    /** What a step of {@code writers} takes, or of the nearest number of them that is known; 0 where none is. */
    private double writing(int writers) {
        for (int off = 0; off <= most; off++) {
            Recent fewer = writers - off > 0 ? writing[writers - off] : null;
            if (fewer != null) {
                return fewer.median();
            }
            Recent more = writers + off <= most ? writing[writers + off] : null;
            if (more != null) {
                return more.median();
            }
        }
        return 0;
    }

    /** The last few values. */
    private static final class Recent {
        private static final int MOST = 15;

        private final double[] values = new double[MOST];
        private int count;

        boolean isEmpty() {
            return count == 0;
        }

        void add(double value) {
            values[count++ % MOST] = value;
            count = count == 2 * MOST ? MOST : count;
        }

        /** The middle one; 0 where there is none. */
        double median() {
            double[] sorted = Arrays.copyOf(values, Math.min(count, MOST));
            Arrays.sort(sorted);
            return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
        }
    }
}
