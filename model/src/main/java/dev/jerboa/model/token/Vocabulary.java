package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.split.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a vocabulary: one array of all their bytes, and an open-addressing table from bytes to id. Immutable.
 *
 * <p>In a vocabulary of bytes (GPT-2's alphabet) a token is the bytes it stands for; special tokens, and tokens that the
 * alphabet cannot write, are kept as their text in UTF-8 and are found only by {@link #findAny}.
 */
final class Vocabulary {
    /** Ids are below this: 20 bits, so that a pair and its rank fit a long. */
    static final int MAX_SIZE = 1 << 20;

    /** What a token is, as GGUF numbers it. */
    static final byte NORMAL = 1;

    static final byte UNKNOWN = 2;
    static final byte CONTROL = 3;
    static final byte USER_DEFINED = 4;
    static final byte UNUSED = 5;
    static final byte BYTE = 6;

    private static final int MAX_BYTES = 1 << 28;

    /** Odd, and another one in each process, so that a file cannot be made to collide in the table. */
    private static final long MIX = RandomGenerator.getDefault().nextLong() | 1;

    private final boolean bytes;
    private final byte[] text;
    private final int[] start;
    private final int[] length;
    private final byte[] type;
    private final double[] score;
    private final BitSet raw;
    private final int[] slots;
    private final int longest;
    /** The tokens that are not ordinary or are kept as text. */
    private final int[] peculiar;

    private Vocabulary(Builder builder) {
        bytes = builder.bytes;
        text = Arrays.copyOf(builder.text, builder.used);
        start = Arrays.copyOf(builder.start, builder.size);
        length = Arrays.copyOf(builder.length, builder.size);
        type = Arrays.copyOf(builder.type, builder.size);
        score = builder.score.length == 0 ? builder.score : Arrays.copyOf(builder.score, builder.size);
        raw = builder.raw;
        slots = new int[Integer.highestOneBit(Math.max(16, builder.size + (builder.size >> 1))) << 1];
        int most = 0;
        for (boolean wantRaw : new boolean[] {false, true}) {
            for (int id = 0; id < start.length; id++) {
                if (length[id] > 0 && raw.get(id) == wantRaw && (type[id] == NORMAL || type[id] == USER_DEFINED)) {
                    insert(id);
                    most = Math.max(most, length[id]);
                }
            }
        }
        longest = most;
        peculiar = IntStream.range(0, start.length)
                .filter(id -> raw.get(id) || type[id] != NORMAL)
                .toArray();
    }

    private void insert(int id) {
        int slot = slot(text, start[id], start[id] + length[id]);
        while (slots[slot] != 0) {
            int other = slots[slot] - 1;
            if (same(other, text, start[id], length[id])) {
                return;
            }
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = id + 1;
    }

    static int hash(byte[] text, int from, int to) {
        long h = MIX + (to - from);
        for (int i = from; i < to; i++) {
            h = (h ^ text[i]) * MIX;
            h ^= h >>> 29;
        }
        return (int) (h >>> 24);
    }

    private int slot(byte[] bytes, int from, int to) {
        return hash(bytes, from, to) & slots.length - 1;
    }

    private boolean same(int id, byte[] bytes, int from, int size) {
        return length[id] == size && Arrays.equals(text, start[id], start[id] + size, bytes, from, from + size);
    }

    /** Ids are 0 to size − 1; some may be without a token. */
    int size() {
        return start.length;
    }

    /** Whether tokens are bytes in GPT-2's alphabet. */
    boolean ofBytes() {
        return bytes;
    }

    /** The token that is exactly these bytes and may come from plain text, or −1. */
    int find(byte[] bytes, int from, int to) {
        int slot = slot(bytes, from, to);
        while (slots[slot] != 0) {
            int id = slots[slot] - 1;
            if (same(id, bytes, from, to - from)) {
                return id;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return -1;
    }

    /** Whether the token {@code id}, which need not be one, is exactly these bytes. */
    boolean is(int id, byte[] bytes, int from, int to) {
        return id >= 0 && id < start.length && type[id] == NORMAL && !raw.get(id) && same(id, bytes, from, to - from);
    }

    /**
     * Whether no token has {@code ▁} after another character: then texts may be cut before each {@code ▁} that follows another
     * character, and no token is lost by it.
     */
    boolean cutsAtSpaces() {
        for (int id = 0; id < start.length; id++) {
            boolean other = false;
            int end = start[id] + length[id];
            for (int i = start[id]; i < end && (type[id] == NORMAL || type[id] == USER_DEFINED); i++) {
                boolean mark = i + 2 < end
                        && text[i] == (byte) 0xe2
                        && text[i + 1] == (byte) 0x96
                        && text[i + 2] == (byte) 0x81;
                if (mark && other) {
                    return false;
                }
                other |= !mark;
                i += mark ? 2 : 0;
            }
        }
        return find("\u2581") >= 0;
    }

    /** {@link #find} by the way the vocabulary writes the token. */
    int find(String written) {
        byte[] key = bytes ? decoded(written) : null;
        if (key == null) {
            key = written.getBytes(StandardCharsets.UTF_8);
        }
        return find(key, 0, key.length);
    }

    /** The token that is written so, of any kind, found by looking through all that are not in the table; or −1. */
    int findAny(String written) {
        byte[] key = written.getBytes(StandardCharsets.UTF_8);
        for (int id : peculiar) {
            if (same(id, key, 0, key.length)) {
                return id;
            }
        }
        return -1;
    }

    /** The bytes of the longest token that {@link #find} can give. */
    int longest() {
        return longest;
    }

    byte type(int id) {
        return type[id];
    }

    /** The token's score (SentencePiece), 0 in a vocabulary without. */
    double score(int id) {
        return score.length == 0 ? 0 : score[id];
    }

    boolean hasScores() {
        return score.length > 0;
    }

    byte[] text() {
        return text;
    }

    int start(int id) {
        return start[id];
    }

    int length(int id) {
        return length[id];
    }

    /** Whether the token is kept as text in a vocabulary of bytes. */
    boolean isRaw(int id) {
        return raw.get(id);
    }

    /** The token as the vocabulary writes it. */
    String written(int id) {
        if (!bytes || raw.get(id)) {
            return new String(text, start[id], length[id], StandardCharsets.UTF_8);
        }
        StringBuilder written = new StringBuilder(length[id]);
        for (int i = 0; i < length[id]; i++) {
            written.append(ByteAlphabet.character(text[start[id] + i]));
        }
        return written.toString();
    }

    /** The ids of the 256 byte tokens {@code <0x00>} to {@code <0xFF>}; −1 for those there are not. */
    int[] byteTokens() {
        int[] ids = new int[256];
        Arrays.fill(ids, -1);
        for (int id = 0; id < start.length; id++) {
            if (type[id] == BYTE) {
                ids[byteValue(text, start[id], length[id])] = id;
            }
        }
        return ids;
    }

    /** The byte that {@code <0x0A>} stands for, or −1 where the text is not of that form. */
    static int byteValue(byte[] text, int from, int length) {
        if (length != 6
                || text[from] != '<'
                || text[from + 1] != '0'
                || text[from + 2] != 'x'
                || text[from + 5] != '>') {
            return -1;
        }
        int high = Character.digit(text[from + 3], 16);
        int low = Character.digit(text[from + 4], 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private static byte @Nullable [] decoded(String written) {
        byte[] bytes = new byte[written.length()];
        for (int i = 0; i < bytes.length; i++) {
            int b = ByteAlphabet.byteOf(written.charAt(i));
            if (b < 0) {
                return null;
            }
            bytes[i] = (byte) b;
        }
        return bytes;
    }

    /** Collects tokens in any order. */
    static final class Builder {
        private final String source;
        private final boolean bytes;
        private byte[] text;
        private int used;
        private int[] start;
        private int[] length;
        private byte[] type;
        private double[] score = new double[0];
        private final BitSet raw = new BitSet();
        private int size;

        /**
         * @param source the file, for messages
         * @param bytes whether tokens are written in GPT-2's alphabet of bytes
         * @param expected about how many tokens there will be
         */
        Builder(String source, boolean bytes, int expected) {
            this.source = source;
            this.bytes = bytes;
            int capacity = Math.clamp(expected, 16, MAX_SIZE);
            text = new byte[capacity * 8];
            start = new int[capacity];
            length = new int[capacity];
            type = new byte[capacity];
        }

        int size() {
            return size;
        }

        /** A token as the vocabulary writes it. */
        void add(int id, String written, byte kind) {
            if (bytes && kind != CONTROL && kind != UNKNOWN && append(id, written)) {
                type[id] = kind;
            } else {
                addText(id, written, kind);
            }
        }

        /** A token by its text, in a vocabulary of bytes too. */
        void addText(int id, String content, byte kind) {
            byte[] utf8 = content.getBytes(StandardCharsets.UTF_8);
            add(id, utf8, kind);
            raw.set(id, bytes);
        }

        /** A token by its bytes. */
        void add(int id, byte[] token, byte kind) {
            room(id, token.length);
            System.arraycopy(token, 0, text, used, token.length);
            place(id, token.length);
            type[id] = kind;
        }

        private boolean append(int id, String written) {
            int n = written.length();
            room(id, n);
            for (int i = 0; i < n; i++) {
                int b = ByteAlphabet.byteOf(written.charAt(i));
                if (b < 0) {
                    return false;
                }
                text[used + i] = (byte) b;
            }
            place(id, n);
            return true;
        }

        private void place(int id, int bytes) {
            start[id] = used;
            length[id] = bytes;
            raw.clear(id);
            used += bytes;
            size = Math.max(size, id + 1);
        }

        private void room(int id, int bytes) {
            if (id < 0 || id >= MAX_SIZE) {
                throw new ModelException(
                        source + ": token id " + id + " is out of range, expected 0 to " + (MAX_SIZE - 1));
            }
            if ((long) used + bytes > MAX_BYTES) {
                throw new ModelException(source + ": the tokens have more than " + MAX_BYTES + " bytes together");
            }
            if (id >= start.length) {
                int capacity = Math.min(MAX_SIZE, Math.max(id + 1, start.length * 2));
                start = Arrays.copyOf(start, capacity);
                length = Arrays.copyOf(length, capacity);
                type = Arrays.copyOf(type, capacity);
                score = score.length == 0 ? score : Arrays.copyOf(score, capacity);
            }
            if (used + bytes > text.length) {
                text = Arrays.copyOf(text, Math.max(used + bytes, text.length * 2));
            }
        }

        void score(int id, double value) {
            if (Double.isNaN(value)) {
                throw new ModelException(source + ": the score of token " + id + " is not a number");
            }
            if (score.length == 0) {
                score = new double[start.length];
            }
            score[id] = value;
        }

        void type(int id, byte kind) {
            type[id] = kind;
        }

        byte type(int id) {
            return id >= 0 && id < size ? type[id] : 0;
        }

        /** Marks the tokens written {@code <0x00>} to {@code <0xFF>} as byte tokens. */
        void markBytes() {
            for (int id = 0; id < size; id++) {
                if (type[id] == NORMAL && byteValue(text, start[id], length[id]) >= 0) {
                    type[id] = BYTE;
                }
            }
        }

        Vocabulary build() {
            if (size == 0) {
                throw new ModelException(source + ": the vocabulary is empty");
            }
            for (int id = 0; id < size; id++) {
                if (type[id] == BYTE && byteValue(text, start[id], length[id]) < 0) {
                    throw new ModelException(
                            source + ": token " + id + " is a byte token, expected a text of the form <0x0A>, found "
                                    + new String(text, start[id], length[id], StandardCharsets.UTF_8));
                }
            }
            return new Vocabulary(this);
        }
    }
}
