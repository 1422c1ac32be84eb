package dev.jerboa.engine.constrain.automaton;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The nodes that a part can come to without its stack, as numbers in the order in which they are found: parts of the same shape, of
 * whichever automata, go on alike. Immutable.
 */
@SuppressWarnings("ArrayRecordComponent")
public record Shape(int[] numbers) {
    /** Parts that can come to more nodes have shapes of their own only. */
    private static final int MOST_NODES = 300;

    /** Whether it says nothing. */
    public boolean isEmpty() {
        return numbers.length == 0;
    }

    /** Bytes, roughly. */
    public int memory() {
        return 32 + 4 * numbers.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(numbers, shape.numbers);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(numbers);
    }

    /** Walks the network from a part. One use. */
    static final class Reader {
        private final Network net;
        private final Map<Integer, Integer> known = new HashMap<>();
        private final Ints order = new Ints(64);
        private final Ints out = new Ints(256);
        private boolean tooLarge;

        Reader(Network net) {
            this.net = net;
        }

        /** An empty shape where it would be too large, or has special tokens, which are numbered by grammar. */
        Shape of(Part part) {
            out.add(part.isLast() ? 1 : 0);
            out.add(part.nodes().length);
            for (int node : part.nodes()) {
                out.add(number(node));
            }
            out.add(part.inLoop() ? number(net.twins[net.loop[part.stack.node]]) : -1);
            out.add(part.inLoop() ? exit(net.loopExit[net.loop[part.stack.node]]) : -1);
            for (int i = 0; i < order.size() && !tooLarge; i++) {
                read(order.get(i));
            }
            return new Shape(tooLarge ? new int[0] : out.toArray());
        }

        private int exit(int node) {
            return net.cost[node] == Network.NEVER ? -1 : number(node);
        }

        private int number(int node) {
            Integer number = known.get(node);
            if (number == null) {
                number = known.size();
                known.put(node, number);
                order.add(node);
                tooLarge |= number > MOST_NODES;
            }
            return number;
        }

        private void read(int node) {
            out.add(-2);
            out.add(net.end[node] ? 1 : 0);
            for (int e = net.edgeStart[node]; e < net.edgeStart[node + 1]; e++) {
                tooLarge |= net.edgeHigh[e] > 255;
                out.add(net.edgeLow[e] << 8 | net.edgeHigh[e]);
                out.add(number(net.edgeTo[e]));
            }
            out.add(-3);
            for (int m = net.moveStart[node]; m < net.moveStart[node + 1]; m++) {
                out.add(net.moveCall[m] < 0 ? -1 : number(net.moveCall[m]));
                out.add(number(net.moveTo[m]));
            }
            int loop = net.loop[node];
            if (loop != Network.NO_LOOP) {
                out.add(-4);
                out.add(net.loopLeast[loop]);
                out.add(net.loopMost[loop]);
                out.add(net.roundCost(node) == Network.NEVER ? -1 : number(net.loopBody[loop]));
                out.add(exit(net.loopExit[loop]));
            }
        }
    }
}
