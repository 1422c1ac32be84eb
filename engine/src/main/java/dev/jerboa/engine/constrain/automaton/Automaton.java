package dev.jerboa.engine.constrain.automaton;

import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A network made deterministic as texts lead through it. States are shared by all who follow the same automaton; where they
 * become too many, all are forgotten, and those in use are taken up again when they are next asked for something new. Safe for use
 * by several threads; transitions that are known are read without a lock.
 */
public final class Automaton {
    private static final int MAX_STATES = 8192;
    private static final int MAX_FRAMES = 200_000;
    private static final long MAX_ITEMS = 1_000_000;

    /** The most places that a text may be at at the same time. */
    private static final int MAX_AMBIGUITY = 4096;

    private final Network net;
    private final short[] classes;
    private final Map<State.Items, State> states = new HashMap<>();
    private final FrameTable frames = new FrameTable();
    private final ItemSet seen = new ItemSet();
    private final ItemSet found = new ItemSet();
    private long items;
    private int generation;
    private long work;
    private boolean accepting;
    private int maxFrames = MAX_FRAMES;
    private volatile State start;

    private Automaton(Network net) {
        this.net = net;
        this.classes = net.classes;
        enter(net.start, Frame.BOTTOM);
        this.start = close();
    }

    /**
     * The automaton of an expression.
     *
     * @throws ConstraintException where no text satisfies the expression, it is left-recursive, or it is beyond the limits; where
     *     the alphabet lacks what the expression needs
     */
    public static Automaton of(Expression root, Alphabet alphabet) {
        return new Automaton(Network.of(root, alphabet));
    }

    /** Before any text. */
    public State start() {
        return start;
    }

    /** From which no text goes on. */
    public State dead() {
        return State.DEAD;
    }

    /** Stands for several states, where one was asked for; never part of a text's way. */
    public State mixed() {
        return State.MIXED;
    }

    /** After one more byte, 0 to 255, or special token, 256 + its place among {@link #specials}; maybe dead. */
    public State next(State from, int symbol) {
        if (from == State.DEAD) {
            return from;
        }
        int of = classes[symbol];
        State known = from.next[of];
        return known != null ? known : compute(from, of);
    }

    /** After the bytes of a text; maybe dead. */
    public State next(State from, byte[] text) {
        State at = from;
        for (byte b : text) {
            at = next(at, b & 0xff);
        }
        return at;
    }

    /** The special tokens of the grammar's markers. Not to be written to. */
    public int[] specials() {
        return net.specials;
    }

    /** Whether a text is one of the language. */
    public boolean matches(byte[] text) {
        State end = next(start, text);
        return !end.dead() && end.accepting();
    }

    /** Steps of computation so far, for those who bound their own. */
    public synchronized long work() {
        return work;
    }

    /** The only symbol that can come, or −1 where there are several or the text may end. */
    public int forced(State at) {
        if (at.accepting() || at.dead()) {
            return -1;
        }
        int only = -1;
        for (int s = 0; s < classes.length; s++) {
            if (!next(at, s).dead()) {
                if (only >= 0) {
                    return -1;
                }
                only = s;
            }
        }
        return only;
    }

    /** A symbol that begins one of the shortest ends of the text, or −1 where the text may end. */
    public int towardsEnd(State at) {
        if (at.accepting()) {
            return -1;
        }
        long best = Long.MAX_VALUE;
        int symbol = -1;
        for (int i = 0; i < at.items.nodes().length; i++) {
            int node = at.items.nodes()[i];
            for (int e = net.edgeStart[node]; e < net.edgeStart[node + 1]; e++) {
                long cost = net.cost[net.edgeTo[e]] + at.items.frames()[i].cost;
                if (cost < best) {
                    best = cost;
                    symbol = net.edgeLow[e];
                }
            }
        }
        return symbol;
    }

    /** A state as parts, of which it is the union. */
    public List<Part> parts(State at) {
        int[] nodes = at.items.nodes();
        Frame[] stacks = at.items.frames();
        List<Part> parts = new ArrayList<>(4);
        BitSet taken = new BitSet();
        for (int i = 0; i < nodes.length; i++) {
            if (taken.get(i)) {
                continue;
            }
            int[] same = new int[nodes.length - i];
            int count = 0;
            for (int k = i; k < nodes.length; k++) {
                if (stacks[k] == stacks[i]) {
                    taken.set(k);
                    same[count++] = nodes[k];
                }
            }
            int loop = stacks[i].round > 0 ? stacks[i].node : Network.NO_LOOP;
            parts.add(new Part(Arrays.copyOf(same, count), loop, stacks[i]));
        }
        return parts;
    }

