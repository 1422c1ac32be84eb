package dev.jerboa.engine.schedule;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How many prompt tokens a step takes while others write: so many that the step lasts about twice as long as one without, from what
 * steps took lately. It decides when something is computed, never what comes out. One thread.
 *
 * <p>A prompt token beside writers is dearer than one of a step that prompts fill, so the two are measured apart. Steps lose the
 * processor to others now and then, for a second where a new client starts, and no step without prompts is seen while a prompt is read.
 * So what writers take is the lower quarter of many steps, what a prompt token adds the median of the last few.
 */
final class Pace {
    /** The fewest tokens, so that a prompt goes on. */
    private static final int LEAST = 4;

    private static final int WRITING_STEPS = 64;
    private static final int PROMPT_STEPS = 15;

    private final int most;
    /** Nanoseconds of a step without prompt tokens, by how many write. */
    private final @Nullable Recent[] writing;
    /** Nanoseconds that a prompt token adds to a step in which others write. */
    private final Recent beside = new Recent(PROMPT_STEPS);
    /** Nanoseconds of a token of a step that prompts fill. */
    private final Recent alone = new Recent(PROMPT_STEPS);

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
                own = new Recent(WRITING_STEPS);
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
                return fewer.lowerQuarter();
            }
            Recent more = writers + off <= most ? writing[writers + off] : null;
            if (more != null) {
                return more.lowerQuarter();
            }
        }
        return 0;
    }

    /** The last few values. */
    private static final class Recent {
        private final double[] values;
        private int next;
        private int count;

        Recent(int most) {
            values = new double[most];
        }

        boolean isEmpty() {
            return count == 0;
        }

        void add(double value) {
            values[next] = value;
            next = (next + 1) % values.length;
            count = Math.min(count + 1, values.length);
        }

        /** The middle one; 0 where there is none. */
        double median() {
            return at(count / 2);
        }

        /** The one that a quarter of them are below; 0 where there is none. */
        double lowerQuarter() {
            return at(count / 4);
        }

        private double at(int rank) {
            if (count == 0) {
                return 0;
            }
            double[] sorted = Arrays.copyOf(values, count);
            Arrays.sort(sorted);
            return sorted[rank];
        }
    }
}
