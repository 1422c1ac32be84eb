package dev.jerboa.engine.constrain.automaton;

import dev.jerboa.engine.constrain.grammar.Expression;

/**
 * A pushdown automaton in arrays: nodes joined by edges that take a symbol and moves that take none. Symbols are the bytes 0 to
 * 255, then the special tokens of the grammar's markers. A rule is a part of the network from its start to a node that ends it;
 * a call goes to the start and comes back at the end, so does each round of a counted loop. Immutable.
 */
final class Network {
    /** Of a node that is no loop. */
    static final int NO_LOOP = -1;

    /** No cost: an end cannot be reached. */
    static final long NEVER = Long.MAX_VALUE;

    final int start;
    /** The edges of node n are those from {@code edgeStart[n]} to before {@code edgeStart[n + 1]}. */
    final int[] edgeStart;

    final short[] edgeLow;
    final short[] edgeHigh;
    final int[] edgeTo;
    /** The moves of node n, likewise. */
    final int[] moveStart;
    /** The start of the rule that is called, or −1 where the move calls none. */
    final int[] moveCall;

    final int[] moveTo;
    final boolean[] end;
    /** Whether nothing but the end of its rule can follow: a call that returns here needs no frame. */
    final boolean[] endOnly;
    /** The number of the loop that a node is, or {@link #NO_LOOP}. */
    final int[] loop;

    final int[] loopLeast;
    final int[] loopMost;
    final int[] loopBody;
    final int[] loopExit;
    /** For each loop the node of its open twin, which is in no text's way: see {@link Part}. */
    final int[] twins;

    /** The fewest symbols from a node to the end of its rule. */
    final long[] cost;
    /** The class of a symbol: symbols of one class lead to the same everywhere. */
    final short[] classes;

    final int classCount;
    /** A symbol of each class. */
    final int[] representatives;
    /** The special token of symbol 256 + i. */
    final int[] specials;

    Network(NetworkBuilder from, Trimming trimming, int start) {
        int nodes = from.nodes();
        this.start = start;
        this.cost = trimming.costs();
        this.end = new boolean[nodes];
        this.endOnly = new boolean[nodes];
        this.loop = new int[nodes];
        this.loopLeast = from.loopLeast.toArray();
        this.loopMost = from.loopMost.toArray();
        this.loopBody = from.loopBody.toArray();
        this.loopExit = from.loopExit.toArray();
        this.twins = from.twins.toArray();
        this.specials = from.specials.toArray();
        this.edgeStart = new int[nodes + 1];
        this.moveStart = new int[nodes + 1];
        Ints low = new Ints(1024);
        Ints high = new Ints(1024);
        Ints to = new Ints(1024);
        Ints calls = new Ints(1024);
        Ints returns = new Ints(1024);
        for (int n = 0; n < nodes; n++) {
            edgeStart[n] = to.size();
            moveStart[n] = returns.size();
            for (int e = from.firstEdge.get(n); e >= 0; e = from.nextEdge.get(e)) {
                if (trimming.edgeCost(e) == NEVER) {
                    continue;
                }
                if (from.edgeLow.get(e) >= 0) {
                    low.add(from.edgeLow.get(e));
                    high.add(from.edgeHigh.get(e));
                    to.add(from.edgeTo.get(e));
                } else {
                    calls.add(from.called(e));
                    returns.add(from.edgeTo.get(e));
                }
            }
            end[n] = from.end.get(n) != 0;
            loop[n] = from.loop.get(n);
        }
        edgeStart[nodes] = to.size();
        moveStart[nodes] = returns.size();
        this.edgeLow = shorts(low);
        this.edgeHigh = shorts(high);
        this.edgeTo = to.toArray();
        this.moveCall = calls.toArray();
        this.moveTo = returns.toArray();
        for (int n = 0; n < nodes; n++) {
            endOnly[n] = end[n]
                    && loop[n] == NO_LOOP
                    && edgeStart[n] == edgeStart[n + 1]
                    && moveStart[n] == moveStart[n + 1];
        }
        this.classes = new short[256 + specials.length];
        this.classCount = classify();
        this.representatives = new int[classCount];
        for (int s = classes.length - 1; s >= 0; s--) {
            representatives[classes[s]] = s;
        }
    }

    /** The network of an expression; refuses one that no text satisfies, or that is left-recursive, or beyond the limits. */
    static Network of(Expression root, Alphabet alphabet) {
        NetworkBuilder builder = new NetworkBuilder(alphabet);
        int start = builder.build(root);
        Trimming trimming = new Trimming(builder);
        trimming.require(start);
        return new Network(builder, trimming, start);
    }

    /** The fewest symbols of a round of a loop. */
    long roundCost(int loopNode) {
        return cost[loopBody[loop[loopNode]]];
    }

    private static short[] shorts(Ints from) {
        short[] values = new short[from.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (short) from.get(i);
        }
        return values;
    }

    /** Symbols between two boundaries of edges are one class. */
    private int classify() {
        boolean[] begins = new boolean[classes.length + 1];
        for (int e = 0; e < edgeTo.length; e++) {
            begins[edgeLow[e]] = true;
            begins[edgeHigh[e] + 1] = true;
        }
        int next = 0;
        for (int s = 1; s < classes.length; s++) {
            if (begins[s]) {
                next++;
            }
            classes[s] = (short) next;
        }
        return next + 1;
    }
}
