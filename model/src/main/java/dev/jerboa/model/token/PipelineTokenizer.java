package dev.jerboa.model.token;

import dev.jerboa.model.token.split.IntList;
import dev.jerboa.model.token.split.Splitter;
import dev.jerboa.model.token.split.Words;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer made of stages: added tokens are found first, what is between them is normalized, searched for added tokens
 * that are looked for in normalized text, cut into words, and each word is given its tokens.
 */
final class PipelineTokenizer implements Tokenizer {
    private final Vocabulary vocabulary;
    private final AddedTokens added;
    private final AddedTokens normalizedAdded;
    private final @Nullable Normalizer normalizer;
    private final List<Splitter> splitters;
    private final WordModel model;
    private final Pieces pieces;
    private final Specials specials;
    private final WordCache cache = new WordCache();

    /** The ids with a role; never compared, never written to. */
    @SuppressWarnings("ArrayRecordComponent")
    record Specials(int bos, int eos, int eot, int[] stops, int[] prefix, int[] suffix) {}

    /** @param normalizer rewrites the text, or null */
    PipelineTokenizer(
            Vocabulary vocabulary,
            List<AddedTokens.Added> added,
            @Nullable Normalizer normalizer,
            List<Splitter> splitters,
            WordModel model,
            Pieces pieces,
            Specials specials,
            String source) {
        this.vocabulary = vocabulary;
        this.added = new AddedTokens(
                added.stream()
                        .filter(t -> !t.normalized() || normalizer == null)
                        .toList(),
                source);
        this.normalizedAdded = new AddedTokens(
                added.stream().filter(t -> t.normalized() && normalizer != null).toList(), source);
        this.normalizer = normalizer;
        this.splitters = List.copyOf(splitters);
        this.model = model;
        this.pieces = pieces;
        this.specials = specials;
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    WordModel model() {
        return model;
    }

    @Override
    public int size() {
        return vocabulary.size();
    }

    @Override
    public int[] encode(String text, boolean special) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        IntList out = new IntList(16 + bytes.length / 4);
        Symbols symbols = new Symbols();
        if (!added.any(special)) {
            plain(bytes, 0, bytes.length, true, special, out, symbols);
            return out.toArray(0);
        }
        IntList matches = new IntList(16);
        added.matches(bytes, 0, bytes.length, special, matches);
        int at = 0;
        for (int m = 0; m < matches.size(); m += 3) {
            plain(bytes, at, matches.get(m), at == 0, special, out, symbols);
            out.add(matches.get(m + 2));
            at = matches.get(m + 1);
        }
        plain(bytes, at, bytes.length, at == 0, special, out, symbols);
        return out.toArray(0);
    }

    private void plain(byte[] text, int from, int to, boolean first, boolean special, IntList out, Symbols symbols) {
        if (from == to) {
            return;
        }
        if (normalizer == null) {
            words(text, from, to, first, out, symbols);
            return;
        }
        byte[] normal = normalizer
                .apply(new String(text, from, to - from, StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.UTF_8);
        int at = 0;
        if (normalizedAdded.any(special)) {
            IntList matches = new IntList(16);
            normalizedAdded.matches(normal, 0, normal.length, special, matches);
            for (int m = 0; m < matches.size(); m += 3) {
                words(normal, at, matches.get(m), first && at == 0, out, symbols);
                out.add(matches.get(m + 2));
                at = matches.get(m + 1);
            }
        }
        words(normal, at, normal.length, first && at == 0, out, symbols);
    }

    private void words(byte[] text, int from, int to, boolean first, IntList out, Symbols symbols) {
        Words words = new Words(text, from, to, first);
        for (Splitter splitter : splitters) {
            splitter.apply(words);
        }
        byte[] bytes = words.text();
        for (int i = 0; i < words.count(); i++) {
            word(bytes, words.start(i), words.end(i), out, symbols);
        }
    }

    private void word(byte[] text, int from, int to, IntList out, Symbols symbols) {
        if (to - from > WordCache.MAX_WORD) {
            model.encode(text, from, to, out, symbols);
            return;
        }
        int hash = Vocabulary.hash(text, from, to);
        int[] known = cache.get(text, from, to, hash);
        if (known != null) {
            out.add(known);
            return;
        }
        int before = out.size();
        model.encode(text, from, to, out, symbols);
        cache.put(text, from, to, hash, out.toArray(before));
    }

    @Override
    public int[] prefix() {
        return specials.prefix.clone();
    }

    @Override
    public int[] suffix() {
        return specials.suffix.clone();
    }

    @Override
    public int id(String token) {
        int id = vocabulary.find(token);
        if (id >= 0 && token.equals(vocabulary.written(id))) {
            return id;
        }
        return vocabulary.findAny(token);
    }

    @Override
    public String token(int id) {
        return vocabulary.written(check(id));
    }

    @Override
    public boolean isSpecial(int id) {
        return isSpecialType(vocabulary.type(check(id)));
    }

    private static boolean isSpecialType(byte type) {
        return type == Vocabulary.CONTROL || type == Vocabulary.UNKNOWN;
    }

    private int check(int id) {
        if (id < 0 || id >= vocabulary.size()) {
            throw new IllegalArgumentException(
                    "token id " + id + " is out of range, expected 0 to " + (vocabulary.size() - 1));
        }
        return id;
    }

    @Override
    public int bos() {
        return specials.bos;
    }

    @Override
    public int eos() {
        return specials.eos;
    }

    @Override
    public int eot() {
        return specials.eot;
    }

    @Override
    public int[] stops() {
        return specials.stops.clone();
    }

    @Override
    public String decode(int[] ids, boolean special) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(4 * ids.length + 8);
        for (int id : ids) {
            piece(id, special, out);
        }
        byte[] bytes = out.toByteArray();
        int from = 0;
        while (from < pieces.strip() && from < bytes.length && bytes[from] == ' ') {
            from++;
        }
        return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }

    /** Adds the bytes that a token stands for. */
    void piece(int id, boolean special, ByteArrayOutputStream out) {
        if (special || !isSpecialType(vocabulary.type(check(id)))) {
            pieces.append(vocabulary, check(id), out);
        }
    }

    @Override
    public TokenStream stream(boolean special) {
        return new Utf8Stream(this, special, pieces.strip());
    }

    @Override
    public TokenStream continuation(boolean special) {
        return new Utf8Stream(this, special, 0);
    }
}
