package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.automaton.State;

/**
 * How many plain characters may come at a state whichever they are: as many as there are states in a row of which each leads to
 * one and the same for every plain character.
 */
final class PlainText {
    private final Automaton automaton;

    PlainText(Automaton automaton) {
        this.automaton = automaton;
    }

    /**
     * What is known about plain characters at a state.
     *
     * @param length any so many may come, counted to a limit
     * @param complete whether that is all: more cannot come, or where {@code endless} any number may
     */
    record Run(int length, boolean complete, boolean endless) {}

    Run run(State from, int enough) {
        State at = from;
        for (int length = 0; length < enough; length++) {
            State next = after(at);
            if (next == at) {
                return new Run(enough, true, true);
            }
            if (next.dead() || next == automaton.mixed()) {
                return new Run(length, next.dead(), false);
            }
            at = next;
        }
        State next = after(at);
        return new Run(enough, next == at || next.dead(), next == at);
    }

    private State after(State at) {
        State known = at.afterPlain();
        if (known == null) {
            known = find(at);
            at.keepAfterPlain(known);
        }
        return known;
    }

    private State find(State at) {
        State target = automaton.next(at, 'a');
        if (!all(at, ' ', '!', target) || !all(at, '#', ';', target) || !all(at, '=', '[', target)) {
            return automaton.mixed();
        }
        boolean same = all(at, ']', '~', target)
                && (target.dead()
                        ? all(at, 0xc2, 0xf4, target)
                        : twoBytes(at, 0xc2, 0xdf, 0x80, 0xbf, target)
                                && leads(at, 0xe0, 0xe0, 0xa0, 0xbf, 1, target)
                                && leads(at, 0xe1, 0xec, 0x80, 0xbf, 1, target)
                                && leads(at, 0xed, 0xed, 0x80, 0x9f, 1, target)
                                && leads(at, 0xee, 0xef, 0x80, 0xbf, 1, target)
                                && leads(at, 0xf0, 0xf0, 0x90, 0xbf, 2, target)
                                && leads(at, 0xf1, 0xf3, 0x80, 0xbf, 2, target)
                                && leads(at, 0xf4, 0xf4, 0x80, 0x8f, 2, target));
        return same ? target : automaton.mixed();
    }

    private boolean all(State at, int first, int last, State target) {
        for (int b = first; b <= last; b++) {
            if (automaton.next(at, b) != target) {
                return false;
            }
        }
        return true;
    }

    private boolean twoBytes(State at, int firstLead, int lastLead, int first, int last, State target) {
        State before = automaton.dead();
        for (int lead = firstLead; lead <= lastLead; lead++) {
            State next = automaton.next(at, lead);
            if (next.dead() || (next != before && !all(next, first, last, target))) {
                return false;
            }
            before = next;
        }
        return true;
    }

    /** Leads, a second byte in a range, then {@code tails} more. */
    private boolean leads(State at, int firstLead, int lastLead, int first, int last, int tails, State target) {
        State before = automaton.dead();
        for (int lead = firstLead; lead <= lastLead; lead++) {
            State next = automaton.next(at, lead);
            if (next == before && !next.dead()) {
                continue;
            }
            boolean same = tails == 1
                    ? twoBytes(next, first, last, 0x80, 0xbf, target)
                    : leads(next, first, last, 0x80, 0xbf, tails - 1, target);
            if (!same) {
                return false;
            }
            before = next;
        }
        return true;
    }
}
