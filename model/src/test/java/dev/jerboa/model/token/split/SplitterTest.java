package dev.jerboa.model.token.split;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.token.split.Splitter.Behavior;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SplitterTest {
    private static List<String> words(Splitter splitter, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Words words = new Words(bytes, 0, bytes.length, true);
        splitter.apply(words);
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < words.count(); i++) {
            parts.add(new String(words.text(), words.start(i), words.end(i) - words.start(i), StandardCharsets.UTF_8));
        }
        return parts;
    }

    private static List<String> split(Behavior behavior, boolean invert, String text) {
        return words(new Splitter.ByPattern(SplitPattern.literal("-", "test"), behavior, invert), text);
    }

    /** The example in the documentation of Hugging Face tokenizers. */
    @Test
    void behaviorsAreAsDocumented() {
        String text = "the-final--countdown";

        assertThat(split(Behavior.REMOVED, false, text)).containsExactly("the", "final", "countdown");
        assertThat(split(Behavior.ISOLATED, false, text)).containsExactly("the", "-", "final", "-", "-", "countdown");
        assertThat(split(Behavior.MERGED_WITH_PREVIOUS, false, text))
                .containsExactly("the-", "final-", "-", "countdown");
        assertThat(split(Behavior.MERGED_WITH_NEXT, false, text)).containsExactly("the", "-final", "-", "-countdown");
        assertThat(split(Behavior.CONTIGUOUS, false, text)).containsExactly("the", "-", "final", "--", "countdown");
        assertThat(split(Behavior.REMOVED, true, text)).containsExactly("-", "-", "-");
        assertThat(split(Behavior.MERGED_WITH_NEXT, false, "-a-")).containsExactly("-a", "-");
        assertThat(split(Behavior.MERGED_WITH_PREVIOUS, false, "-a-")).containsExactly("-", "a-");
    }

    @Test
    void metaspace() {
        var always = new Splitter.Metaspace("\u2581", Splitter.Metaspace.Prepend.ALWAYS, true);

        assertThat(words(always, "Hey  you")).containsExactly("\u2581Hey", "\u2581", "\u2581you");
        assertThat(words(always, " Hey\u2581you")).containsExactly("\u2581Hey", "\u2581you");
        assertThat(words(new Splitter.Metaspace("\u2581", Splitter.Metaspace.Prepend.NEVER, false), "a b"))
                .containsExactly("a\u2581b");
    }

    @Test
    void digitsInThreesFromTheRight() {
        assertThat(words(new Splitter.DigitThrees(false), "a1234567b12"))
                .containsExactly("a", "1", "234", "567", "b", "12");
        assertThat(words(new Splitter.DigitThrees(true), "1234567 12345x"))
                .containsExactly("1", "234", "567", " 12345x");
        assertThat(words(new Splitter.DigitThrees(false), "\u0661\u0662\u0663\u0664"))
                .containsExactly("\u0661", "\u0662\u0663\u0664");
    }

    @Test
    void splittersOverBytesSeeGpt2sCharacters() {
        Splitter overBytes = new Splitter.OverByteLevel(List.of(Splitter.isolating("\u0120|\\p{N}", "test")));

        assertThat(words(overBytes, "a b1")).containsExactly("a", " ", "b", "1");
        assertThat(words(new Splitter.SpaceBefore(), "ab")).containsExactly(" ab");
        assertThat(words(new Splitter.SpaceBefore(), " ab")).containsExactly(" ab");
    }
}
