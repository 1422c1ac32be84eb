package dev.jerboa.train.data;

import dev.jerboa.train.random.Draws;

/**
 * Exercises over a small alphabet, for comparing architectures: half copying and associative recall, a quarter nested brackets
 * to be closed, a quarter sums. Only what can be known counts, so the least possible loss is 0.
 *
 * <pre>
 * #fjakw=fjakw       copy what is before the sign
 * a3k7x1?k7a3        the values of keys, asked in another order
 * ([{&lt;|&gt;}])         close what is open (prefixes have closed pairs in them, too)
 * 47+58=105;         a sum
 * </pre>
 *
 * <p>Token ids are places in {@link #ALPHABET}. A sequence is {@code window} tokens of exercises, the last one cut.
 */
public final class SyntheticBatches implements BatchSource {
    /** The characters, by id. */
    public static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789()[]{}<>#=?|+;";

    private static final int LETTERS = 26;
    private static final int DIGITS = ALPHABET.indexOf('0');
    private static final int BRACKETS = ALPHABET.indexOf('(');
    private static final int COPY = ALPHABET.indexOf('#');
    private static final int EQUALS = ALPHABET.indexOf('=');
    private static final int ASK = ALPHABET.indexOf('?');
    private static final int CLOSE = ALPHABET.indexOf('|');
    private static final int PLUS = ALPHABET.indexOf('+');
    private static final int END = ALPHABET.indexOf(';');

    private final int window;
    private final long seed;

    /** @param window tokens a sequence, at least 2 */
    public SyntheticBatches(int window, long seed) {
        if (window < 2) {
            throw new IllegalArgumentException("sequences of " + window + " tokens; at least 2 are needed");
        }
        this.window = window;
        this.seed = seed;
    }

    @Override
    public void fill(long step, Batch batch) {
        batch.clear();
        if (batch.room() < window) {
            throw new IllegalArgumentException(
                    "a sequence of " + window + " tokens does not fit a batch of " + batch.room());
        }
        for (long j = 0; batch.room() >= window; j++) {
            Line line = new Line(window + 1);
            Draws draws = Draws.of(seed, step, j);
            while (!line.isFull()) {
                exercise(line, draws);
            }
            for (int i = 0; i < window; i++) {
                batch.add(line.ids[i], line.ids[i + 1], line.known[i + 1] ? 1 : 0);
            }
            batch.endSequence();
        }
    }

    private static void exercise(Line line, Draws draws) {
        switch (draws.below(4)) {
            case 0 -> copy(line, draws);
            case 1 -> recall(line, draws);
            case 2 -> brackets(line, draws);
            default -> sum(line, draws);
        }
    }

    private static void copy(Line line, Draws draws) {
        int length = draws.between(4, 16);
        int[] text = new int[length];
        line.add(COPY, false);
        for (int i = 0; i < length; i++) {
            text[i] = draws.below(LETTERS);
            line.add(text[i], false);
        }
        line.add(EQUALS, false);
        for (int id : text) {
            line.add(id, true);
        }
    }

    private static void recall(Line line, Draws draws) {
        int count = draws.between(3, 8);
        int[] keys = new int[LETTERS];
        for (int i = 0; i < LETTERS; i++) {
            keys[i] = i;
        }
        draws.shuffle(keys);
        int[] values = new int[count];
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = DIGITS + draws.below(10);
            order[i] = i;
            line.add(keys[i], false);
            line.add(values[i], false);
        }
        draws.shuffle(order);
        line.add(ASK, false);
        for (int i : order) {
            line.add(keys[i], false);
            line.add(values[i], true);
        }
    }

    private static void brackets(Line line, Draws draws) {
        int[] open = new int[24];
        int depth = 0;
        int length = draws.between(4, open.length);
        for (int i = 0; i < length; i++) {
            if (depth > 0 && draws.below(5) < 2) {
                line.add(open[--depth] + 1, false);
            } else {
                open[depth] = BRACKETS + 2 * draws.below(4);
                line.add(open[depth++], false);
            }
        }
        line.add(CLOSE, false);
        while (depth > 0) {
            line.add(open[--depth] + 1, true);
        }
    }

    private static void sum(Line line, Draws draws) {
        int a = draws.between(10, 99);
        int b = draws.between(10, 99);
        number(line, a, false);
        line.add(PLUS, false);
        number(line, b, false);
        line.add(EQUALS, true);
        number(line, a + b, true);
        line.add(END, true);
    }

    private static void number(Line line, int value, boolean known) {
        for (int scale = value >= 100 ? 100 : 10; scale > 0; scale /= 10) {
            line.add(DIGITS + value / scale % 10, known);
        }
    }

    /** A sequence being written; what no longer fits is dropped. */
    private static final class Line {
        final int[] ids;
        final boolean[] known;
        private int size;

        Line(int room) {
            this.ids = new int[room];
            this.known = new boolean[room];
        }

        boolean isFull() {
            return size == ids.length;
        }

        void add(int id, boolean determined) {
            if (size < ids.length) {
                ids[size] = id;
                known[size++] = determined;
            }
        }
    }
}
