package dev.jerboa.engine.constrain;

import dev.jerboa.engine.constrain.automaton.Automaton;
import dev.jerboa.engine.constrain.automaton.State;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.vocabulary.MaskComputer;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import java.util.Arrays;
import java.util.function.ToIntFunction;

/**
 * One sequence under a constraint: says which tokens may come next, and is told which one came.
 *
 * <pre>
 * mask → pick → accept → mustEnd? stop : mask → …
 * </pre>
 *
 * <p>A token may come where all of its bytes may. A stop token may come where the text may end, and ends it. Other special tokens
 * may come only where the grammar has a marker for them. Until the end at least one token may always come; where {@link #mustEnd}
 * says so and the tokenizer has no stop token, none may.
 *
 * <p>Every position is kept, so that any number of tokens can be taken back; a position is a reference. One thread; matchers of one
 * constraint may be used by several.
 */
public final class Matcher {
    /** The most bytes that {@link #forced} looks ahead. */
    private static final int LONGEST_FORCED = 4096;

    /** The most bytes of which tokens are guessed. */
    private static final int LONGEST_TOKENS = 64;

    private final Automaton automaton;
    private final MaskComputer masks;
    private final Vocabulary vocabulary;
    private State[] path;
    private int length;
    private boolean ended;

    Matcher(Automaton automaton, MaskComputer masks, Vocabulary vocabulary) {
        this.automaton = automaton;
        this.masks = masks;
        this.vocabulary = vocabulary;
        this.path = new State[64];
        Arrays.fill(path, automaton.dead());
        path[0] = automaton.start();
    }

    private Matcher(Matcher from) {
        this.automaton = from.automaton;
        this.masks = from.masks;
        this.vocabulary = from.vocabulary;
        this.path = from.path.clone();
        this.length = from.length;
        this.ended = from.ended;
    }

    /** Another matcher that has come as far and goes its own way. */
    public Matcher copy() {
        return new Matcher(this);
    }

    private State state() {
        return path[length];
    }

    /** Longs that a mask needs, 64 tokens each. */
    public int maskWords() {
        return vocabulary.words();
    }

    /**
     * Writes which tokens may come: token t is bit {@code t & 63} of {@code mask[t >>> 6]}. After the end none may.
     *
     * @param mask at least {@link #maskWords} long; what is beyond the vocabulary becomes zero
     * @throws ConstraintException where the grammar is too ambiguous here to go on
     */
    public void mask(long[] mask) {
        if (mask.length < vocabulary.words()) {
            throw new IllegalArgumentException(
                    "a mask of " + mask.length + " longs, expected at least " + vocabulary.words());
        }
        if (ended) {
            Arrays.fill(mask, 0);
            return;
        }
        masks.write(state(), mask);
        if (state().accepting()) {
            for (int stop : vocabulary.stops()) {
                if (stop < vocabulary.size()) {
                    mask[stop >>> 6] |= 1L << stop;
                }
            }
        }
    }

    /** Whether a token may come; quicker than a mask where only few are asked about. */
    public boolean allows(int token) {
        if (ended || token < 0 || token >= vocabulary.size()) {
            return false;
        }
        return !after(token).dead() || (vocabulary.isStop(token) && state().accepting());
    }

    /**
     * Takes the token that came.
     *
     * @throws IllegalStateException where it may not come; then nothing has changed
     */
    public void accept(int token) {
        if (!allows(token)) {
            throw new IllegalStateException("token " + token + " may not come here: mask the logits before the choice");
        }
        State next = after(token);
        push(next.dead() ? state() : next);
        ended = vocabulary.isStop(token) && state().accepting();
    }

    private State after(int token) {
        byte[] bytes = vocabulary.bytes(token);
        if (bytes.length > 0) {
            return automaton.next(state(), bytes);
        }
        int[] specials = automaton.specials();
        for (int i = 0; i < specials.length; i++) {
            if (specials[i] == token) {
                return automaton.next(state(), 256 + i);
            }
        }
        return automaton.dead();
    }

    private void push(State next) {
        if (length + 1 == path.length) {
            int before = path.length;
            path = Arrays.copyOf(path, 2 * before);
            Arrays.fill(path, before, path.length, automaton.dead());
        }
        path[++length] = next;
    }

    /** Takes back the last {@code tokens} tokens, also an end. */
    public void rollback(int tokens) {
        if (tokens < 0 || tokens > length) {
            throw new IllegalArgumentException("cannot take back " + tokens + " tokens of " + length);
        }
        if (tokens > 0) {
            ended = false;
            Arrays.fill(path, length - tokens + 1, length + 1, automaton.dead());
            length -= tokens;
        }
    }

    /** Tokens accepted so far, an end included. */
    public int length() {
        return length;
    }

    /** Whether the text may end here: a stop token may come. */
    public boolean acceptsEnd() {
        return state().accepting();
    }

    /** Whether the text is complete and nothing but an end may come, or has come: there is no need to ask the model for it. */
    public boolean mustEnd() {
        return ended || state().finished();
    }

    /** The bytes that must come next, as far as there is no choice; may end inside a character. Empty where the text may end. */
    public byte[] forced() {
        return ended ? new byte[0] : follow(automaton::forced, LONGEST_FORCED);
    }

    /**
     * The bytes of a shortest end of the text, to finish it where there is no room for more tokens; stops before a special token.
     * Empty where the text may end.
     *
     * @param most bytes to write; a longer end is cut there
     */
    public byte[] shortestEnd(int most) {
        return ended ? new byte[0] : follow(automaton::towardsEnd, most);
    }

    /**
     * Puts the tokens into {@code into} that the text which must come next is usually written with: a guess, because there are other
     * ways to write it.
     *
     * @return how many, at most {@code most}; 0 where there is a choice
     */
    public int forcedTokens(int[] into, int most) {
        byte[] text = ended || most <= 0 ? new byte[0] : follow(automaton::forced, LONGEST_TOKENS);
        if (text.length == 0) {
            return 0;
        }
        int[] tokens = vocabulary.encode(text);
        int count = Math.min(most, tokens.length);
        System.arraycopy(tokens, 0, into, 0, count);
        return count;
    }

    private byte[] follow(ToIntFunction<State> way, int most) {
        byte[] bytes = new byte[Math.min(64, most)];
        int size = 0;
        State at = state();
        int next = way.applyAsInt(at);
        while (next >= 0 && next < 256 && size < most) {
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * size);
            }
            bytes[size++] = (byte) next;
            at = automaton.next(at, next);
            next = way.applyAsInt(at);
        }
        return Arrays.copyOf(bytes, size);
    }

    /** Whether a text that begins with what was accepted may go on with these bytes. */
    public boolean validPrefix(byte[] bytes) {
        return !ended && !automaton.next(state(), bytes).dead();
    }
}
