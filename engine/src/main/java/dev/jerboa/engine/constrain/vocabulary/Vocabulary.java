package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.engine.constrain.automaton.Alphabet;
import dev.jerboa.model.token.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A tokenizer's tokens as bytes. Tokens of plain characters are apart, because in the middle of a string or of free text all of
 * them may come: plain is every character from the space on but {@code "}, {@code \}, {@code <} and delete. Immutable.
 */
public final class Vocabulary implements Alphabet {
    /** Tokens of more plain characters than this are long. */
    static final int SHORT = 16;

    /** Longer tokens are never allowed. */
    private static final int LONGEST = 4096;

    private static final int PLAIN_LONG = 1;
    private static final int PLAIN_SHORT = 2;

    private final byte[][] bytes;
    private final int[] stops;
    private final Map<String, Integer> specials;
    private final boolean[] single = new boolean[256];
    /** For each token the next with the same bytes, or −1. */
    private final int[] twin;

    final TokenTree rest;
    final TokenTree plainShort;
    final TokenTree plainLong;
    final long[] plainShortMask;
    final long[] plainLongMask;

    private Vocabulary(byte[][] bytes, Map<String, Integer> specials, int[] stops) {
        this.bytes = bytes;
        this.specials = Map.copyOf(specials);
        this.stops = stops.clone();
        this.twin = new int[bytes.length];
        Arrays.fill(twin, -1);
        int[] ordered = ordered();
        byte[] kinds = new byte[bytes.length];
        for (int id : ordered) {
            kinds[id] = kind(bytes[id]);
            if (bytes[id].length == 1) {
                single[bytes[id][0] & 0xff] = true;
            }
        }
        this.rest = tree(ordered, kinds, 0);
        this.plainLong = tree(ordered, kinds, PLAIN_LONG);
        this.plainShort = tree(ordered, kinds, PLAIN_SHORT);
        this.plainLongMask = all(plainLong);
        this.plainShortMask = all(plainShort);
    }

    /** The tokens of a tokenizer. */
    public static Vocabulary of(Tokenizer tokenizer) {
        byte[][] bytes = new byte[tokenizer.size()][];
        Map<String, Integer> specials = new HashMap<>();
        for (int id = 0; id < bytes.length; id++) {
            if (tokenizer.isSpecial(id)) {
                bytes[id] = new byte[0];
                specials.put(tokenizer.token(id), id);
            } else {
                bytes[id] = TokenBytes.of(tokenizer, id);
            }
        }
        return new Vocabulary(bytes, specials, tokenizer.stops());
    }

    /**
     * A vocabulary given by its parts.
     *
     * @param tokens the bytes of each token; empty for those that are never allowed
     * @param specials special tokens by text, whose bytes are empty
     * @param stops the tokens that end a text
     */
    public static Vocabulary of(List<byte[]> tokens, Map<String, Integer> specials, int[] stops) {
        return new Vocabulary(tokens.stream().map(byte[]::clone).toArray(byte[][]::new), specials, stops);
    }

    /** Ids are 0 to size − 1. */
    public int size() {
        return bytes.length;
    }

    /** Not to be written to. */
    public byte[] bytes(int id) {
        return bytes[id];
    }

    /** The tokens that end a text. Not to be written to. */
    public int[] stops() {
        return stops;
    }

    public boolean isStop(int id) {
        for (int stop : stops) {
            if (stop == id) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean has(int b) {
        return single[b];
    }

    @Override
    public int special(String text) {
        return specials.getOrDefault(text, -1);
    }

    /** Longs of a mask. */
    public int words() {
        return (bytes.length + 63) >>> 6;
    }

    /** The next token with the same bytes, or −1. */
    int twin(int id) {
        return twin[id];
    }

    /** The tokens with bytes, in their order, one of each kind. */
    private int[] ordered() {
        int[] ids = IntStream.range(0, bytes.length)
                .filter(id -> bytes[id].length > 0 && bytes[id].length <= LONGEST && !isStop(id))
                .boxed()
                .sorted((a, b) -> Arrays.compareUnsigned(bytes[a], bytes[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        int kept = 0;
        for (int id : ids) {
            if (kept > 0 && Arrays.equals(bytes[ids[kept - 1]], bytes[id])) {
                twin[id] = twin[ids[kept - 1]];
                twin[ids[kept - 1]] = id;
            } else {
                ids[kept++] = id;
            }
        }
        return Arrays.copyOf(ids, kept);
    }

    private TokenTree tree(int[] ordered, byte[] kinds, int kind) {
        return new TokenTree(
                Arrays.stream(ordered).filter(id -> kinds[id] == kind).toArray(), bytes);
    }

    private long[] all(TokenTree tree) {
        long[] mask = new long[words()];
        for (int id : tree.token) {
            for (int same = id; same >= 0; same = twin[same]) {
                mask[same >>> 6] |= 1L << same;
            }
        }
        return mask;
    }

    private static byte kind(byte[] token) {
        String text = new String(token, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), token)
                || !text.codePoints().allMatch(Vocabulary::isPlain)) {
            return 0;
        }
        return (byte) (text.codePointCount(0, text.length()) > SHORT ? PLAIN_LONG : PLAIN_SHORT);
    }

    /** Whether a character is plain, as the automaton checks it too. */
    static boolean isPlain(int codePoint) {
        return codePoint >= ' ' && codePoint != '"' && codePoint != '\\' && codePoint != '<' && codePoint != 0x7f;
    }
}
