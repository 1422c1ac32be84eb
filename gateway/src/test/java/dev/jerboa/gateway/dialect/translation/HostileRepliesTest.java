package dev.jerboa.gateway.dialect.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.money.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replies that are made to take long or much. The limit of time is far above what they need, and far below what a square of theirs does. */
@Timeout(60)
class HostileRepliesTest {
    @Test
    void dataOfManyLinesTakesAsLongAsItIs() {
        byte[] lines = ("data:x\n".repeat(1_000_000) + "\n").getBytes(StandardCharsets.US_ASCII);
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, true), lines, 8192, OptionalLong.empty());
        assertThat(passed.body() + passed.tail()).hasSize(lines.length);
    }

    @Test
    void callsWithoutNumberAreBounded() {
        StringBuilder stream = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            stream.append("data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":")
                    .append(i)
                    .append(",\"id\":\"c")
                    .append(i)
                    .append("\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}\n\n");
        }
        byte[] bytes = stream.toString().getBytes(StandardCharsets.US_ASCII);
        Talk.Passed passed = Talk.pass(Talk.asking(ClientForm.CHAT, true), bytes, 8192, OptionalLong.empty());
        assertThat(passed.tally().toolCalls()).isEqualTo(1024);
        assertThat(Talk.read(WireDialect.OPENAI, true, bytes, 8192))
                .filteredOn(ReplyPiece.CallBegun.class::isInstance)
                .hasSize(1024);
    }

    @Test
    void aCallThatIsHeldBackTakesAsLongAsItIs() {
        List<ReplyPiece> pieces = new ArrayList<>();
        pieces.add(new ReplyPiece.CallBegun(0, 0, "a", "f"));
        pieces.add(new ReplyPiece.CallArguments(0, 0, "{\"x\":\""));
        pieces.add(new ReplyPiece.CallBegun(0, 1, "b", "g"));
        pieces.add(new ReplyPiece.CallArguments(0, 1, "{}"));
        for (int i = 0; i < 200_000; i++) {
            pieces.add(new ReplyPiece.CallArguments(0, 0, "\\\"}{"));
        }
        pieces.add(new ReplyPiece.CallArguments(0, 0, "\"}"));
        pieces.add(new ReplyPiece.Finished(0, "tool_calls", "", null));
        String text = Talk.text(Talk.write(Talk.asking(ClientForm.MESSAGES, true), pieces, Usage.of(1, 1)));
        assertThat(text.indexOf("\"name\": \"g\"")).isGreaterThan(text.lastIndexOf("\\\"}{"));
    }

    @Test
    void keysAreLookedForInWhatIsToldOnly() {
        byte[] body =
                ("{\"error\":{\"message\":\"" + "a-".repeat(30_000) + "12345\"}}").getBytes(StandardCharsets.US_ASCII);
        EndpointError error = Translation.error(500, body);
        assertThat(error.kind()).isEqualTo(ErrorKind.SERVER);
        assertThat(error.message()).hasSizeLessThan(502).startsWith("a-a-");
    }

    @Test
    void vectorsThatCannotBeReadAreNoVectors() {
        for (String vector : List.of("'no base64!'", "[]", "null", "7")) {
            List<ReplyPiece> pieces = Talk.read(
                    Talk.translation(ClientForm.OLLAMA_EMBED, WireDialect.OPENAI)
                            .reader(Talk.request(ClientForm.OLLAMA_EMBED, "{'model':'m','input':'x'}")),
                    Talk.bytes(Talk.json("{'data':[{'embedding':" + vector + "}],'usage':{'prompt_tokens':3}}")),
                    100);
            assertThat(pieces.getFirst()).as(vector).isInstanceOf(ReplyPiece.Begun.class);
            assertThat(pieces).anyMatch(ReplyPiece.Failed.class::isInstance);
            assertThat(pieces).noneMatch(ReplyPiece.Vectors.class::isInstance);
        }
    }
}
