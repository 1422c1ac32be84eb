package dev.jerboa.engine.constrain.automaton;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A position in a text: every node that the text so far may have led to, each with the stack it got there with. Its transitions
 * are filled in by the automaton. Safe for use by several threads.
 */
public final class State {
    /** From which no text goes on. */
    static final State DEAD = new State(new Items(new int[0], new Frame[0], false), 0, 0);

    /** Stands for several states, where one was asked for. */
    static final State MIXED = new State(new Items(new int[0], new Frame[0], false), 0, 0);

    final Items items;
    final int generation;
    /** By class of symbol; null where it is not known yet. Written under the automaton's lock, read without. */
    final @Nullable State[] next;

    /** What the owner of masks keeps here; immutable objects only. */
    private @Nullable Object note;

    /** Where any one plain character leads, whichever it is; mixed where that differs; null where it is not known yet. */
    private @Nullable State afterPlain;

    /** Nodes with edges, each with its stack, in order; and whether the text may end here. Written to by nobody. */
    @SuppressWarnings("ArrayRecordComponent")
    record Items(int[] nodes, Frame[] frames, boolean accepting) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Items items
                    && accepting == items.accepting
                    && Arrays.equals(nodes, items.nodes)
                    && same(frames, items.frames);
        }

        private static boolean same(Frame[] a, Frame[] b) {
            for (int i = 0; i < a.length; i++) {
                if (a[i] != b[i]) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public int hashCode() {
            int hash = accepting ? 1 : 0;
            for (int i = 0; i < nodes.length; i++) {
                hash = (hash * 31 + nodes[i]) * 31 + frames[i].serial;
            }
            return hash ^ hash >>> 15;
        }

        @Override
        public String toString() {
            return Arrays.toString(nodes) + (accepting ? "." : "");
        }
    }

    State(Items items, int generation, int classes) {
        this.items = items;
        this.generation = generation;
        this.next = new State[classes];
    }

    /** Whether the text may end here. */
    public boolean accepting() {
        return items.accepting;
    }

    /** Whether nothing more can come. */
    public boolean finished() {
        return items.nodes.length == 0;
    }

    /** Whether no text leads here. */
    public boolean dead() {
        return this == DEAD;
    }

    /** Where any plain character leads, {@link Automaton#mixed} where that differs, or null where it is not known yet. */
    public @Nullable State afterPlain() {
        return afterPlain;
    }

    public void keepAfterPlain(State state) {
        afterPlain = state;
    }

    public @Nullable Object note() {
        return note;
    }

    public void keep(Object immutable) {
        note = immutable;
    }
}