    /** What a part has in common with those of other automata; empty where that is not known. */
    public Shape shape(Part part) {
        return new Shape.Reader(net).of(part);
    }

    /** A part alone, with its stack. */
    public synchronized State whole(Part part) {
        return stateOf(part, adopt(part.stack));
    }

    /** A part alone, without its stack: it accepts where its rule ends, or where a round does, of which {@link #rounds} tells the number. */
    public synchronized State inside(Part part) {
        return stateOf(
                part, part.inLoop() ? frame(net.twins[net.loop[part.stack.node]], 1, Frame.BOTTOM) : Frame.BOTTOM);
    }

    private State stateOf(Part part, Frame stack) {
        found.clear();
        for (int node : part.nodes()) {
            found.add(node, stack);
        }
        return intern(false);
    }

    /** After the rounds of a part's loop, without the stack; accepts where the rule ends. */
    public synchronized State afterLoop(Part part) {
        int exit = net.loopExit[net.loop[part.stack.node]];
        if (net.cost[exit] == Network.NEVER) {
            return State.DEAD;
        }
        enter(exit, Frame.BOTTOM);
        return close();
    }

    /** After the rule that a part is in, or its loop is in. */
    public synchronized State after(Part part) {
        Frame under = Part.under(part.stack);
        if (under == Frame.BOTTOM) {
            return State.DEAD;
        }
        leave(adopt(under));
        return close();
    }

    /** How many rounds are complete at a state that {@link #inside} of a part in a loop led to, or −1 where that is ambiguous. */
    public int rounds(State at) {
        int rounds = -1;
        for (Frame frame : at.items.frames()) {
            Frame lowest = frame;
            while (lowest.below != Frame.BOTTOM) {
                lowest = lowest.below;
            }
            if (rounds >= 0 && lowest.round - 1 != rounds) {
                return -1;
            }
            rounds = lowest.round - 1;
        }
        return rounds;
    }

    /** The fewest rounds of a part's loop. */
    public int leastRounds(Part part) {
        return net.loopLeast[net.loop[part.stack.node]];
    }

    /** The most rounds of a part's loop, or {@link Expression.Repeat#UNBOUNDED}. */
    public int mostRounds(Part part) {
        return net.loopMost[net.loop[part.stack.node]];
    }

    private synchronized State compute(State from, int symbolClass) {
        State at = from.generation == generation ? from : adopt(from);
        State known = at.next[symbolClass];
        if (known != null) {
            return known;
        }
        int[] nodes = at.items.nodes();
        int symbol = net.representatives[symbolClass];
        for (int i = 0; i < nodes.length; i++) {
            int node = nodes[i];
            for (int e = net.edgeStart[node]; e < net.edgeStart[node + 1]; e++) {
                if (net.edgeLow[e] <= symbol && symbol <= net.edgeHigh[e]) {
                    enter(net.edgeTo[e], at.items.frames()[i]);
                }
            }
            work += 1 + net.edgeStart[node + 1] - net.edgeStart[node];
        }
        State next = close();
        if (at.generation == generation) {
            at.next[symbolClass] = next;
        }
        return next;
    }

    /** A state of an earlier generation, made of frames of this one. */
    private State adopt(State old) {
        Frame[] stacks = new Frame[old.items.frames().length];
        for (int i = 0; i < stacks.length; i++) {
            stacks[i] = adopt(old.items.frames()[i]);
        }
        found.clear();
        for (int i = 0; i < stacks.length; i++) {
            found.add(old.items.nodes()[i], stacks[i]);
        }
        return intern(old.items.accepting());
    }

    private Frame adopt(Frame old) {
        int depth = 0;
        for (Frame f = old; f != Frame.BOTTOM; f = f.below) {
            depth++;
        }
        Frame[] chain = new Frame[depth];
        int at = depth;
        for (Frame f = old; f != Frame.BOTTOM; f = f.below) {
            chain[--at] = f;
        }
        Frame top = Frame.BOTTOM;
        for (Frame f : chain) {
            top = frame(f.node, f.round, top);
        }
        return top;
    }

