package dev.jerboa.model.token;

import java.util.Arrays;

/** What one call of encode works in: the symbols of a word, linked, and a heap of pairs. One thread. */
final class Symbols {
    int[] token = new int[64];
    int[] start = new int[65];
    int[] next = new int[0];
    int[] previous = new int[0];
    long[] pair = new long[64];
    double[] score = new double[0];
    private long[] heap = new long[0];
    private int heapSize;

    /** Makes room for {@code n} symbols, for the links too where {@code linked}. */
    void room(int n, boolean linked) {
        if (n > token.length) {
            int capacity = Math.max(n, token.length * 2);
            token = Arrays.copyOf(token, capacity);
            start = Arrays.copyOf(start, capacity + 1);
            pair = Arrays.copyOf(pair, capacity);
        }
        if (linked && n > next.length) {
            next = new int[token.length];
            previous = new int[token.length];
        }
        heapSize = 0;
    }

    void roomForScores(int n) {
        if (n > score.length) {
            score = new double[Math.max(n, score.length * 2)];
        }
    }

    boolean isEmpty() {
        return heapSize == 0;
    }

    void push(long item) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, Math.max(256, heapSize * 2));
        }
        int at = heapSize++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (heap[parent] <= item) {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = item;
    }

    /** Takes the least item out. */
    long pop() {
        long top = heap[0];
        long item = heap[--heapSize];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= heapSize) {
                break;
            }
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= item) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = item;
        return top;
    }
}
