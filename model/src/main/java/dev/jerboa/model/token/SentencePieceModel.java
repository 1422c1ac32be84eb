package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.AddedTokens.Added;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tokenizers from a SentencePiece {@code tokenizer.model}: the protocol buffer {@code ModelProto} of sentencepiece_model.proto,
 * of which pieces, trainer and normalizer are read. Models {@code unigram} and {@code bpe}.
 */
final class SentencePieceModel {
    private static final int UNIGRAM = 1;
    private static final int BPE = 2;

    private final String source;
    private final Vocabulary.Builder builder;
    private int count;
    private int modelType = UNIGRAM;
    private boolean byteFallback;
    private boolean suffixSpaces;
    private int unknown;
    private int bos = 1;
    private int eos = 2;
    private byte[] charsMap = new byte[0];
    private boolean dummyPrefix = true;
    private boolean squeeze = true;
    private boolean escape = true;

    private SentencePieceModel(String source, int bytes) {
        this.source = source;
        this.builder = new Vocabulary.Builder(source, false, bytes / 16);
    }

    /** @param config the files beside it, for added tokens and whether BOS is added */
    static Tokenizer read(byte[] model, FolderConfig config, String source) {
        SentencePieceModel reader = new SentencePieceModel(source, model.length);
        reader.model(new ProtoReader(model, 0, model.length, source));
        return reader.build(config);
    }

    private void model(ProtoReader in) {
        while (in.next()) {
            switch (in.field()) {
                case 1 -> piece(in.message());
                case 2 -> trainer(in.message());
                case 3 -> normalizer(in.message());
                default -> in.skip();
            }
        }
    }