    private void enter(int node, Frame stack) {
        if (seen.add(node, stack) && seen.size() > 4 * MAX_AMBIGUITY) {
            throw tooAmbiguous();
        }
    }

    private ConstraintException tooAmbiguous() {
        seen.clear();
        found.clear();
        accepting = false;
        return new ConstraintException("the text can be read in more than " + MAX_AMBIGUITY
                + " ways at the same time: make the grammar less ambiguous");
    }

    /** The state of all that was entered, after all moves. */
    private State close() {
        for (int i = 0; i < seen.size(); i++) {
            int node = seen.node(i);
            Frame stack = seen.frame(i);
            work++;
            if (net.edgeStart[node] < net.edgeStart[node + 1]) {
                if (found.size() == MAX_AMBIGUITY) {
                    throw tooAmbiguous();
                }
                found.add(node, stack);
            }
            if (net.end[node]) {
                leave(stack);
            }
            if (net.loop[node] != Network.NO_LOOP) {
                round(node, 0, stack);
            }
            for (int m = net.moveStart[node]; m < net.moveStart[node + 1]; m++) {
                int to = net.moveTo[m];
                if (net.moveCall[m] < 0) {
                    enter(to, stack);
                } else {
                    enter(net.moveCall[m], net.endOnly[to] ? stack : frame(to, 0, stack));
                }
            }
        }
        seen.clear();
        boolean ends = accepting;
        accepting = false;
        return intern(ends);
    }

    /** The rule or round on top of the stack is complete. */
    private void leave(Frame stack) {
        if (stack == Frame.BOTTOM) {
            accepting = true;
        } else if (stack.round > 0) {
            round(stack.node, stack.round, stack.below);
        } else {
            enter(stack.node, stack.below);
        }
    }

    /** So many rounds of a loop are complete: it may be left, or begin another. Beyond the least, rounds without a most are not counted. */
    private void round(int node, int complete, Frame stack) {
        int loop = net.loop[node];
        int least = net.loopLeast[loop];
        int most = net.loopMost[loop];
        if (complete >= least && net.cost[net.loopExit[loop]] != Network.NEVER) {
            enter(net.loopExit[loop], stack);
        }
        if (complete < most && net.roundCost(node) != Network.NEVER) {
            int next = complete + 1;
            if (most == Expression.Repeat.UNBOUNDED) {
                next = Math.min(next, Math.max(1, least));
            }
            enter(net.loopBody[loop], frame(node, next, stack));
        }
    }

    private Frame frame(int node, int round, Frame below) {
        Frame known = frames.find(node, round, below);
        if (known != null) {
            return known;
        }
        long cost = below.cost;
        if (round == 0) {
            cost += net.cost[node];
        } else {
            int loop = net.loop[node];
            long left = Math.max(0, net.loopLeast[loop] - (long) round);
            cost += net.cost[net.loopExit[loop]] + left * Math.min(net.roundCost(node), 1L << 40);
        }
        return frames.add(new Frame(node, round, below, frames.nextSerial(), Math.min(cost, 1L << 60)));
    }

    /** The state of what was found. */
    private State intern(boolean ends) {
        if (found.size() == 0 && !ends) {
            return State.DEAD;
        }
        found.sort();
        State.Items key = new State.Items(found.nodes(), found.frames(), ends);
        found.clear();
        State known = states.get(key);
        if (known != null) {
            return known;
        }
        if (states.size() >= MAX_STATES || frames.size() >= maxFrames || items > MAX_ITEMS) {
            return renew(key);
        }
        return add(key);
    }

    private State add(State.Items key) {
        items += key.nodes().length;
        State fresh = new State(key, generation, net.classCount);
        states.put(key, fresh);
        return fresh;
    }

    private State renew(State.Items key) {
        forget();
        maxFrames = Integer.MAX_VALUE;
        State kept = adopt(new State(key, generation - 1, 0));
        maxFrames = Math.max(MAX_FRAMES, 2 * frames.size());
        return kept;
    }

    /** Lets go of all states and what is kept with them. Those in use stay good. */
    public synchronized void forget() {
        states.clear();
        frames.clear();
        items = 0;
        generation++;
        start = adopt(start);
    }

    /** How many states are known. */
    public synchronized int size() {
        return states.size();
    }

    @Override
    public String toString() {
        return "automaton of " + net.end.length + " nodes, " + net.classCount + " classes";
    }
}
