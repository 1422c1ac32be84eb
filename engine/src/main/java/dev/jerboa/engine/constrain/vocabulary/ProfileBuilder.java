package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.automaton.Part;
import dev.jerboa.engine.constrain.automaton.State;
import java.util.Arrays;

/**
 * Finds the profile of a part by a walk over the trees of tokens. Subtrees of which all tokens are of the part's run, or not allowed, are
 * left out. One use, one thread.
 */
final class ProfileBuilder {
    /** More places where a rule is left are not worth to be kept. */
    private static final int MOST_EXITS = 4096;

    private final Automaton automaton;
    private final Vocabulary vocabulary;
    private final Part part;
    private final long enough;
    private final State start;
    private final State afterLoop;
    /** Whether what leaves the rule may go on. */
    private final boolean goesOn;

    private final Run run;
    private final Pairs inside = new Pairs();
    private final Pairs left = new Pairs();
    private final Pairs exits = new Pairs();
    private long[] many = {};
    private boolean direct;
    private int plainTree;
    private State[] path = {};

    ProfileBuilder(Automaton automaton, Vocabulary vocabulary, Part part, long enough) {
        this.automaton = automaton;
        this.vocabulary = vocabulary;
        this.part = part;
        this.enough = enough;
        this.start = automaton.inside(part);
        this.afterLoop = part.inLoop() ? automaton.afterLoop(part) : automaton.dead();
        this.goesOn = !part.isLast();
        this.run = new RunSearch(automaton, afterLoop, part.inLoop(), goesOn).of(start);
    }

    Profile build() {
        for (int rounds : run.rounds()) {
            direct |= rounds < 0;
        }
        specials();
        walk(vocabulary.rest, 0);
        if (!run.plain()) {
            walk(vocabulary.plain, 1);
        } else if (!run.complete()) {
            walk(vocabulary.plainLong, 0);
        }
        if (direct || exits.size > 2 * MOST_EXITS) {
            return Profile.DIRECT;
        }
        return new Profile(false, run, inside.counted(), many, left.counted(), exits.counted());
    }

    private int rounds(State at) {
        int rounds = part.inLoop() ? automaton.rounds(at) : 0;
        direct |= rounds < 0;
        return rounds;
    }

    private void specials() {
        int[] specials = automaton.specials();
        for (int i = 0; i < specials.length; i++) {
            State next = automaton.next(start, 256 + i);
            if (!next.dead()) {
                inside.add(specials[i], rounds(next));
            }
        }
    }

    private void walk(TokenTree tree, int number) {
        plainTree = number;
        path = new State[tree.height + 1];
        boolean[] pure = new boolean[tree.height + 1];
        path[0] = start;
        pure[0] = run.length() > 0;
        int at = 0;
        while (at < tree.label.length && !direct) {
            int d = tree.depth[at];
            int b = tree.label[at] & 0xff;
            State next = automaton.next(path[d], b);
            if (next.dead()) {
                at = tree.end[at];
                continue;
            }
            path[d + 1] = next;
            pure[d + 1] =
                    pure[d] && (run.endless() || d < run.length()) && run.set().has(b);
            int rounds = rounds(next);
            boolean listed = tree.token[at] >= 0 && (run.plain() || !pure[d + 1] || d >= run.longest());
            if (listed) {
                stay(tree.token[at], rounds);
            }
            if (next.accepting()) {
                leave(tree, at, rounds, listed);
            }
            at = pure[d + 1] && skips(tree, at) ? tree.end[at] : at + 1;
            if ((at & 0xff) == 0) {
                MaskComputer.require(automaton.work() < enough);
            }
        }
    }

    /** Whether nothing below a node of the run is to be listed. */
    private boolean skips(TokenTree tree, int at) {
        return tree.longest[at] <= run.longest() && (tree.below[at] & run.others()) == 0;
    }

    /** The rounds, or the rule, may end at a node. */
    private void leave(TokenTree tree, int at, int rounds, boolean listed) {
        if (!part.inLoop()) {
            exit(tree, at, 0);
            return;
        }
        if (listed) {
            addAll(tree.token[at], left, rounds);
        }
        for (int below = at + 1; below < tree.end[at]; ) {
            int d = tree.depth[below];
            State from = d == tree.depth[at] + 1 ? afterLoop : path[d];
            State next = automaton.next(from, tree.label[below] & 0xff);
            if (next.dead()) {
                below = tree.end[below];
                continue;
            }
            path[d + 1] = next;
            if (tree.token[below] >= 0) {
                addAll(tree.token[below], left, rounds);
            }
            if (next.accepting()) {
                exit(tree, below, rounds);
            }
            below++;
        }
        if (afterLoop.accepting()) {
            exit(tree, at, rounds);
        }
    }

    private void exit(TokenTree tree, int at, int rounds) {
        if (goesOn && tree.end[at] > at + 1) {
            exits.add(tree == vocabulary.plainLong ? -1 - at : 2 * at + plainTree, rounds);
            direct |= exits.size > 2 * MOST_EXITS;
        }
    }

    private void stay(int token, int rounds) {
        if (many.length == 0) {
            addAll(token, inside, rounds);
            if (!part.inLoop() && inside.size > 2 * vocabulary.words()) {
                many = new long[vocabulary.words()];
                inside.drain(many);
            }
            return;
        }
        for (int same = token; same >= 0; same = vocabulary.twin(same)) {
            many[same >>> 6] |= 1L << same;
        }
    }

    private void addAll(int token, Pairs to, int rounds) {
        for (int same = token; same >= 0; same = vocabulary.twin(same)) {
            to.add(same, rounds);
        }
    }

    /** Values and their rounds in turns. */
    private static final class Pairs {
        private int[] values = new int[64];
        private int size;

        void add(int value, int rounds) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
            values[size++] = rounds;
        }

        /** Moves the values to a bit each. */
        void drain(long[] bits) {
            for (int i = 0; i < size; i += 2) {
                bits[values[i] >>> 6] |= 1L << values[i];
            }
            size = 0;
        }

        Profile.Counted counted() {
            return Profile.Counted.of(values, size);
        }
    }
}
