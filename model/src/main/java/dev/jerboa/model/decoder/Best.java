package dev.jerboa.model.decoder;

import java.util.Arrays;

/** The numbers of the best scores, by a heap whose first is the worst of those held. */
public final class Best {
    private Best() {}

    /**
     * Puts the {@code count} best of the first {@code all} scores into {@code into} from {@code at} on, in order of their numbers; of
     * equal scores the earlier is better. {@code count} is 1 to {@code all}.
     */
    public static void of(float[] scores, int all, int[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = i;
        }
        for (int i = count / 2 - 1; i >= 0; i--) {
            sink(scores, into, at, i, count);
        }
        for (int i = count; i < all; i++) {
            if (worse(scores, into[at], i)) {
                into[at] = i;
                sink(scores, into, at, 0, count);
            }
        }
        Arrays.sort(into, at, at + count);
    }

    private static boolean worse(float[] scores, int a, int b) {
        return scores[a] < scores[b] || scores[a] == scores[b] && a > b;
    }

    private static void sink(float[] scores, int[] heap, int at, int from, int count) {
        int i = from;
        int moved = heap[at + i];
        for (int child = 2 * i + 1; child < count; child = 2 * i + 1) {
            if (child + 1 < count && worse(scores, heap[at + child + 1], heap[at + child])) {
                child++;
            }
            if (!worse(scores, heap[at + child], moved)) {
                break;
            }
            heap[at + i] = heap[at + child];
            i = child;
        }
        heap[at + i] = moved;
    }
}
