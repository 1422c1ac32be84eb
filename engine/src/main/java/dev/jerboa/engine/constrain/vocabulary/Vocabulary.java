package dev.jerboa.engine.constrain.vocabulary;

import dev.jerboa.engine.constrain.automaton.Alphabet;
import dev.jerboa.engine.constrain.automaton.Shape;
import dev.jerboa.model.token.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer's tokens as bytes. Tokens of plain characters are apart, because in the middle of a string or of free text all of
 * them may come: plain is every character from the space on but {@code "}, {@code \}, {@code <} and delete. Immutable.
 */
public final class Vocabulary implements Alphabet {
    /** Tokens of more plain characters than this are long. */
    static final int SHORT = 16;

    /** Sets of bytes of which the tokens are kept. */
    private static final int CLASSES = 32;

    private static final long PROFILE_BYTES = 32L << 20;

    /** Longer tokens are never allowed. */
    private static final int LONGEST = 4096;

    private final byte[][] bytes;
    private final int[] stops;
    private final Map<String, Integer> specials;
    private final boolean[] single = new boolean[256];
    /** For each token the next with the same bytes, or −1. */
    private final int[] twin;

    /** Of each token's bytes together. */
    private final long[] traits;

    private final Map<ByteSet, ClassTokens> classes = new ConcurrentHashMap<>();

    private final Map<Shape, Profile> profiles = new ConcurrentHashMap<>();
    private final AtomicLong profileBytes = new AtomicLong();

    final TokenTree rest;
    final TokenTree plain;
    final TokenTree plainLong;
    /** Plain tokens of at most so many characters; those of any number come last. */
    final long[][] plainMasks;

    private final @Nullable Tokenizer tokenizer;
    /** The token of a byte by itself, or −1. */
    private final int[] ofByte = new int[256];

    private Vocabulary(byte[][] bytes, Map<String, Integer> specials, int[] stops, @Nullable Tokenizer tokenizer) {
        this.bytes = bytes;
        this.tokenizer = tokenizer;
        Arrays.fill(ofByte, -1);
        this.specials = Map.copyOf(specials);
        this.stops = stops.clone();
        this.twin = new int[bytes.length];
        Arrays.fill(twin, -1);
        this.traits = new long[bytes.length];
        int[] ordered = ordered();
        byte[] kinds = new byte[bytes.length];
        for (int id : ordered) {
            kinds[id] = kind(bytes[id]);
            for (byte b : bytes[id]) {
                traits[id] |= ByteSet.trait(b & 0xff);
            }
            if (bytes[id].length == 1) {
                single[bytes[id][0] & 0xff] = true;
                ofByte[bytes[id][0] & 0xff] = id;
            }
        }
        this.rest = new TokenTree(select(ordered, kinds, 0, 0), bytes);
        this.plain = new TokenTree(select(ordered, kinds, 1, SHORT + 1), bytes);
        this.plainLong = new TokenTree(select(ordered, kinds, SHORT + 1, SHORT + 1), bytes);
        this.plainMasks = new long[SHORT + 2][];
        for (int length = 0; length < plainMasks.length; length++) {
            plainMasks[length] = bits(select(ordered, kinds, 1, length));
        }
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
        return new Vocabulary(bytes, specials, tokenizer.stops(), tokenizer);
    }

    /**
     * A vocabulary given by its parts.
     *
     * @param tokens the bytes of each token; empty for those that are never allowed
     * @param specials special tokens by text, whose bytes are empty
     * @param stops the tokens that end a text
     */
    public static Vocabulary of(List<byte[]> tokens, Map<String, Integer> specials, int[] stops) {
        return new Vocabulary(tokens.stream().map(byte[]::clone).toArray(byte[][]::new), specials, stops, null);
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

    /** The tokens that a text is usually written with, as far as they add up to its beginning. */
    public int[] encode(byte[] text) {
        if (tokenizer == null) {
            int[] ids = new int[text.length];
            for (int i = 0; i < text.length; i++) {
                ids[i] = ofByte[text[i] & 0xff];
                if (ids[i] < 0) {
                    return Arrays.copyOf(ids, i);
                }
            }
            return ids;
        }
        int[] ids = tokenizer.encode(new String(text, StandardCharsets.UTF_8), false);
        int at = 0;
        for (int i = 0; i < ids.length; i++) {
            byte[] piece = bytes[ids[i]];
            int end = at + piece.length;
            if (piece.length == 0 || end > text.length || !Arrays.equals(piece, 0, piece.length, text, at, end)) {
                return Arrays.copyOf(ids, i);
            }
            at = end;
        }
        return ids;
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

    /** The tokens that have bytes of a set only; those of the sets that are asked for again and again are kept. */
    ClassTokens ofClass(ByteSet set) {
        ClassTokens known = classes.get(set);
        if (known == null) {
            if (classes.size() >= CLASSES) {
                classes.clear();
            }
            known = classes.computeIfAbsent(set, this::find);
        }
        return known;
    }

    /** What tokens do at parts of a shape, where it has been kept: constraints have many parts in common, such as the inside of a string. */
    @Nullable
    Profile profile(Shape shape) {
        return profiles.get(shape);
    }

    void keep(Shape shape, Profile profile) {
        long memory = shape.memory() + profile.memory();
        if (profileBytes.addAndGet(memory) > PROFILE_BYTES) {
            profileBytes.set(memory);
            profiles.clear();
        }
        profiles.put(shape, profile);
    }

    private ClassTokens find(ByteSet set) {
        long others = ~set.traits();
        int[][] byLength = new int[SHORT + 1][16];
        int[] counts = new int[SHORT + 1];
        for (int id = 0; id < bytes.length; id++) {
            int length = bytes[id].length;
            if ((traits[id] & others) == 0 && length > 0 && length <= SHORT && !isStop(id) && set.hasAll(bytes[id])) {
                if (counts[length] == byLength[length].length) {
                    byLength[length] = Arrays.copyOf(byLength[length], 2 * counts[length]);
                }
                byLength[length][counts[length]++] = id;
            }
        }
        for (int length = 0; length <= SHORT; length++) {
            byLength[length] = Arrays.copyOf(byLength[length], counts[length]);
        }
        return new ClassTokens(byLength, words());
    }

    private static int[] select(int[] ordered, byte[] kinds, int first, int last) {
        return Arrays.stream(ordered)
                .filter(id -> kinds[id] >= first && kinds[id] <= last)
                .toArray();
    }

    private long[] bits(int[] ids) {
        long[] mask = new long[words()];
        for (int id : ids) {
            for (int same = id; same >= 0; same = twin[same]) {
                mask[same >>> 6] |= 1L << same;
            }
        }
        return mask;
    }

    /** How many characters a plain token has, at most one more than {@link #SHORT}; 0 of others. */
    private static byte kind(byte[] token) {
        String text = new String(token, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), token)) {
            return 0;
        }
        int characters = 0;
        for (int i = 0; i < text.length(); characters++) {
            int c = text.codePointAt(i);
            if (!isPlain(c)) {
                return 0;
            }
            i += Character.charCount(c);
        }
        return (byte) Math.min(characters, SHORT + 1);
    }

    /** Whether a character is plain, as the automaton checks it too. */
    static boolean isPlain(int codePoint) {
        return codePoint >= ' ' && codePoint != '"' && codePoint != '\\' && codePoint != '<' && codePoint != 0x7f;
    }
}
