package dev.jerboa.engine.constrain.automaton;

import java.util.Arrays;

/**
 * The nodes of a state that have the same stack. What can come there up to the end of the rule, or of the rounds of the counted loop,
 * that the nodes are in does not depend on the rest of the stack, nor on the round: parts of the same {@link Top} have that in common.
 * Immutable.
 */
public final class Part {
    final Frame stack;
    private final Top top;

    /** What parts have in common of which all is alike but the stack under the rule, or the loop, and its round. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Top(int[] nodes, int loop, boolean last) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Top top && loop == top.loop && last == top.last && Arrays.equals(nodes, top.nodes);
        }

        @Override
        public int hashCode() {
            return (Arrays.hashCode(nodes) * 31 + loop) * 31 + (last ? 1 : 0);
        }
    }

    /** @param loop the node of the loop on top of the stack, or {@link Network#NO_LOOP} */
    Part(int[] nodes, int loop, Frame stack) {
        this.stack = stack;
        this.top = new Top(nodes, loop, under(stack) == Frame.BOTTOM);
    }

    /** The stack without the loop on top of it. */
    static Frame under(Frame stack) {
        return stack.round > 0 ? stack.below : stack;
    }

    int[] nodes() {
        return top.nodes;
    }

    public Top top() {
        return top;
    }

    /** Whether the nodes are in a round of a counted loop. */
    public boolean inLoop() {
        return stack.round > 0;
    }

    /** The number of the round, from 1; not counted beyond the least where there is no most. */
    public int round() {
        return stack.round;
    }

    /** Whether after the rule, or the loop and its rule, the whole text ends. */
    public boolean isLast() {
        return top.last;
    }
}
