package dev.jerboa.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.constrain.schema.SchemaOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreeTextTest {
    private final Constraints constraints = new Constraints(Vocabularies.bytes(), 4);

    private static void take(Matcher matcher, String text) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            matcher.accept(4 + (b & 0xff));
        }
    }

    @Test
    void thinkingIsFreeAndTheAnswerIsNot() {
        Matcher matcher = constraints
                .compile(Grammar.afterThinking("<think>", "</think>", true, Grammar.choice(List.of("yes", "no"))))
                .matcher();
        take(matcher, "anything { \" </thin </think");
        assertThat(matcher.acceptsEnd()).isFalse();
        assertThat(matcher.allows(Vocabularies.OTHER)).isFalse();
        take(matcher, ">\n\n");
        assertThat(matcher.validPrefix("maybe".getBytes(StandardCharsets.UTF_8)))
                .isFalse();
        take(matcher, "yes");
        assertThat(matcher.mustEnd()).isTrue();
    }

    @Test
    void thinkingMayBeLeftOut() {
        Language language =
                Language.of(Grammar.afterThinking("<think>", "</think>", false, Grammar.choice(List.of("yes", "no"))));
        assertThat(language.has("yes")).isTrue();
        assertThat(language.has("<think>no, yes</think>no")).isTrue();
        assertThat(language.has("\n<think></think>\n\nno")).isTrue();
        assertThat(language.has("<think>no")).isFalse();
        assertThat(language.begins("well")).isFalse();
    }

    @Test
    void theFirstMarkerEndsFreeText() {
        Language language = Language.of(Grammar.sequence(Grammar.textUntil("aab"), Grammar.literal("!")));
        assertThat(language.has("aab!")).isTrue();
        assertThat(language.has("aaaab!")).isTrue();
        assertThat(language.has("xaabaab!")).isFalse();
        assertThat(language.begins("aab?")).isFalse();
        assertThat(language.has("aab")).isFalse();
    }

    @Test
    void aSpecialTokenIsAMarkerToo() {
        Matcher matcher = constraints
                .compile(Grammar.sequence(
                        Grammar.textUntil("<|call|>"), Grammar.literal("x"), Grammar.marker("<|end|>")))
                .matcher();
        Matcher spelled = matcher.copy();
        take(matcher, "hm");
        assertThat(matcher.allows(Vocabularies.END_CALL)).isFalse();
        matcher.accept(Vocabularies.CALL);
        take(matcher, "x");
        assertThat(matcher.validPrefix("<".getBytes(StandardCharsets.UTF_8)))
                .as("the mark as text")
                .isFalse();
        matcher.accept(Vocabularies.END_CALL);
        assertThat(matcher.mustEnd()).isTrue();
        take(spelled, "<|call|>");
        assertThat(spelled.validPrefix("y".getBytes(StandardCharsets.UTF_8))).isFalse();
    }

    @Test
    void tagsComeInFreeText() {
        List<Grammar.Tag> tags = List.of(
                new Grammar.Tag(
                        "<call>",
                        Grammar.sequence(
                                Grammar.jsonSchema(
                                        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}",
                                        SchemaOptions.DEFAULT),
                                Grammar.literal("</call>"))),
                new Grammar.Tag("<call>", Grammar.literal("none</call>")),
                new Grammar.Tag("<stop>", Grammar.literal("!")));
        Language auto = Language.of(Grammar.textWithTags(tags, false));
        assertThat(auto.has("")).isTrue();
        assertThat(auto.has("just text < and <cal")).isTrue();
        assertThat(auto.has("text <call>{\"a\": 1}</call> more <call>none</call>"))
                .isTrue();
        assertThat(auto.has("text <call>{\"a\": 1}</call> more <stop>!")).isTrue();
        assertThat(auto.begins("text <call>{\"b\"")).isFalse();
        assertThat(auto.has("text <call>{\"a\": 1}")).isFalse();
        Language required = Language.of(Grammar.textWithTags(tags, true));
        assertThat(required.has("text")).isFalse();
        assertThat(required.has("<call>none</call>")).isTrue();
        Language one = Language.of(Grammar.textThenTag(tags));
        assertThat(one.has("text<call>none</call>")).isTrue();
        assertThat(one.begins("text<call>none</call> ")).isFalse();
    }

    @Test
    void aStopTokenThatIsAMarkerEndsTheText() {
        Matcher matcher = constraints
                .compile(Grammar.sequence(Grammar.literal("a"), Grammar.marker("<stop>")))
                .matcher();
        take(matcher, "a");
        assertThat(matcher.acceptsEnd()).isFalse();
        assertThat(matcher.allows(Vocabularies.STOP)).isTrue();
        matcher.accept(Vocabularies.STOP);
        assertThat(matcher.mustEnd()).isTrue();
    }
}
