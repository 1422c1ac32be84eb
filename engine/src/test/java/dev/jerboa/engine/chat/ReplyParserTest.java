package dev.jerboa.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReplyParserTest {
    private static final ReasoningFormat THINK = new ReasoningFormat("<think>", "</think>");
    private static final ReasoningFormat MISTRAL = new ReasoningFormat("[THINK]", "[/THINK]");
    private static final ReasoningFormat SEED = new ReasoningFormat("<seed:think>", "</seed:think>");

    record Parts(String reasoning, String answer) {}

    static List<Arguments> replies() {
        return List.of(
                Arguments.of(THINK, false, "<think>\nHm. 2 < 3\n</think>\n\nYes.\n", "Hm. 2 < 3", "Yes.\n"),
                Arguments.of(THINK, false, "\n <think>a</think>b", "a", "b"),
                Arguments.of(THINK, false, "<think>\n\n</think>\n\nPlain.", "", "Plain."),
                Arguments.of(THINK, false, "No thought.", "", "No thought."),
                Arguments.of(THINK, false, "  spaced", "", "  spaced"),
                Arguments.of(THINK, false, "Use <think>x</think> marks.", "", "Use <think>x</think> marks."),
                Arguments.of(THINK, false, "<thin", "", "<thin"),
                Arguments.of(THINK, false, "<thinner>", "", "<thinner>"),
                Arguments.of(THINK, false, "<<think>a</think>", "", "<<think>a</think>"),
                Arguments.of(THINK, false, "<think>never ends </thin ", "never ends </thin", ""),
                Arguments.of(THINK, false, "<think>a <</think></think>", "a <", "</think>"),
                Arguments.of(THINK, true, "Let me see.\n</think>\n\nYes", "Let me see.", "Yes"),
                Arguments.of(THINK, true, "\n<think>\nrepeated</think>Yes", "repeated", "Yes"),
                Arguments.of(THINK, true, "</think>at once", "", "at once"),
                Arguments.of(THINK, true, " cut off ", "cut off", ""),
                Arguments.of(THINK, true, "  ", "", ""),
                Arguments.of(THINK, false, "  ", "", "  "),
                Arguments.of(MISTRAL, false, "[THINK]a [b] c[/THINK] d", "a [b] c", "d"),
                Arguments.of(SEED, false, "<seed:think>x</seed:think>y", "x", "y"));
    }

    @ParameterizedTest
    @MethodSource("replies")
    void separatesAtEverySplit(ReasoningFormat format, boolean opened, String text, String reasoning, String answer) {
        Parts expected = new Parts(reasoning, answer);
        for (int i = 0; i <= text.length(); i++) {
            for (int j = i; j <= text.length(); j++) {
                assertThat(parse(
                                format,
                                opened,
                                List.of(),
                                text.substring(0, i),
                                text.substring(i, j),
                                text.substring(j)))
                        .as("cut at %d and %d", i, j)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void stopStringsEndTheAnswerAndNotTheThinking() {
        ReplyCollector reply = new ReplyCollector();
        ReplyParser parser = new ReplyParser(THINK, false, List.of("STOP"), reply);
        parser.accept("<think>do not STOP</think>");
        parser.accept("Now ST");
        parser.accept("OP and on");
        parser.finish();
        assertThat(reply.reasoning()).hasToString("do not STOP");
        assertThat(reply.answer()).hasToString("Now ");
        assertThat(parser.stop()).isEqualTo("STOP");
    }

    @Test
    void emitsAsSoonAsItIsCertain() {
        ReplyCollector reply = new ReplyCollector();
        ReplyParser parser = new ReplyParser(THINK, true, List.of(), reply);
        StringBuilder answer = reply.answer();
        StringBuilder reasoning = reply.reasoning();
        parser.accept("\nHello wor");
        assertThat(reasoning).hasToString("Hello wor");
        parser.accept("ld </th");
        assertThat(reasoning).hasToString("Hello world");
        assertThat(parser.thinking()).isTrue();
        parser.accept("ink>\n\nHi ");
        assertThat(reasoning).hasToString("Hello world");
        assertThat(answer).hasToString("Hi ");
        assertThat(parser.thinking()).isFalse();
    }

    @Test
    void knowsFormatsByTheirTemplates() {
        assertThat(ReasoningFormat.of("… <think>\\n\\n</think> …")).contains(THINK);
        assertThat(ReasoningFormat.of("… [THINK] … [/THINK] …")).contains(MISTRAL);
        assertThat(ReasoningFormat.of("<seed:think></seed:think>")).contains(SEED);
        assertThat(ReasoningFormat.of("{{ messages }}")).isEmpty();
        assertThat(THINK.openedBy("<|im_start|>assistant\n<think>\n")).isTrue();
        assertThat(THINK.openedBy("<|im_start|>assistant\n<think>\n\n</think>\n\n"))
                .isFalse();
    }

    @Provide
    Arbitrary<String> markish() {
        return Arbitraries.of("<think>", "</think>", "<", "</", "think>", " ", "\n", "a", "STOP", "ST", "OP")
                .list()
                .ofMaxSize(10)
                .map(parts -> String.join("", parts));
    }

    @Property(tries = 3000)
    void resultDoesNotDependOnTheCut(
            @ForAll @From("markish") String text, @ForAll boolean opened, @ForAll List<Boolean> cuts) {
        Parts whole = parse(THINK, opened, List.of("STOP"), text);
        String[] pieces = new String[text.length() + 1];
        int count = 0;
        int from = 0;
        for (int i = 1; i < text.length(); i++) {
            if (i < cuts.size() && cuts.get(i)) {
                pieces[count++] = text.substring(from, i);
                from = i;
            }
        }
        pieces[count++] = text.substring(from);
        assertThat(parse(THINK, opened, List.of("STOP"), Arrays.copyOf(pieces, count)))
                .isEqualTo(whole);
    }

    private static Parts parse(ReasoningFormat format, boolean opened, List<String> stops, String... pieces) {
        ReplyCollector reply = new ReplyCollector();
        ReplyParser parser = new ReplyParser(format, opened, stops, reply);
        for (String piece : pieces) {
            parser.accept(piece);
        }
        parser.finish();
        return new Parts(reply.reasoning().toString(), reply.answer().toString());
    }
}
