package dev.jerboa.engine.constrain.automaton;

import dev.jerboa.engine.constrain.grammar.ConstraintException;
import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * The fewest symbols from every node to the end of its rule, by Knuth's generalisation of Dijkstra's algorithm (1977, Inf. Proc.
 * Letters 6): a call costs the rule's cost and that of what comes after it. A node without a cost can never end. Refuses rules
 * that come back to themselves before they take a symbol, of which an automaton with a stack would never finish the first step.
 */
final class Trimming {
    /** Greater than the cost of any text that could be written; keeps sums from overflowing. */
    private static final long CAP = 1L << 50;

    private final NetworkBuilder net;
    private final long[] cost;
    private int[] dependentStart = new int[0];
    private int[] dependents = new int[0];

    private record Candidate(long cost, int node) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return Long.compare(cost, other.cost);
        }
    }

    Trimming(NetworkBuilder net) {
        this.net = net;
        this.cost = new long[net.nodes()];
        Arrays.fill(cost, Network.NEVER);
        collectDependents();
        settle();
    }

    long[] costs() {
        return cost;
    }

    /** The fewest symbols to the end by way of an edge. */
    long edgeCost(int edge) {
        long after = cost[net.edgeTo.get(edge)];
        if (after == Network.NEVER) {
            return Network.NEVER;
        }
        if (net.edgeLow.get(edge) >= 0) {
            return Math.min(CAP, 1 + after);
        }
        int called = net.called(edge);
        if (called < 0) {
            return after;
        }
        return cost[called] == Network.NEVER ? Network.NEVER : Math.min(CAP, cost[called] + after);
    }

    private long loopCost(int loop) {
        long exit = cost[net.loopExit.get(loop)];
        long least = net.loopLeast.get(loop);
        long body = cost[net.loopBody.get(loop)];
        if (exit == Network.NEVER || (least > 0 && body == Network.NEVER)) {
            return Network.NEVER;
        }
        return least == 0 ? exit : Math.min(CAP, exit + least * Math.min(body, CAP / least));
    }

    private void settle() {
        PriorityQueue<Candidate> queue = new PriorityQueue<>();
        for (int n = 0; n < cost.length; n++) {
            if (net.end.get(n) != 0) {
                queue.add(new Candidate(0, n));
            }
        }
        while (!queue.isEmpty()) {
            Candidate next = queue.remove();
            if (cost[next.node] <= next.cost) {
                continue;
            }
            cost[next.node] = next.cost;
            for (int i = dependentStart[next.node]; i < dependentStart[next.node + 1]; i++) {
                offer(dependents[i], queue);
            }
        }
    }

    /** A dependent is an edge's number, or −1 − a node that is a loop. */
    private void offer(int dependent, PriorityQueue<Candidate> queue) {
        int node = dependent >= 0 ? net.edgeFrom.get(dependent) : -1 - dependent;
        if (cost[node] != Network.NEVER) {
            return;
        }
        long candidate = dependent >= 0 ? edgeCost(dependent) : loopCost(net.loop.get(node));
        if (candidate != Network.NEVER) {
            queue.add(new Candidate(candidate, node));
        }
    }

    private void collectDependents() {
        dependentStart = new int[net.nodes() + 1];
        for (int pass = 0; pass < 2; pass++) {
            for (int e = 0; e < net.edgeTo.size(); e++) {
                depend(net.edgeTo.get(e), e, pass);
                int called = net.called(e);
                if (called >= 0) {
                    depend(called, e, pass);
                }
            }
            for (int n = 0; n < net.nodes(); n++) {
                int loop = net.loop.get(n);
                if (loop >= 0) {
                    depend(net.loopBody.get(loop), -1 - n, pass);
                    depend(net.loopExit.get(loop), -1 - n, pass);
                }
            }
            if (pass == 0) {
                for (int n = 0; n < net.nodes(); n++) {
                    dependentStart[n + 1] += dependentStart[n];
                }
                dependents = new int[dependentStart[net.nodes()]];
            }
        }
    }

    /** First counts, so that {@code dependentStart[n]} is the end of n's part; then fills each part from its end. */
    private void depend(int on, int dependent, int pass) {
        if (pass == 0) {
            dependentStart[on]++;
        } else {
            dependents[--dependentStart[on]] = dependent;
        }
    }

    /** Refuses a network whose start never ends, that is left-recursive, or that repeats the empty text a counted number of times. */
    void require(int start) {
        if (cost[start] == Network.NEVER) {
            throw new ConstraintException("no text satisfies the constraint" + reason());
        }
        for (int n = 0; n < cost.length; n++) {
            int loop = net.loop.get(n);
            if (loop >= 0 && cost[net.loopBody.get(loop)] == 0) {
                throw new ConstraintException("a rule that may be empty is repeated up to " + net.loopMost.get(loop)
                        + " times: make it not empty, or leave the end of the repeat open");
            }
        }
        requireNoLeftRecursion();
    }

    private String reason() {
        StringBuilder why = new StringBuilder();
        int named = 0;
        for (int r = 0; r < net.ruleCount() && named < 3; r++) {
            if (cost[net.ruleStart(r)] == Network.NEVER) {
                why.append(named++ == 0 ? ": nothing can be written for " : ", ")
                        .append(net.ruleName(r));
            }
        }
        if (net.missingByte() >= 0) {
            why.append(String.format(
                    "; the vocabulary has no token for the single byte 0x%02x, which the constraint needs, nor for %d others",
                    net.missingByte(), net.missingBytes() - 1));
        }
        return why + ": widen the constraint, or remove what contradicts it";
    }

    private void requireNoLeftRecursion() {
        int rules = net.ruleCount();
        int[][] first = new int[rules][];
        int[] seen = new int[net.nodes()];
        for (int r = 0; r < rules; r++) {
            first[r] = firstCalls(r, seen);
        }
        byte[] colour = new byte[rules];
        int[] at = new int[rules];
        Ints path = new Ints(64);
        for (int r = 0; r < rules; r++) {
            if (colour[r] == 0) {
                colour[r] = 1;
                path.add(r);
            }
            while (path.size() > 0) {
                int rule = path.get(path.size() - 1);
                if (at[rule] == first[rule].length) {
                    colour[rule] = 2;
                    path.removeLast();
                    continue;
                }
                int next = first[rule][at[rule]++];
                if (colour[next] == 1) {
                    throw new ConstraintException("the rule " + net.ruleName(next)
                            + " begins with itself (left recursion): write it as a repeat, item (separator item)*");
                }
                if (colour[next] == 0) {
                    colour[next] = 1;
                    path.add(next);
                }
            }
        }
    }

    /** The rules that a rule may call before it has taken a symbol. */
    private int[] firstCalls(int rule, int[] seen) {
        Ints work = new Ints(16);
        Ints calls = new Ints(4);
        visit(net.ruleStart(rule), rule + 1, seen, work);
        while (work.size() > 0) {
            int node = work.removeLast();
            for (int e = net.firstEdge.get(node); e >= 0; e = net.nextEdge.get(e)) {
                if (net.edgeLow.get(e) >= 0 || edgeCost(e) == Network.NEVER) {
                    continue;
                }
                int called = net.called(e);
                if (called >= 0) {
                    calls.add(net.calledRule(e));
                }
                if (called < 0 || cost[called] == 0) {
                    visit(net.edgeTo.get(e), rule + 1, seen, work);
                }
            }
            int loop = net.loop.get(node);
            if (loop >= 0) {
                visit(net.loopBody.get(loop), rule + 1, seen, work);
                if (net.loopLeast.get(loop) == 0) {
                    visit(net.loopExit.get(loop), rule + 1, seen, work);
                }
            }
        }
        return calls.toArray();
    }

    private static void visit(int node, int mark, int[] seen, Ints work) {
        if (seen[node] != mark) {
            seen[node] = mark;
            work.add(node);
        }
    }
}
