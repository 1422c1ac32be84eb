package dev.jerboa.gateway.dialect.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventSplitterTest {
    private static List<String> split(String text, boolean lines, int most, int part) {
        List<String> events = new ArrayList<>();
        StringBuilder raw = new StringBuilder();
        EventSplitter splitter = new EventSplitter(lines, most, new EventSplitter.Events() {
            @Override
            public void event(byte[] bytes, int from, int to, byte[] data, int dataFrom, int dataTo) {
                raw.append(new String(bytes, from, to - from, StandardCharsets.UTF_8));
                events.add(new String(data, dataFrom, dataTo - dataFrom, StandardCharsets.UTF_8));
            }

            @Override
            public void unread(byte[] bytes, int from, int to) {
                raw.append(new String(bytes, from, to - from, StandardCharsets.UTF_8));
            }
        });
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; at += part) {
            splitter.take(bytes, at, Math.min(part, bytes.length - at));
        }
        splitter.end();
        assertThat(raw.toString()).isEqualTo(text);
        return events;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 1000})
    void eventsEndWithABlankLine(int part) {
        String text =
                "event: a\ndata: one\n\ndata:two\r\n\r\n: comment\n\nid: 1\ndata: three\ndata: and more\ndata:  four\n\ndata: last";
        assertThat(split(text, false, 1000, part)).containsExactly("one", "two", "", "three\nand more\n four", "last");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 1000})
    void linesMayEndWithACarriageReturnAlone(int part) {
        assertThat(split(
                        "event: a\rdata: one\r\rdata:two\r\r: c\r\rdata: 3\rdata: 4\r\rdata: \u00e9",
                        false,
                        1000,
                        part))
                .containsExactly("one", "two", "", "3\n4", "\u00e9");
        assertThat(split(
                        "data: a\r\rdata: b\n\ndata: c\r\n\r\ndata: d\n\r\ndata: e\r\r\ndata: f\n\n",
                        false,
                        1000,
                        part))
                .containsExactly("a", "b", "c", "d", "e", "f");
        assertThat(split("data: " + "x".repeat(100) + "\r\rdata: b\r\r", false, 50, part))
                .containsExactly("b");
    }

    @Test
    void anEventIsNotWaitedForThatACarriageReturnEnds() {
        List<String> events = new ArrayList<>();
        EventSplitter splitter = new EventSplitter(false, 100, new EventSplitter.Events() {
            @Override
            public void event(byte[] bytes, int from, int to, byte[] data, int dataFrom, int dataTo) {
                events.add(new String(data, dataFrom, dataTo - dataFrom, StandardCharsets.UTF_8));
            }

            @Override
            public void unread(byte[] bytes, int from, int to) {}
        });
        byte[] one = "data: one\r\r".getBytes(StandardCharsets.UTF_8);
        splitter.take(one, 0, one.length);
        assertThat(events).containsExactly("one");
        byte[] feed = "\ndata: two\r\r".getBytes(StandardCharsets.UTF_8); // the feed is the last line's
        splitter.take(feed, 0, feed.length);
        assertThat(events).containsExactly("one", "two");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 1000})
    void linesAreEvents(int part) {
        assertThat(split("{1}\n{2}\r\n\n{3}", true, 1000, part)).containsExactly("{1}", "{2}", "", "{3}");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void whatIsTooLongIsNotReadAndTheNextIs(int part) {
        String longOne = "data: " + "x".repeat(100);
        assertThat(split("data: a\n\n" + longOne + "\n\ndata: b\n\n", false, 50, part))
                .containsExactly("a", "b");
        assertThat(split("data: a\n\n" + longOne + "\r\n\r\ndata: b\n\n", false, 50, part))
                .containsExactly("a", "b");
        assertThat(split("a\n" + longOne + "\nb\n", true, 50, part)).containsExactly("a", "b");
    }

    @Test
    void nothingIsNoEvent() {
        assertThat(split("", false, 10, 1)).isEmpty();
    }
}
