package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.automaton.State;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;

/** Looks for the run of a part: plain characters where any may come, otherwise the ASCII bytes that most lead to the same. One thread. */
final class RunSearch {
    /** Fewer bytes are quickly walked. */
    private static final int LEAST_BYTES = 8;

    private final Automaton automaton;
    private final State afterLoop;
    private final boolean inLoop;
    private final boolean goesOn;
    private final PlainText plain;

    /**
     * @param afterLoop what comes after the part's loop
     * @param goesOn whether more may come after its rule
     */
    RunSearch(Automaton automaton, State afterLoop, boolean inLoop, boolean goesOn) {
        this.automaton = automaton;
        this.afterLoop = afterLoop;
        this.inLoop = inLoop;
        this.goesOn = goesOn;
        this.plain = new PlainText(automaton);
    }

    Run of(State start) {
        PlainText.Run text = plain.run(start, Vocabulary.SHORT);
        if (text.length() == Vocabulary.SHORT || text.complete()) {
            State[] states = states(start, 'a', text.length());
            long others = others(states, ByteSet.PLAIN);
            if (others != Run.ANYTHING && !takesPlain(states)) {
                return run(true, ByteSet.PLAIN, states, text.endless(), text.complete(), others);
            }
        }
        ByteSet set = together(start);
        if (set.size() < LEAST_BYTES) {
            return Run.NONE;
        }
        return of(start, set);
    }

    private State[] states(State start, int b, int length) {
        State[] states = new State[length + 1];
        states[0] = start;
        for (int i = 0; i < length; i++) {
            states[i + 1] = automaton.next(states[i], b);
        }
        return states;
    }

    /** Whether plain text may come after the loop, which tokens of the run would then go on with. */
    private boolean takesPlain(State[] states) {
        boolean leaves = false;
        for (int i = 1; i < states.length; i++) {
            leaves |= states[i].accepting();
        }
        if (!inLoop || !leaves) {
            return false;
        }
        long alive = alive(afterLoop, new ByteSet(0, 0));
        return (alive & (ByteSet.PLAIN.traits() | ByteSet.trait(0x80) | ByteSet.trait(0xff))) != 0;
    }

    /** The bytes that lead to where most do. */
    private ByteSet together(State from) {
        Map<State, ByteSet> targets = new IdentityHashMap<>();
        ByteSet most = new ByteSet(0, 0);
        for (int b = 0; b < 128; b++) {
            State next = automaton.next(from, b);
            if (!next.dead()) {
                ByteSet set = targets.getOrDefault(next, new ByteSet(0, 0)).with(b);
                targets.put(next, set);
                most = set.size() > most.size() ? set : most;
            }
        }
        return most;
    }

    private Run of(State start, ByteSet set) {
        State[] states = new State[Vocabulary.SHORT + 1];
        states[0] = start;
        int length = 0;
        boolean endless = false;
        while (length < Vocabulary.SHORT && !endless) {
            State next = target(states[length], set);
            if (next == automaton.mixed() || next.dead()) {
                break;
            }
            endless = next == states[length];
            states[++length] = next;
        }
        State[] way = Arrays.copyOf(states, length + 1);
        return run(false, set, way, endless, false, others(way, set));
    }

    private Run run(boolean plain, ByteSet set, State[] way, boolean endless, boolean complete, long others) {
        int[] rounds = new int[way.length];
        boolean[] leaves = new boolean[way.length];
        for (int i = 0; i < way.length; i++) {
            rounds[i] = inLoop ? automaton.rounds(way[i]) : 0;
            leaves[i] = way[i].accepting();
        }
        return new Run(plain, set, way.length - 1, endless, complete, rounds, leaves, others);
    }

    private State target(State from, ByteSet set) {
        State target = automaton.mixed();
        for (int b = 0; b < 128; b++) {
            if (set.has(b)) {
                State next = automaton.next(from, b);
                if (target != automaton.mixed() && next != target) {
                    return automaton.mixed();
                }
                target = next;
            }
        }
        return target;
    }

    /** Traits of the bytes outside of a set that may come on a way, or where it is left; anything where a rule is left that goes on. */
    private long others(State[] way, ByteSet set) {
        long others = 0;
        boolean leaves = false;
        for (int i = 0; i < way.length; i++) {
            leaves |= i > 0 && way[i].accepting();
            others |= alive(way[i], set);
        }
        if (leaves && inLoop) {
            others |= alive(afterLoop, new ByteSet(0, 0));
        }
        boolean ends = leaves && (!inLoop || afterLoop.accepting());
        return ends && goesOn ? Run.ANYTHING : others;
    }

    private long alive(State at, ByteSet but) {
        long traits = 0;
        for (int b = 0; b < 256; b++) {
            long trait = ByteSet.trait(b);
            if ((traits & trait) == 0 && !but.has(b) && !automaton.next(at, b).dead()) {
                traits |= trait;
            }
        }
        return traits;
    }
}
