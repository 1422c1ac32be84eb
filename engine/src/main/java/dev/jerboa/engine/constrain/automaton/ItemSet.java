package dev.jerboa.engine.constrain.automaton;

import java.util.Arrays;

/** Nodes with stacks, each pair once, in the order in which they were added. One thread. */
final class ItemSet {
    private int[] nodes = new int[64];
    private Frame[] frames = new Frame[64];
    /** Places + 1 by hash; 0 is free. */
    private int[] slots = new int[256];

    private int size;

    int size() {
        return size;
    }

    int node(int at) {
        return nodes[at];
    }

    Frame frame(int at) {
        return frames[at];
    }

    int[] nodes() {
        return Arrays.copyOf(nodes, size);
    }

    Frame[] frames() {
        return Arrays.copyOf(frames, size);
    }

    boolean add(int node, Frame frame) {
        int slot = slot(node, frame);
        while (slots[slot] != 0) {
            int at = slots[slot] - 1;
            if (nodes[at] == node && frames[at] == frame) {
                return false;
            }
            slot = slot + 1 & slots.length - 1;
        }
        if (size == nodes.length) {
            grow();
            slot = slot(node, frame);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
        }
        nodes[size] = node;
        frames[size] = frame;
        slots[slot] = ++size;
        return true;
    }

    private int slot(int node, Frame frame) {
        int hash = (node * 31 + frame.serial) * 0x9e3779b9;
        return hash >>> 8 & slots.length - 1;
    }

    private void grow() {
        nodes = Arrays.copyOf(nodes, 2 * size);
        frames = Arrays.copyOf(frames, 2 * size);
        slots = new int[4 * nodes.length];
        for (int i = 0; i < size; i++) {
            int slot = slot(nodes[i], frames[i]);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = i + 1;
        }
    }

    /** By node, then by stack; the set cannot be added to before it is cleared. */
    void sort() {
        for (int i = 1; i < size && size <= 16; i++) {
            insert(i);
        }
        if (size > 16) {
            sortMany();
        }
    }

    private void insert(int from) {
        int node = nodes[from];
        Frame frame = frames[from];
        int at = from;
        while (at > 0 && (nodes[at - 1] > node || (nodes[at - 1] == node && frames[at - 1].serial > frame.serial))) {
            nodes[at] = nodes[at - 1];
            frames[at] = frames[at - 1];
            at--;
        }
        nodes[at] = node;
        frames[at] = frame;
    }

    private void sortMany() {
        long[] keys = new long[size];
        int[] oldNodes = nodes();
        Frame[] oldFrames = frames();
        for (int i = 0; i < size; i++) {
            keys[i] = (long) nodes[i] << 32 | frames[i].serial;
        }
        Arrays.sort(keys);
        for (int i = 0; i < size; i++) {
            int at = Arrays.binarySearch(keys, (long) oldNodes[i] << 32 | oldFrames[i].serial);
            nodes[at] = oldNodes[i];
            frames[at] = oldFrames[i];
        }
    }

    void clear() {
        if (size > slots.length / 8) {
            Arrays.fill(slots, 0);
        } else {
            for (int i = 0; i < size; i++) {
                clearAround(nodes[i], frames[i]);
            }
        }
        Arrays.fill(frames, 0, size, Frame.BOTTOM);
        size = 0;
    }

    /** Every entry of the table lies in the run of full slots that its hash begins. */
    private void clearAround(int node, Frame frame) {
        for (int slot = slot(node, frame); slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            slots[slot] = 0;
        }
    }
}
