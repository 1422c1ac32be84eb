package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.token.split.ByteAlphabet;
import dev.jerboa.model.token.split.IntList;
import dev.jerboa.testkit.SharedFolder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What holds for every text and all ids. */
class TokenizerPropertiesTest {
    private static List<Tokenizer> tokenizers = List.of();

    @BeforeAll
    static void open() {
        tokenizers = List.of(
                GgufVectorsTest.open("oracle/tokenizers/ggml-vocab-gpt-2.gguf"),
                GgufVectorsTest.open("oracle/tokenizers/ggml-vocab-deepseek-llm.gguf"),
                GgufVectorsTest.open("oracle/tokenizers/ggml-vocab-falcon.gguf"),
                GgufVectorsTest.open("oracle/tokenizers/ggml-vocab-starcoder.gguf"),
                GgufVectorsTest.open("oracle/tokenizers/ggml-vocab-llama-spm.gguf"));
    }

    @Test
    void textsComeBack() {
        Random random = new Random(1);
        for (Tokenizer tokenizer : tokenizers) {
            boolean sentencePiece = tokenizer.id("<0x0A>") >= 0;
            for (int i = 0; i < 1500; i++) {
                String text = TextSamples.mixed(random, random.nextInt(40));
                if (!sentencePiece && lacksByte(tokenizer, text)) {
                    continue;
                }
                String expected = sentencePiece ? text.replace('\u2581', ' ') : text;
                assertThat(tokenizer.decode(tokenizer.encode(text, false), false))
                        .isEqualTo(expected);
            }
        }
    }

