package dev.jerboa.engine.constrain.automaton;

import dev.jerboa.engine.constrain.grammar.ConstraintException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/**
 * Looks for several texts in a stream of bytes (Aho and Corasick 1975). A state is the longest end of the stream that begins a
 * marker; of markers that are complete at the same byte the longest wins. Immutable.
 */
final class MarkerSearch {
    private static final int MAX_BYTES = 8192;

    /** For each state and byte the next state, or −1 − the number of the marker that is complete. */
    private final int[] next;

    private final int states;

    MarkerSearch(List<String> markers) {
        byte[][] texts = new byte[markers.size()][];
        int total = 1;
        for (int m = 0; m < texts.length; m++) {
            texts[m] = markers.get(m).getBytes(StandardCharsets.UTF_8);
            total += texts[m].length;
        }
        if (total > MAX_BYTES) {
            throw new ConstraintException("the markers have " + total + " bytes together, at most " + MAX_BYTES
                    + " can be looked for: use fewer or shorter markers");
        }
        int[] child = new int[total * 256];
        Arrays.fill(child, -1);
        int[] complete = new int[total];
        Arrays.fill(complete, -1);
        this.states = tree(texts, child, complete);
        this.next = new int[states * 256];
        follow(child, complete);
    }

    private static int tree(byte[][] texts, int[] child, int[] complete) {
        int count = 1;
        for (int m = 0; m < texts.length; m++) {
            int at = 0;
            for (byte b : texts[m]) {
                int slot = at * 256 + (b & 0xff);
                if (child[slot] < 0) {
                    child[slot] = count++;
                }
                at = child[slot];
            }
            if (complete[at] < 0) {
                complete[at] = m;
            }
        }
        return count;
    }

    /** Breadth first, so that the state to fall back to is ready. */
    private void follow(int[] child, int[] complete) {
        int[] fallback = new int[states];
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        queue.add(0);
        int[] plain = new int[states * 256];
        while (!queue.isEmpty()) {
            int state = queue.remove();
            if (complete[state] < 0 && state > 0) {
                complete[state] = complete[fallback[state]];
            }
            for (int b = 0; b < 256; b++) {
                int slot = state * 256 + b;
                int beyond = state == 0 ? 0 : plain[fallback[state] * 256 + b];
                if (child[slot] < 0) {
                    plain[slot] = beyond;
                } else {
                    plain[slot] = child[slot];
                    fallback[child[slot]] = beyond;
                    queue.add(child[slot]);
                }
            }
        }
        for (int slot = 0; slot < next.length; slot++) {
            int marker = complete[plain[slot]];
            next[slot] = marker < 0 ? plain[slot] : -1 - marker;
        }
    }

    int states() {
        return states;
    }

    /** The next state, or −1 − the number of the marker that byte {@code b} completes. */
    int next(int state, int b) {
        return next[state * 256 + b];
    }
}
