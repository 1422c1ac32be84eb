package dev.jerboa.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** A reply written by picking allowed tokens at random, then finished by its shortest end. */
public final class Walk {
    private final Matcher matcher;
    private final Vocabulary vocabulary;
    private final Random random;
    private final long[] mask;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Walk(Matcher matcher, Vocabulary vocabulary, Random random) {
        this.matcher = matcher;
        this.vocabulary = vocabulary;
        this.random = random;
        this.mask = new long[matcher.maskWords()];
    }

    /** The text of a whole reply of about {@code tokens} tokens. */
    public static String of(Constraint constraint, Vocabulary vocabulary, int tokens, Random random) {
        Walk walk = new Walk(constraint.matcher(), vocabulary, random);
        for (int i = 0; i < tokens; i++) {
            if (walk.matcher.mustEnd() || (walk.matcher.acceptsEnd() && random.nextInt(4) == 0)) {
                break;
            }
            if (random.nextInt(5) == 0) {
                walk.checkPrefix();
            }
            walk.step();
        }
        walk.finish();
        return walk.text();
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private void step() {
        matcher.mask(mask);
        int allowed = 0;
        for (long word : mask) {
            allowed += Long.bitCount(word);
        }
        assertThat(allowed).as("tokens allowed after %s", text()).isPositive();
        int token = random.nextInt(3) == 0 ? towardsEnd() : -1;
        if (token < 0) {
            token = pick(random.nextInt(allowed));
        }
        if (vocabulary.isStop(token)) {
            token = pick(0) == token ? next(token) : pick(0);
        }
        if (token >= 0) {
            take(token);
        }
    }

    private void take(int token) {
        assertThat(matcher.allows(token)).isTrue();
        matcher.accept(token);
        bytes.writeBytes(vocabulary.bytes(token));
    }

    private int pick(int n) {
        int left = n;
        for (int word = 0; word < mask.length; word++) {
            int count = Long.bitCount(mask[word]);
            if (left < count) {
                long rest = mask[word];
                for (; left > 0; left--) {
                    rest &= rest - 1;
                }
                return 64 * word + Long.numberOfTrailingZeros(rest);
            }
            left -= count;
        }
        throw new AssertionError("no token");
    }

    private int next(int token) {
        for (int t = token + 1; t < 64 * mask.length; t++) {
            if ((mask[t >>> 6] >>> t & 1) != 0) {
                return t;
            }
        }
        return -1;
    }

    /** The token of the first byte of the shortest end, or −1. */
    private int towardsEnd() {
        byte[] end = matcher.shortestEnd(1);
        if (end.length == 0) {
            return -1;
        }
        int token = single(end[0]);
        assertThat(mask[token >>> 6] >>> token & 1)
                .as("bit of a byte that may come")
                .isEqualTo(1);
        return token;
    }

    private int single(byte b) {
        for (int t = 0; t < vocabulary.size(); t++) {
            if (vocabulary.bytes(t).length == 1 && vocabulary.bytes(t)[0] == b) {
                return t;
            }
        }
        throw new AssertionError("no token of the byte " + b);
    }

    /** What was written so far can be finished. */
    private void checkPrefix() {
        Matcher end = matcher.copy();
        byte[] rest = end.shortestEnd(100_000);
        assertThat(end.validPrefix(rest)).isTrue();
        for (byte b : rest) {
            end.accept(single(b));
        }
        assertThat(end.acceptsEnd()).as("end of %s", text()).isTrue();
    }

    private void finish() {
        for (byte b : matcher.shortestEnd(100_000)) {
            take(single(b));
        }
        assertThat(matcher.acceptsEnd()).as("end of %s", text()).isTrue();
    }
}