    /** Some vocabularies do without the bytes of planes that have no characters yet. */
    private static boolean lacksByte(Tokenizer tokenizer, String text) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (tokenizer.id(String.valueOf(ByteAlphabet.character(b))) < 0) {
                return true;
            }
        }
        return false;
    }

    @Test
    void streamsOfAnyIdsGiveWholeCharactersThatTogetherAreTheDecodedText() {
        Random random = new Random(2);
        for (Tokenizer tokenizer : tokenizers) {
            for (int i = 0; i < 400; i++) {
                int[] ids = i % 2 == 0
                        ? random.ints(random.nextInt(60), 0, tokenizer.size()).toArray()
                        : shuffled(tokenizer.encode(TextSamples.mixed(random, 30), false), random);
                boolean special = random.nextBoolean();
                TokenStream stream = tokenizer.stream(special);
                TokenStream continuation = tokenizer.continuation(special);
                StringBuilder text = new StringBuilder();
                StringBuilder continued = new StringBuilder();
                for (int id : ids) {
                    String part = stream.next(id);
                    assertThat(part.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff))
                            .isTrue();
                    text.append(part);
                    continued.append(continuation.next(id));
                }
                text.append(stream.finish());
                continued.append(continuation.finish());
                assertThat(text.toString()).isEqualTo(tokenizer.decode(ids, special));
                assertThat(continued.toString()).endsWith(text.toString());
                assertThat(continued.length() - text.length()).isBetween(0, 1);
            }
        }
    }

    private static int[] shuffled(int[] ids, Random random) {
        for (int i = ids.length - 1; i > 0 && random.nextBoolean(); i--) {
            int j = random.nextInt(i + 1);
            int swap = ids[i];
            ids[i] = ids[j];
            ids[j] = swap;
        }
        return ids;
    }

    @Test
    void aStreamHoldsBackHalfACharacter() {
        Tokenizer tokenizer = tokenizers.getLast();
        TokenStream stream = tokenizer.stream(false);

        assertThat(stream.next(tokenizer.id("<0xF0>"))).isEmpty();
        assertThat(stream.next(tokenizer.id("<0x9F>"))).isEmpty();
        assertThat(stream.next(tokenizer.id("<0x98>"))).isEmpty();
        assertThat(stream.next(tokenizer.id("<0x80>"))).isEqualTo("\ud83d\ude00");
        assertThat(stream.next(tokenizer.id("<0xE4>"))).isEmpty();
        assertThat(stream.next(tokenizer.id("\u2581the"))).isEqualTo("\ufffd the");
        assertThat(stream.next(tokenizer.id("<0xC3>"))).isEmpty();
        assertThat(stream.finish()).isEqualTo("\ufffd");
        assertThat(stream.finish()).isEmpty();
    }

    @Test
    void everyTokenIsFoundByItsText() {
        for (Tokenizer tokenizer : tokenizers) {
            for (int id = 0; id < tokenizer.size(); id++) {
                if (!tokenizer.isSpecial(id) && !tokenizer.token(id).startsWith("[PAD")) {
                    assertThat(tokenizer.id(tokenizer.token(id))).isEqualTo(id);
                }
            }
        }
    }

    @Test
    void sentencePieceWordsGiveWhatTheWholeTextGives() {
        Metadata metadata =
                GgufVectorsTest.metadata(SharedFolder.require("oracle/tokenizers/ggml-vocab-llama-spm.gguf"));
        String[] tokens = metadata.strings("tokenizer.ggml.tokens");
        Vocabulary.Builder builder = new Vocabulary.Builder("test", false, tokens.length);
        for (int id = 0; id < tokens.length; id++) {
            builder.add(id, tokens[id], (byte) metadata.integers("tokenizer.ggml.token_type")[id]);
            builder.score(id, metadata.numbers("tokenizer.ggml.scores")[id]);
        }
        Vocabulary vocabulary = builder.build();
        assertThat(vocabulary.cutsAtSpaces()).isTrue();
        BytePair model = BytePair.byScores(vocabulary, 0);
        Random random = new Random(8);
        for (int i = 0; i < 2000; i++) {
            String text = TextSamples.mixed(random, 1 + random.nextInt(40));
            byte[] whole = ("\u2581" + text.replace(' ', '\u2581')).getBytes(StandardCharsets.UTF_8);
            IntList ids = new IntList(8);
            model.encode(whole, 0, whole.length, ids, new Symbols());
            assertThat(tokenizers.getLast().encode(text, false)).as(text).isEqualTo(ids.toArray(0));
        }
    }

    @Test
    void aMillionCharactersWithoutASpaceTakeNoQuadraticTime() {
        for (Tokenizer tokenizer : List.of(tokenizers.getFirst(), tokenizers.getLast())) {
            for (String unit : List.of("a", "\u4f60", " ")) {
                String text = unit.repeat(1_000_000 / unit.length());
                assertThat(tokenizer.decode(tokenizer.encode(text, false), false))
                        .isEqualTo(text);
            }
        }
    }

    @Test
    void longWordsAreMergedAsShortOnesAre() {
        Random random = new Random(9);
        Tokenizer tokenizer = merges(random);
        for (int i = 0; i < 3000; i++) {
            String text = letters(random, 1 + random.nextInt(150));
            assertThat(tokenizer.encode(text, false)).as(text).isEqualTo(slowMerge(tokenizer, text));
        }
    }

    private static final List<String> LETTERS = List.of("a", "b", "c");
    private final Map<String, Integer> ranks = new LinkedHashMap<>();

    private static String letters(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(LETTERS.get(random.nextInt(3)));
        }
        return text.toString();
    }

    private Tokenizer merges(Random random) {
        List<String> tokens = new ArrayList<>(LETTERS);
        List<String> merges = new ArrayList<>();
        while (merges.size() < 60) {
            String left = tokens.get(random.nextInt(tokens.size()));
            String right = tokens.get(random.nextInt(tokens.size()));
            if (!ranks.containsKey(left + " " + right) && left.length() + right.length() < 12) {
                ranks.put(left + " " + right, merges.size());
                merges.add(left + " " + right);
                if (!tokens.contains(left + right)) {
                    tokens.add(left + right);
                }
            }
        }
        return Tokenizers.fromGguf(
                        new Metadata(
                                "test",
                                Map.of(
                                        "tokenizer.ggml.model",
                                        "gpt2",
                                        "tokenizer.ggml.pre",
                                        "gpt-2",
                                        "tokenizer.ggml.tokens",
                                        tokens.toArray(new String[0]),
                                        "tokenizer.ggml.merges",
                                        merges.toArray(new String[0]))),
                        "test")
                .orElseThrow();
    }

    /** The definition: find the pair of lowest rank, leftmost, merge it, start again. */
    private int[] slowMerge(Tokenizer tokenizer, String text) {
        List<String> symbols =
                new ArrayList<>(text.chars().mapToObj(Character::toString).toList());
        while (true) {
            int best = Integer.MAX_VALUE;
            int at = -1;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                int rank = ranks.getOrDefault(symbols.get(i) + " " + symbols.get(i + 1), Integer.MAX_VALUE);
                if (rank < best) {
                    best = rank;
                    at = i;
                }
            }
            if (at < 0) {
                return symbols.stream().mapToInt(tokenizer::id).toArray();
            }
            symbols.set(at, symbols.get(at) + symbols.remove(at + 1));
        }
    }
}
