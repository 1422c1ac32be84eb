package dev.jerboa.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void holdsBackWhatMayBecomeAStop() {
        StopStrings stops = new StopStrings(List.of("\nUser:", "END"));
        StringBuilder out = new StringBuilder();
        stops.accept("Hello\nUs", out);
        assertThat(out).hasToString("Hello");
        stops.accept("ually EN", out);
        assertThat(out).hasToString("Hello\nUsually ");
        assertThat(stops.found()).isNull();
        stops.accept("D and more", out);
        assertThat(out).hasToString("Hello\nUsually ");
        assertThat(stops.found()).isEqualTo("END");
        stops.accept("ignored", out);
        stops.finish(out);
        assertThat(out).hasToString("Hello\nUsually ");
    }

    @Test
    void whatWasHeldBackIsTextAtTheEnd() {
        StopStrings stops = new StopStrings(List.of("abcd"));
        StringBuilder out = new StringBuilder();
        stops.accept("xabc", out);
        assertThat(out).hasToString("x");
        stops.finish(out);
        assertThat(out).hasToString("xabc");
    }

    @Test
    void anEmptyStopIsRefused() {
        assertThatThrownBy(() -> new StopStrings(List.of(""))).isInstanceOf(IllegalArgumentException.class);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars('a', 'b', 'c').ofMaxLength(40);
    }

    @Provide
    Arbitrary<List<String>> stopLists() {
        return Arbitraries.strings()
                .withChars('a', 'b', 'c')
                .ofMinLength(1)
                .ofMaxLength(5)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3);
    }

    /** Whatever the pieces, the text ends before the stop that is complete first, and nothing is emitted too early. */
    @Property(tries = 3000)
    void resultDoesNotDependOnTheCut(
            @ForAll("texts") String text, @ForAll("stopLists") List<String> stops, @ForAll List<Boolean> cuts) {
        int end = Integer.MAX_VALUE;
        String first = null;
        for (String stop : stops) {
            int at = text.indexOf(stop);
            int stopEnd = at + stop.length();
            if (at >= 0 && (stopEnd < end || (stopEnd == end && first != null && stop.length() > first.length()))) {
                end = stopEnd;
                first = stop;
            }
        }
        String expected = first == null ? text : text.substring(0, end - first.length());

        StopStrings stream = new StopStrings(stops);
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int i = 1; i <= text.length(); i++) {
            if (i == text.length() || (i - 1 < cuts.size() && cuts.get(i - 1))) {
                stream.accept(text.substring(from, i), out);
                from = i;
                assertThat(expected).startsWith(out.toString());
                if (stream.found() == null) {
                    assertThat(out.length() + longestBeginning(text.substring(0, i), stops))
                            .isEqualTo(i);
                }
            }
        }
        stream.finish(out);
        assertThat(out).hasToString(expected);
        assertThat(stream.found()).isEqualTo(first);
    }

    private static int longestBeginning(String text, List<String> stops) {
        int longest = 0;
        for (String stop : stops) {
            for (int n = 1; n < stop.length(); n++) {
                if (text.endsWith(stop.substring(0, n))) {
                    longest = Math.max(longest, n);
                }
            }
        }
        return longest;
    }
}
