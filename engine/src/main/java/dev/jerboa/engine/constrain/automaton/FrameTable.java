package dev.jerboa.engine.constrain.automaton;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Frames by what they say, so that equal ones are the same. One thread. */
final class FrameTable {
    private @Nullable Frame[] slots = new Frame[256];
    private int size;
    /** Grows over generations, so that a serial number is never used for two frames. */
    private int serial = 1;

    @Nullable
    Frame find(int node, int round, Frame below) {
        int slot = slot(node, round, below);
        for (Frame at = slots[slot]; at != null; at = slots[slot]) {
            if (at.node == node && at.round == round && at.below == below) {
                return at;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return null;
    }

    Frame add(Frame frame) {
        if (2 * (size + 1) > slots.length) {
            @Nullable Frame[] old = slots;
            slots = new Frame[2 * old.length];
            for (Frame one : old) {
                if (one != null) {
                    insert(one);
                }
            }
        }
        insert(frame);
        size++;
        return frame;
    }

    private void insert(Frame frame) {
        int slot = slot(frame.node, frame.round, frame.below);
        while (slots[slot] != null) {
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = frame;
    }

    private int slot(int node, int round, Frame below) {
        int hash = ((node * 31 + round) * 31 + below.serial) * 0x9e3779b9;
        return (hash ^ hash >>> 15) & slots.length - 1;
    }

    int nextSerial() {
        return serial++;
    }

    int size() {
        return size;
    }

    void clear() {
        Arrays.fill(slots, null);
        size = 0;
    }
}
