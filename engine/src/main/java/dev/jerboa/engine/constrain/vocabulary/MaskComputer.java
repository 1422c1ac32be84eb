package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.automaton.Part;
import dev.jerboa.engine.constrain.automaton.Shape;
import dev.jerboa.engine.constrain.automaton.State;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression.Repeat;
import dev.jerboa.engine.constrain.vocabulary.Profile.Counted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The masks of an automaton's states for a vocabulary, each computed when first asked for and kept with the state while there is
 * memory. A state's mask is made of the profiles of its parts, which all states share that differ only in what is further down on the
 * stack, or in the round of a loop, and of the tokens that go on after a part's rule. Safe for use by several threads.
 */
public final class MaskComputer {
    /** Steps of the automaton for one mask; beyond that a grammar is refused as too ambiguous. */
    private static final long MAX_WORK = 5_000_000;

    private final Automaton automaton;
    private final Vocabulary vocabulary;
    private final PlainText plain;
    private final long budget;
    private final AtomicLong kept = new AtomicLong();
    private final AtomicLong keptProfiles = new AtomicLong();
    private final Map<Part.Top, Profile> profiles = new ConcurrentHashMap<>();

    /** @param budget bytes of masks to keep; beyond, the automaton forgets its states and their masks with them; as much for profiles */
    public MaskComputer(Automaton automaton, Vocabulary vocabulary, long budget) {
        this.automaton = automaton;
        this.vocabulary = vocabulary;
        this.plain = new PlainText(automaton);
        this.budget = budget;
    }

