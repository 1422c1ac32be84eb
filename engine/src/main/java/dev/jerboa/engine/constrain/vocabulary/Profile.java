package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.engine.constrain.automaton.State;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What every token does at a part of a state, whatever its stack: stays inside, or leaves the rule, or the counted loop, after a number
 * of rounds. Safe for use by several threads.
 *
 * @param direct whether nothing of this is known, because it would be too much or ambiguous: to be walked with the stack
 * @param run of tokens that need not be listed
 * @param inside tokens that stay inside
 * @param many where no rounds are counted, instead of {@code inside} where that would be long: a bit a token
 * @param left tokens that leave the loop and stay inside its rule, or end with it
 * @param exits places in the trees where the rule is left: 2 × place + 1 of the tree of plain tokens, 2 × place of that of others,
 *     −1 − place of that of long plain ones
 * @param beyond the tokens of all exits that go on at a state after the rule, for a few of these states
 */
@SuppressWarnings("ArrayRecordComponent")
record Profile(
        boolean direct, Run run, Counted inside, long[] many, Counted left, Counted exits, Map<State, int[]> beyond) {
    /** Places of which what comes after the rule is kept. */
    private static final int KEPT = 16;

    static final Profile DIRECT = new Profile(
            true,
            Run.NONE,
            Counted.of(new int[0], 0),
            new long[0],
            Counted.of(new int[0], 0),
            Counted.of(new int[0], 0));

    Profile(boolean direct, Run run, Counted inside, long[] many, Counted left, Counted exits) {
        this(direct, run, inside, many, left, exits, Collections.synchronizedMap(new WeakHashMap<>()));
    }

    /** Tokens that all exits have, walked from a state after the rule, or null where that has not been kept. */
    int @Nullable [] beyond(State after) {
        return beyond.get(after);
    }

    void keepBeyond(State after, int[] tokens) {
        if (beyond.size() >= KEPT) {
            beyond.clear();
        }
        beyond.put(after, tokens);
    }

    long memory() {
        return 256 + 8L * many.length + inside.memory() + left.memory() + exits.memory();
    }

    /**
     * Values in the order of how many rounds are complete with them.
     *
     * @param start of those with n rounds {@code start[n]} is the first; one more than there are rounds
     */
    record Counted(int[] values, int[] start) {
        /** @param found a value and its rounds in turns */
        static Counted of(int[] found, int size) {
            int most = 0;
            for (int i = 1; i < size; i += 2) {
                most = Math.max(most, found[i]);
            }
            int[] start = new int[most + 2];
            for (int i = 1; i < size; i += 2) {
                start[found[i] + 1]++;
            }
            for (int n = 0; n <= most; n++) {
                start[n + 1] += start[n];
            }
            int[] at = start.clone();
            int[] values = new int[size / 2];
            for (int i = 0; i < size; i += 2) {
                values[at[found[i + 1]]++] = found[i];
            }
            return new Counted(values, start);
        }

        /** The first value with at least so many rounds. */
        int from(int rounds) {
            return start[Math.clamp(rounds, 0, start.length - 1)];
        }

        /** The first value with more rounds. */
        int past(int rounds) {
            return rounds < 0 ? 0 : from(Math.min(rounds, start.length) + 1);
        }

        int size() {
            return values.length;
        }

        long memory() {
            return 64 + 4L * (values.length + start.length);
        }

        @Override
        public String toString() {
            return Arrays.toString(start);
        }
    }
}
