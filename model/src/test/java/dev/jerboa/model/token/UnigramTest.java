package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.token.split.IntList;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The unigram model against its definition: the best of all segmentations. */
class UnigramTest {
    private static final int UNKNOWN = 0;

    private static int[] encode(Unigram model, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        IntList out = new IntList(8);
        model.encode(bytes, 0, bytes.length, out, new Symbols());
        return out.toArray(0);
    }

    private static Unigram model(Map<String, Double> scores, boolean bytes) {
        Vocabulary.Builder builder = new Vocabulary.Builder("test", false, 16);
        builder.add(UNKNOWN, "<unk>", Vocabulary.UNKNOWN);
        int id = 1;
        for (Map.Entry<String, Double> token : scores.entrySet()) {
            builder.add(id, token.getKey(), Vocabulary.NORMAL);
            builder.score(id++, token.getValue());
        }
        if (bytes) {
            for (int b = 0; b < 256; b++) {
                builder.add(id++, "<0x%02X>".formatted(b), Vocabulary.BYTE);
            }
        }
        return new Unigram(builder.build(), UNKNOWN, bytes, "test");
    }

    @Test
    void theLikeliestSegmentationIsTaken() {
        Map<String, Double> scores = new LinkedHashMap<>();
        scores.put("a", -1.0);
        scores.put("b", -1.0);
        scores.put("ab", -1.5);
        scores.put("bc", -1.0);
        scores.put("c", -3.0);
        Unigram model = model(scores, false);

        assertThat(encode(model, "ab")).containsExactly(3);
        assertThat(encode(model, "abc")).containsExactly(1, 4);
        assertThat(encode(model, "axyb")).containsExactly(1, UNKNOWN, 2);
        assertThat(encode(model, "\u00e9")).containsExactly(UNKNOWN);
    }

    @Test
    void unknownCharactersAreSpeltInBytes() {
        Unigram model = model(new LinkedHashMap<>(Map.of("a", -1.0)), true);

        assertThat(encode(model, "a\u00e9a")).containsExactly(1, 2 + 0xc3, 2 + 0xa9, 1);
    }

    @Test
    void noSegmentationIsLikelier() {
        Random random = new Random(4);
        String[] letters = {"a", "b", "\u00e9", "\ud83d\ude00"};
        for (int round = 0; round < 60; round++) {
            Map<String, Double> scores = new LinkedHashMap<>();
            for (int i = 0; i < 12; i++) {
                scores.put(word(random, letters, 1 + random.nextInt(4)), -1 - 9 * random.nextDouble());
            }
            Unigram model = model(scores, false);
            double unknown = scores.values().stream().mapToDouble(s -> s).min().orElseThrow() - 10;
            List<String> tokens = new ArrayList<>(scores.keySet());
            for (int i = 0; i < 40; i++) {
                String text = word(random, letters, 1 + random.nextInt(10));
                int[] expected = best(
                                text.codePoints().toArray(),
                                text.codePointCount(0, text.length()),
                                tokens,
                                scores,
                                unknown)
                        .fused();
                assertThat(encode(model, text)).as("%s with %s", text, scores).isEqualTo(expected);
            }
        }
    }

    private static String word(Random random, String[] letters, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append(letters[random.nextInt(letters.length)]);
        }
        return word.toString();
    }

    private record Path(double score, List<Integer> ids) {
        int[] fused() {
            List<Integer> fused = new ArrayList<>();
            for (int id : ids) {
                if (id != UNKNOWN || fused.isEmpty() || fused.getLast() != UNKNOWN) {
                    fused.add(id);
                }
            }
            return fused.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /** Every segmentation of the text before {@code end}, by brute force; of equals the one with the longer last token. */
    private static Path best(int[] text, int end, List<String> tokens, Map<String, Double> scores, double unknown) {
        if (end == 0) {
            return new Path(0, List.of());
        }
        Path best = new Path(Double.NEGATIVE_INFINITY, List.of());
        for (int from = 0; from < end; from++) {
            String piece = new String(text, from, end - from);
            Double score = scores.get(piece);
            int id = tokens.indexOf(piece) + 1;
            if (score == null && end == from + 1) {
                score = unknown;
                id = UNKNOWN;
            }
            if (score != null) {
                Path before = best(text, from, tokens, scores, unknown);
                if (before.score + score > best.score) {
                    List<Integer> ids = new ArrayList<>(before.ids);
                    ids.add(id);
                    best = new Path(before.score + score, ids);
                }
            }
        }
        return best;
    }
}
