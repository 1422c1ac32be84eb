package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.automaton.State;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The masks of an automaton's states for a vocabulary, each computed when first asked for and kept with the state while there is
 * memory. Safe for use by several threads.
 */
public final class MaskComputer {
    /** Steps of the automaton for one mask; beyond that a grammar is refused as too ambiguous. */
    private static final long MAX_WORK = 5_000_000;

    private final Automaton automaton;
    private final Vocabulary vocabulary;
    private final PlainText plain;
    private final long budget;
    private final AtomicLong kept = new AtomicLong();

    /** @param budget bytes of masks to keep; beyond, the automaton forgets its states and their masks with them */
    public MaskComputer(Automaton automaton, Vocabulary vocabulary, long budget) {
        this.automaton = automaton;
        this.vocabulary = vocabulary;
        this.plain = new PlainText(automaton);
        this.budget = budget;
    }

    /** Writes the tokens with bytes or markers that may come at a state; stop tokens are not among them. */
    public void write(State at, long[] out) {
        mask(at).write(vocabulary, out);
    }

    private Mask mask(State at) {
        if (at.note() instanceof Mask known) {
            return known;
        }
        Mask mask = compute(at);
        if (kept.addAndGet(mask.memory()) > budget) {
            kept.set(mask.memory());
            automaton.forget();
        }
        at.keep(mask);
        return mask;
    }

    private Mask compute(State at) {
        long enough = automaton.work() + MAX_WORK;
        PlainText.Run run = plain.run(at, Vocabulary.SHORT);
        boolean all = run.length() == Vocabulary.SHORT || run.complete();
        TokenSet tokens = new TokenSet(vocabulary.words());
        walk(vocabulary.rest, at, tokens, enough);
        if (!all) {
            walk(vocabulary.plain, at, tokens, enough);
        } else if (!run.complete()) {
            walk(vocabulary.plainLong, at, tokens, enough);
        }
        int[] specials = automaton.specials();
        for (int i = 0; i < specials.length; i++) {
            if (!automaton.next(at, 256 + i).dead()) {
                tokens.add(specials[i]);
            }
        }
        return tokens.mask(!all ? 0 : run.endless() ? Vocabulary.SHORT + 1 : run.length());
    }

    private void walk(TokenTree tree, State from, TokenSet tokens, long enough) {
        byte[] label = tree.label;
        short[] depth = tree.depth;
        State[] path = new State[tree.height + 1];
        path[0] = from;
        int at = 0;
        while (at < label.length) {
            int d = depth[at];
            State next = automaton.next(path[d], label[at] & 0xff);
            if (next.dead()) {
                at = tree.end[at];
                continue;
            }
            path[d + 1] = next;
            int token = tree.token[at];
            for (int same = token; same >= 0; same = vocabulary.twin(same)) {
                tokens.add(same);
            }
            at++;
            if ((at & 0xfff) == 0 && automaton.work() > enough) {
                throw new ConstraintException(
                        "the tokens that may come next cannot be found in reasonable time: make the grammar less ambiguous");
            }
        }
    }

    /** Collects tokens as a list until bits are shorter. */
    private static final class TokenSet {
        private final int words;
        private int[] list = new int[64];
        private int count;
        private long[] bits = {};

        TokenSet(int words) {
            this.words = words;
        }

        void add(int token) {
            if (bits.length > 0) {
                bits[token >>> 6] |= 1L << token;
                return;
            }
            if (count == list.length) {
                if (count >= 2 * words) {
                    toBits();
                    bits[token >>> 6] |= 1L << token;
                    return;
                }
                list = Arrays.copyOf(list, 2 * count);
            }
            list[count++] = token;
        }

        private void toBits() {
            bits = new long[words];
            for (int i = 0; i < count; i++) {
                bits[list[i] >>> 6] |= 1L << list[i];
            }
            count = 0;
        }

        Mask mask(int plain) {
            return new Mask(plain, Arrays.copyOf(list, count), bits);
        }
    }
}
