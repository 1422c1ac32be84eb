package dev.jerboa.model.token.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.TextSamples;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scanners against java.util.regex, and bounds on what a pattern may cost. */
class SplitPatternTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "default",
                "llama-bpe",
                "jais-2",
                "deepseek-llm",
                "deepseek-coder",
                "deepseek-v3",
                "youtu",
                "falcon",
                "starcoder",
                "gpt-2",
                "qwen2",
                "laguna",
                "qwen35",
                "bloom",
                "viking",
                "tekken",
                "gpt-4o",
                "kimi-k2",
                "superbpe",
                "afmoe",
                "bailingmoe",
                "seed-coder",
                "exaone-moe",
                "minicpm5",
                "gemma4"
            })
    void scannersCutAsRegularExpressionsDo(String name) {
        for (String regex : PretokenizerTable.named(name, "test").patterns()) {
            SplitPattern scanned = SplitPattern.regex(regex, "test");
            assertThat(scanned).as(regex).isInstanceOf(SplitPattern.Scanned.class);
            SplitPattern reference = SplitPattern.Interpreted.compile(regex, "test");
            Random random = new Random(name.hashCode());
            for (int i = 0; i < 1500; i++) {
                String text = TextSamples.mixed(random, 1 + random.nextInt(25));
                assertThat(matches(scanned, text)).as("%s on %s", regex, text).isEqualTo(matches(reference, text));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a{2,3}b|[x-z&&[^y]]+",
                "(?:ab|c)?d",
                "(?i:straSSe|k)[\\d\\w]",
                "\\P{L}{2}",
                "\\p{^L}x",
                "\\x41\\u0042|\\x{1F600}",
                "(?=ab)a.|[^a]\\s$"
            })
    void scannersKnowTheSyntax(String regex) {
        SplitPattern scanned = SplitPattern.regex(regex, "test");
        assertThat(scanned).isInstanceOf(SplitPattern.Scanned.class);
        SplitPattern reference = SplitPattern.Interpreted.compile(regex.replace("\\p{^L}", "\\P{L}"), "test");
        Random random = new Random(3);
        String[] parts = {
            "a", "b", "c", "d", "x", "y", "z", "AB", "\ud83d\ude00", "stra\u017fse", "K1", " ", "\n", "\u0663"
        };
        for (int i = 0; i < 3000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            assertThat(matches(scanned, text.toString()))
                    .as("%s on %s", regex, text)
                    .isEqualTo(matches(reference, text.toString()));
        }
    }

    @Test
    void whatScannersDoNotKnowIsInterpreted() {
        SplitPattern pattern = SplitPattern.regex("(a)\\1|\\p{Han}", "test");

        assertThat(pattern).isInstanceOf(SplitPattern.Interpreted.class);
        assertThat(matches(pattern, "xaay\u4f60")).containsExactly(1, 3, 4, 7);
    }

    @Test
    void whatIsNoPatternIsRefused() {
        assertThatThrownBy(() -> SplitPattern.regex("(a", "file.json"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("file.json")
                .hasMessageContaining("(a");
        assertThatThrownBy(() -> SplitPattern.regex("\\p{Nonsense}", "file.json"))
                .isInstanceOf(ModelException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a*a*a*a*b", "(a+)+b", "(?:a|a)*c"})
    void patternsThatBacktrackAreStopped(String regex) {
        SplitPattern pattern = SplitPattern.regex(regex, "file.json");
        String text = "a".repeat(200_000);

        assertThatThrownBy(() -> matches(pattern, text)).isInstanceOf(ModelException.class);
    }

    @Test
    void longTextsOfOneKindAreCut() {
        for (String name :
                List.of("gpt-2", "llama-bpe", "deepseek-llm", "deepseek-v3", "gpt-4o", "kimi-k2", "exaone-moe")) {
            for (String unit :
                    List.of("a", " ", "1", "\n", "\u4f60", "A", "!", "\u00e9", "a ", " \n", "\t", "\ud83d\ude00")) {
                byte[] text = unit.repeat(300_000 / unit.length()).getBytes(StandardCharsets.UTF_8);
                Words words = new Words(text, 0, text.length, true);
                for (Splitter splitter : PretokenizerTable.named(name, "test").splitters()) {
                    splitter.apply(words);
                }
                int at = 0;
                for (int i = 0; i < words.count(); i++) {
                    if (words.start(i) != at) {
                        throw new AssertionError(name + " leaves out what is before byte " + words.start(i));
                    }
                    at = words.end(i);
                }
                assertThat(at).as("%s on %s", name, unit).isEqualTo(text.length);
            }
        }
    }

    static int[] matches(SplitPattern pattern, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        IntList out = new IntList(16);
        pattern.matches(bytes, 0, bytes.length, out);
        return out.toArray(0);
    }
}
