package dev.jerboa.model.token.split;

import java.util.Arrays;

/** A growing list of ints. One thread. */
public final class IntList {
    private int[] items;
    private int size;

    public IntList(int capacity) {
        items = new int[Math.max(8, capacity)];
    }

    public void add(int value) {
        if (size == items.length) {
            items = Arrays.copyOf(items, Math.addExact(size, (size >> 1) + 8));
        }
        items[size++] = value;
    }

    public void add(int[] values) {
        if (size + values.length > items.length) {
            items = Arrays.copyOf(items, Math.max(Math.addExact(size, values.length), size + (size >> 1)));
        }
        System.arraycopy(values, 0, items, size, values.length);
        size += values.length;
    }

    public int get(int index) {
        return items[index];
    }

    public void set(int index, int value) {
        items[index] = value;
    }

    public int size() {
        return size;
    }

    /** Drops the items from {@code newSize} on. */
    public void truncate(int newSize) {
        size = newSize;
    }

    public void clear() {
        size = 0;
    }

    /** The items from {@code from} on, as an array of their own. */
    public int[] toArray(int from) {
        return Arrays.copyOfRange(items, from, size);
    }
}
