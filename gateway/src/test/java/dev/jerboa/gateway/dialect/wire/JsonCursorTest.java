package dev.jerboa.gateway.dialect.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.model.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonCursorTest {
    private static JsonCursor cursor(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return new JsonCursor().at(bytes, 0, bytes.length);
    }

    @Property(tries = 500)
    void aTextHasTheLengthThatItMeansHoweverItIsWritten(@ForAll String text) {
        String paired = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        long length = paired.getBytes(StandardCharsets.UTF_8).length;
        StringBuilder escaped = new StringBuilder("\"");
        paired.chars().forEach(c -> escaped.append(String.format("\\u%04X", c)));
        escaped.append('"');
        StringBuilder plain = new StringBuilder();
        JsonOut.string(paired, plain);
        for (String json : List.of(plain.toString(), escaped.toString())) {
            JsonCursor cursor = cursor(" " + json + " ");
            assertThat(cursor.textLength()).isEqualTo(length);
            assertThat(cursor.peek()).isZero();
        }
        assertThat(ReplyTally.utf8Length(paired)).isEqualTo(length);
    }

    @Test
    void membersAndElementsInTurn() {
        JsonCursor cursor = cursor("{ \"a\" : [1, {\"b\":\"]}\"}, \"\\\"\"], \"\\u0063\":12 ,\"d\":null}");
        assertThat(cursor.enterObject()).isTrue();
        assertThat(cursor.nextMember()).isTrue();
        assertThat(cursor.key()).isEqualTo("a");
        assertThat(cursor.enterArray()).isTrue();
        assertThat(cursor.nextElement()).isTrue();
        assertThat(cursor.whole(-1)).isEqualTo(1);
        assertThat(cursor.nextElement()).isTrue();
        cursor.skip();
        assertThat(cursor.nextElement()).isTrue();
        assertThat(cursor.text()).isEqualTo("\"");
        assertThat(cursor.nextElement()).isFalse();
        assertThat(cursor.nextMember()).isTrue();
        assertThat(cursor.key()).isEqualTo("c");
        assertThat(cursor.whole(-1)).isEqualTo(12);
        assertThat(cursor.nextMember()).isTrue();
        assertThat(cursor.isNull()).isTrue();
        assertThat(cursor.text()).isNull();
        assertThat(cursor.nextMember()).isFalse();
    }

    @Test
    void whatEndsEarlyIsNotJson() {
        String json = "{\"a\":[1,{\"b\":\"x\\u00e9\"}]}";
        for (int to = 1; to < json.length(); to++) {
            JsonCursor cursor = cursor(json.substring(0, to));
            assertThatThrownBy(cursor::skip).isInstanceOf(JsonCursor.NotJsonException.class);
        }
        assertThatThrownBy(cursor("[".repeat(1000))::skip).isInstanceOf(JsonCursor.NotJsonException.class);
    }
}
