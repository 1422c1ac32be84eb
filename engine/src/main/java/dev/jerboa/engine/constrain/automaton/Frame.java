package dev.jerboa.engine.constrain.automaton;

/**
 * One place to come back to, on top of others: after a call, or after a round of a counted loop. Interned by the automaton of its
 * generation, so that equal stacks are the same object. Immutable.
 */
final class Frame {
    /** Under all frames: the end of the whole text. */
    static final Frame BOTTOM = new Frame();

    /** Where to go on, or the loop. */
    final int node;
    /** The round of the loop, from 1; 0 of a call. */
    final int round;

    final Frame below;
    final int serial;
    /** The fewest symbols from coming back here to the end of the whole text. */
    final long cost;

    Frame(int node, int round, Frame below, int serial, long cost) {
        this.node = node;
        this.round = round;
        this.below = below;
        this.serial = serial;
        this.cost = cost;
    }

    @SuppressWarnings("NullAway") // nothing is below the bottom, and nothing asks
    private Frame() {
        this.node = -1;
        this.round = 0;
        this.below = this;
        this.serial = 0;
        this.cost = 0;
    }
}