    /** Writes the tokens with bytes or markers that may come at a state; stop tokens are not among them. */
    public void write(State at, long[] out) {
        mask(at).write(out);
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

    static void require(boolean possible) {
        if (!possible) {
            throw new ConstraintException(
                    "the tokens that may come next cannot be found in reasonable time: make the grammar less ambiguous");
        }
    }

    private Mask compute(State at) {
        long enough = automaton.work() + MAX_WORK;
        TokenSet tokens = new TokenSet(vocabulary.words());
        for (Part part : automaton.parts(at)) {
            Profile profile = profile(part, enough);
            if (profile.direct()) {
                walk(automaton.whole(part), tokens, enough);
            } else {
                add(part, profile, tokens);
            }
        }
        return tokens.mask();
    }

    private Profile profile(Part part, long enough) {
        Profile known = profiles.get(part.top());
        if (known != null) {
            return known;
        }
        Shape shape = automaton.shape(part);
        Profile found = shape.isEmpty() ? null : vocabulary.profile(shape);
        if (found == null) {
            found = new ProfileBuilder(automaton, vocabulary, part, enough).build();
            if (!shape.isEmpty()) {
                vocabulary.keep(shape, found);
            }
        }
        if (keptProfiles.addAndGet(found.memory()) > budget) {
            keptProfiles.set(found.memory());
            profiles.clear();
        }
        profiles.put(part.top(), found);
        return found;
    }

    /** The tokens of a part whose profile is known: those within the bounds of its loop. */
    private void add(Part part, Profile profile, TokenSet tokens) {
        int more = Integer.MAX_VALUE - 1;
        int least = 0;
        if (part.inLoop()) {
            int most = automaton.mostRounds(part);
            more = most == Repeat.UNBOUNDED ? more : most - part.round();
            least = automaton.leastRounds(part) - part.round() + 1;
        }
        int length = profile.run().within(least, more);
        if (length > 0) {
            tokens.share(profile.run().tokens(length, vocabulary));
        }
        Counted inside = profile.inside();
        tokens.add(inside.values(), 0, inside.past(more));
        if (profile.many().length > 0) {
            tokens.share(profile.many());
        }
        Counted left = profile.left();
        tokens.add(left.values(), left.from(least), left.past(more + 1));
        Counted exits = profile.exits();
        int first = exits.from(least);
        int last = exits.past(more + 1);
        if (first < last) {
            beyond(profile, automaton.after(part), first, last, tokens);
        }
    }

    /** Tokens that leave the rule and go on at a state. */
    private void beyond(Profile profile, State after, int first, int last, TokenSet tokens) {
        if (after.dead() || after.finished()) {
            return;
        }
        boolean all = first == 0 && last == profile.exits().size();
        int[] known = all ? profile.beyond(after) : null;
        if (known == null) {
            TokenSet found = new TokenSet(vocabulary.words());
            int[] places = profile.exits().values();
            for (int i = first; i < last; i++) {
                int place = places[i];
                if (place < 0) {
                    walk(vocabulary.plainLong, -1 - place, after, found);
                } else {
                    walk((place & 1) != 0 ? vocabulary.plain : vocabulary.rest, place >> 1, after, found);
                }
            }
            known = found.ids();
            if (all) {
                profile.keepBeyond(after, known);
            }
        }
        tokens.add(known, 0, known.length);
    }

    /** The tokens below a node that go on at a state. */
    private void walk(TokenTree tree, int node, State after, TokenSet tokens) {
        int top = tree.depth[node] + 1;
        State[] path = new State[tree.longest[node] - top + 1];
        path[0] = after;
        int at = node + 1;
        while (at < tree.end[node]) {
            int d = tree.depth[at] - top;
            State next = automaton.next(path[d], tree.label[at] & 0xff);
            if (next.dead()) {
                at = tree.end[at];
                continue;
            }
            path[d + 1] = next;
            take(tree.token[at], tokens);
            at++;
        }
    }

    /** All tokens that may come at a state, without a profile. */
    private void walk(State from, TokenSet tokens, long enough) {
        PlainText.Run run = plain.run(from, Vocabulary.SHORT);
        walk(vocabulary.rest, from, tokens, enough);
        if (run.length() < Vocabulary.SHORT && !run.complete()) {
            walk(vocabulary.plain, from, tokens, enough);
        } else {
            tokens.share(vocabulary.plainMasks[run.endless() ? Vocabulary.SHORT + 1 : run.length()]);
            if (!run.complete()) {
                walk(vocabulary.plainLong, from, tokens, enough);
            }
        }
        int[] specials = automaton.specials();
        for (int i = 0; i < specials.length; i++) {
            if (!automaton.next(from, 256 + i).dead()) {
                tokens.add(specials[i]);
            }
        }
    }

    private void walk(TokenTree tree, State from, TokenSet tokens, long enough) {
        State[] path = new State[tree.height + 1];
        path[0] = from;
        int at = 0;
        while (at < tree.label.length) {
            int d = tree.depth[at];
            State next = automaton.next(path[d], tree.label[at] & 0xff);
            if (next.dead()) {
                at = tree.end[at];
                continue;
            }
            path[d + 1] = next;
            take(tree.token[at], tokens);
            at++;
            if ((at & 0xff) == 0) {
                require(automaton.work() < enough);
            }
        }
    }

    private void take(int token, TokenSet tokens) {
        for (int same = token; same >= 0; same = vocabulary.twin(same)) {
            tokens.add(same);
        }
    }

    /** Collects tokens as a list until bits are shorter. */
    private static final class TokenSet {
        private final int words;
        private final List<long[]> shared = new ArrayList<>(2);
        private int[] list = new int[64];
        private int count;
        private long[] bits = {};

        TokenSet(int words) {
            this.words = words;
        }

        /** Adds all of a mask that others have too. */
        void share(long[] mask) {
            shared.add(mask);
        }

        void add(int token) {
            if (bits.length > 0) {
                bits[token >>> 6] |= 1L << token;
            } else if (count < list.length || grow(1)) {
                list[count++] = token;
            } else {
                bits[token >>> 6] |= 1L << token;
            }
        }

        void add(int[] tokens, int from, int to) {
            int more = to - from;
            if (more <= 0) {
                return;
            }
            if (bits.length == 0 && (count + more <= list.length || grow(more))) {
                System.arraycopy(tokens, from, list, count, more);
                count += more;
                return;
            }
            for (int i = from; i < to; i++) {
                bits[tokens[i] >>> 6] |= 1L << tokens[i];
            }
        }

        /** Makes room for so many more; false where they are bits from now on. */
        private boolean grow(int more) {
            if (count + more > 2 * words) {
                bits = new long[words];
                for (int i = 0; i < count; i++) {
                    bits[list[i] >>> 6] |= 1L << list[i];
                }
                count = 0;
                return false;
            }
            list = Arrays.copyOf(list, Math.max(2 * list.length, count + more));
            return true;
        }

        int[] ids() {
            if (bits.length == 0) {
                return Arrays.copyOf(list, count);
            }
            int[] ids = new int[Arrays.stream(bits).mapToInt(Long::bitCount).sum()];
            int at = 0;
            for (int w = 0; w < bits.length; w++) {
                for (long left = bits[w]; left != 0; left &= left - 1) {
                    ids[at++] = 64 * w + Long.numberOfTrailingZeros(left);
                }
            }
            return ids;
        }

        Mask mask() {
            return new Mask(shared.toArray(long[][]::new), Arrays.copyOf(list, count), bits);
        }
    }
}