    private void piece(ProtoReader in) {
        byte[] text = new byte[0];
        double score = 0;
        long type = Vocabulary.NORMAL;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> text = in.bytes();
                case 2 -> score = in.fixed32();
                case 3 -> type = in.varint();
                default -> in.skip();
            }
        }
        if (type < Vocabulary.NORMAL || type > Vocabulary.BYTE) {
            throw new ModelException(source + ": piece " + count + " has type " + type + ", expected 1 to 6");
        }
        builder.add(count, text, (byte) type);
        builder.score(count++, score);
    }

    private void trainer(ProtoReader in) {
        while (in.next()) {
            switch (in.field()) {
                case 3 -> modelType = in.integer();
                case 24 -> suffixSpaces = in.varint() != 0;
                case 35 -> byteFallback = in.varint() != 0;
                case 40 -> unknown = in.integer();
                case 41 -> bos = in.integer();
                case 42 -> eos = in.integer();
                default -> in.skip();
            }
        }
    }

    private void normalizer(ProtoReader in) {
        while (in.next()) {
            switch (in.field()) {
                case 2 -> charsMap = in.bytes();
                case 3 -> dummyPrefix = in.varint() != 0;
                case 4 -> squeeze = in.varint() != 0;
                case 5 -> escape = in.varint() != 0;
                default -> in.skip();
            }
        }
    }

    private Tokenizer build(FolderConfig config) {
        if (modelType != UNIGRAM && modelType != BPE) {
            throw new ModelException(
                    source + ": model_type " + (modelType == 3 ? "WORD" : modelType == 4 ? "CHAR" : modelType)
                            + " is not supported, expected UNIGRAM or BPE");
        }
        if (suffixSpaces) {
            throw new ModelException(source + ": treat_whitespace_as_suffix is not supported");
        }
        if (!escape) {
            throw new ModelException(source + ": a normalizer without escape_whitespaces is not supported");
        }
        List<Added> added = new ArrayList<>();
        for (Added token : config.added()) {
            if (!token.content().isEmpty()) {
                builder.addText(
                        token.id(), token.content(), token.special() ? Vocabulary.CONTROL : Vocabulary.USER_DEFINED);
                added.add(token);
            }
        }
        Vocabulary vocabulary = builder.build();
        addPieces(vocabulary, added);
        WordModel model = modelType == BPE
                ? BytePair.byScores(vocabulary, within(unknown))
                : new Unigram(vocabulary, within(unknown), byteFallback, source);
        Boolean prefixed = config.flag("add_prefix_space");
        boolean prefix = prefixed == null ? dummyPrefix : prefixed;
        return new PipelineTokenizer(
                vocabulary,
                added,
                normalizer(prefix),
                modelType == BPE ? HuggingFaceParts.cutAtSpaces(vocabulary, source) : List.of(),
                model,
                Pieces.spaces(prefix ? 1 : 0),
                roles(config, vocabulary),
                source);
    }

    private int within(int id) {
        return id >= 0 && id < count ? id : -1;
    }

    /** Control pieces are found in the text as it is, user-defined ones after it was normalized. */
    private void addPieces(Vocabulary vocabulary, List<Added> added) {
        boolean[] listed = new boolean[vocabulary.size()];
        for (Added token : added) {
            listed[token.id()] = true;
        }
        for (int id = 0; id < vocabulary.size(); id++) {
            byte type = vocabulary.type(id);
            boolean special = type == Vocabulary.CONTROL || type == Vocabulary.UNKNOWN;
            if (!listed[id] && vocabulary.length(id) > 0 && (special || type == Vocabulary.USER_DEFINED)) {
                added.add(new Added(id, vocabulary.written(id), special, false, false, false, !special));
            }
        }
    }

    private Normalizer normalizer(boolean prefix) {
        List<Normalizer> normalizers = new ArrayList<>();
        if (charsMap.length > 0) {
            normalizers.add(new Normalizer.CharsMap(charsMap, source));
        }
        normalizers.add(new Normalizer.Spaces(squeeze, prefix));
        normalizers.add(new Normalizer.Replace(" ", "\u2581"));
        return new Normalizer.Sequence(normalizers);
    }

    private PipelineTokenizer.Specials roles(FolderConfig config, Vocabulary vocabulary) {
        PipelineTokenizer.Specials named = config.roles(vocabulary, new int[0], new int[0]);
        int begin = named.bos() >= 0 ? named.bos() : within(bos);
        int end = named.eos() >= 0 ? named.eos() : within(eos);
        int[] prefix = config.flag("add_bos_token") == null && begin >= 0 ? new int[] {begin} : named.prefix();
        return Roles.of(vocabulary, begin, end, named.eot(), named.stops(), prefix, named.suffix());
    }

    /** The fields of a message in protocol-buffer encoding; nothing outside of its bytes is read. */
    private static final class ProtoReader {
        private final byte[] in;
        private final int end;
        private final String source;
        private int at;
        private int field;
        private int wire;

        ProtoReader(byte[] in, int from, int end, String source) {
            this.in = in;
            this.at = from;
            this.end = end;
            this.source = source;
        }

        /** Moves to the next field; false at the end. */
        boolean next() {
            if (at == end) {
                return false;
            }
            long key = rawVarint();
            field = (int) (key >>> 3 & 0x1fffffff);
            wire = (int) (key & 7);
            if (field == 0 || (wire != 0 && wire != 1 && wire != 2 && wire != 5)) {
                throw bad("a field with number " + field + " and wire type " + wire);
            }
            return true;
        }

        int field() {
            return field;
        }

        private void expect(int wanted) {
            if (wire != wanted) {
                throw bad("field " + field + " has wire type " + wire + ", expected " + wanted);
            }
        }

        long varint() {
            expect(0);
            return rawVarint();
        }

        /** A varint of type int32. */
        int integer() {
            return (int) varint();
        }

        private long rawVarint() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (at == end) {
                    throw bad("an end within a number");
                }
                byte b = in[at++];
                value |= (long) (b & 0x7f) << shift;
                if (b >= 0) {
                    return value;
                }
            }
            throw bad("a number of more than 10 bytes");
        }

        private int length() {
            expect(2);
            long length = rawVarint();
            if (length < 0 || length > end - at) {
                throw bad("field " + field + " of " + length + " bytes where " + (end - at) + " are left");
            }
            return (int) length;
        }

        ProtoReader message() {
            int length = length();
            at += length;
            return new ProtoReader(in, at - length, at, source);
        }

        byte[] bytes() {
            int length = length();
            at += length;
            return Arrays.copyOfRange(in, at - length, at);
        }

        float fixed32() {
            expect(5);
            need(4);
            int bits = (in[at] & 0xff) | ((in[at + 1] & 0xff) << 8) | ((in[at + 2] & 0xff) << 16) | (in[at + 3] << 24);
            at += 4;
            return Float.intBitsToFloat(bits);
        }

        private void need(int bytes) {
            if (end - at < bytes) {
                throw bad("an end within field " + field);
            }
        }

        void skip() {
            switch (wire) {
                case 0 -> rawVarint();
                case 1 -> {
                    need(8);
                    at += 8;
                }
                case 2 -> {
                    int length = length();
                    at += length;
                }
                default -> {
                    need(4);
                    at += 4;
                }
            }
        }

        private ModelException bad(String found) {
            return new ModelException(source + ": not a SentencePiece model: " + found + " at byte " + at
                    + (at < 64
                            ? "; the file begins with "
                                    + new String(in, 0, Math.min(16, in.length), StandardCharsets.ISO_8859_1)
                            : ""));
        }
    }
}
