package dev.jerboa.gateway.dialect.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyPiece.Begun;
import dev.jerboa.gateway.dialect.ReplyPiece.CallArguments;
import dev.jerboa.gateway.dialect.ReplyPiece.CallBegun;
import dev.jerboa.gateway.dialect.ReplyPiece.Finished;
import dev.jerboa.gateway.dialect.ReplyPiece.Reasoning;
import dev.jerboa.gateway.dialect.ReplyPiece.ReasoningProof;
import dev.jerboa.gateway.dialect.ReplyPiece.Text;
import dev.jerboa.gateway.dialect.ReplyPiece.Used;
import dev.jerboa.gateway.dialect.ReplyReader;
import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.money.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A reply means the same however its bytes are split, and counts the same whether it is read or passes through. */
class RepliesInAnyPartsTest {
    static Stream<Arguments> streams() {
        return Stream.of(
                Arguments.of(WireDialect.OPENAI, ClientForm.CHAT, Streams.CHAT),
                Arguments.of(WireDialect.RESPONSES, ClientForm.RESPONSES, Streams.RESPONSES),
                Arguments.of(WireDialect.ANTHROPIC, ClientForm.MESSAGES, Streams.MESSAGES),
                Arguments.of(WireDialect.OLLAMA, ClientForm.OLLAMA_CHAT, Streams.OLLAMA));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void aReplySplitAtAnyByteIsTheSame(WireDialect dialect, ClientForm form, byte[] bytes) {
        List<ReplyPiece> whole = Talk.read(dialect, true, bytes, bytes.length);
        for (int at = 1; at < bytes.length; at++) {
            ReplyReader reader = Talk.reader(dialect, true);
            List<ReplyPiece> pieces = new ArrayList<>();
            reader.take(bytes, 0, at, pieces::add);
            reader.take(bytes, at, bytes.length - at, pieces::add);
            reader.end(pieces::add);
            assertThat(pieces).as("split at %d", at).isEqualTo(whole);
        }
        for (int part : new int[] {1, 2, 3, 7, 64}) {
            assertThat(Talk.read(dialect, true, bytes, part)).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void whatPassesIsWhatCame(WireDialect dialect, ClientForm form, byte[] bytes) {
        ClientRequest request = Talk.asking(form, true);
        ReplyTally read = new ReplyTally();
        Talk.read(dialect, true, bytes, bytes.length).forEach(read::see);
        for (int part : new int[] {1, 2, 5, 100, bytes.length}) {
            Talk.Passed passed = Talk.pass(request, bytes, part, OptionalLong.empty());
            assertThat(passed.body() + passed.tail()).isEqualTo(Talk.text(bytes));
            assertThat(passed.tail()).isNotEmpty();
            assertThat(passed.over()).isTrue();
            assertSame(passed.tally(), read);
        }
    }

    /** The WHATWG's rules of event streams: a mark at the beginning, and lines that end with CR or CR LF. */
    @ParameterizedTest
    @MethodSource("streams")
    void marksAndCarriageReturnsAreReadAndPassedOn(WireDialect dialect, ClientForm form, byte[] bytes) {
        List<ReplyPiece> expected = Talk.read(dialect, true, bytes, bytes.length);
        ReplyTally tally = new ReplyTally();
        expected.forEach(tally::see);
        for (String end : dialect == WireDialect.OLLAMA ? List.of("\n", "\r\n") : List.of("\n", "\r\n", "\r")) {
            byte[] other = Talk.bytes("\ufeff" + Talk.text(bytes).replace("\n", end));
            for (int part : new int[] {1, 2, 5, 100, other.length}) {
                assertThat(Talk.read(dialect, true, other, part)).isEqualTo(expected);
                Talk.Passed passed = Talk.pass(Talk.asking(form, true), other, part, OptionalLong.empty());
                assertThat(passed.body() + passed.tail()).isEqualTo(Talk.text(other));
                assertThat(passed.tail()).isNotEmpty();
                assertThat(passed.over()).isTrue();
                assertSame(passed.tally(), tally);
            }
        }
    }

    @Test
    void aWholeReplyMayBeginWithAMark() {
        byte[] body = Talk.bytes(
                "\ufeff"
                        + Talk.json(
                                "{'id':'x','model':'up','choices':[{'index':0,'message':{'content':'hi'},'finish_reason':'stop'}],'usage':{'prompt_tokens':3,'completion_tokens':2}}"));
        for (int part : new int[] {1, 2, 3, 1000}) {
            Talk.Passed passed =
                    Talk.pass(Talk.asking(ClientForm.CHAT, false), body, part, OptionalLong.of(1_000_000_000));
            assertThat(passed.tally().usage()).contains(Usage.of(3, 2));
            assertThat(passed.body() + passed.tail())
                    .isEqualTo(
                            Talk.text(body).replace("\"completion_tokens\":2", "\"completion_tokens\":2, \"cost\": 1"));
            assertThat(Talk.read(WireDialect.OPENAI, false, body, part)).contains(new Text(0, "hi"));
        }
    }

    static void assertSame(ReplyTally tally, ReplyTally expected) {
        assertThat(tally.usage()).isEqualTo(expected.usage());
        assertThat(tally.costNanos()).isEqualTo(expected.costNanos());
        assertThat(tally.finish()).isEqualTo(expected.finish());
        assertThat(tally.finishSaid()).isEqualTo(expected.finishSaid());
        assertThat(tally.toolCalls()).isEqualTo(expected.toolCalls());
        assertThat(tally.textBytes()).isEqualTo(expected.textBytes());
        assertThat(tally.hasContent()).isEqualTo(expected.hasContent());
        assertThat(tally.id()).isEqualTo(expected.id());
        assertThat(tally.model()).isEqualTo(expected.model());
        assertThat(tally.failure()).isEqualTo(expected.failure());
    }

    @ParameterizedTest
    @MethodSource("streams")
    void aCutReplyIsKnownToBeCutAndCountsWhatItToldBefore(WireDialect dialect, ClientForm form, byte[] bytes) {
        int half = bytes.length / 2;
        ReplyReader reader = Talk.reader(dialect, true);
        reader.take(bytes, 0, half, _ -> {});
        List<ReplyPiece> rest = new ArrayList<>();
        reader.end(rest::add);
        assertThat(reader.isOver()).isFalse();
        byte[] cut = java.util.Arrays.copyOf(bytes, half);
        assertThat(Talk.pass(Talk.asking(form, true), cut, 100, OptionalLong.empty())
                        .over())
                .isFalse();
        if (dialect == WireDialect.ANTHROPIC) {
            // prompt tokens of a reply that was cut are known from its beginning
            assertThat(rest).contains(new Used(new Usage(25, 1000, 100, 200, 0, 0), null));
        } else {
            assertThat(rest).contains(new Used(null, null));
        }
    }

    @Test
    void chat() {
        assertThat(Talk.read(WireDialect.OPENAI, true, Streams.CHAT, 1000))
                .containsExactly(
                        new Begun("chatcmpl-1", "gpt"),
                        new Reasoning(0, "Think é\n"),
                        new Text(0, "Grüß 😀"),
                        new Text(0, " 世界 😀"),
                        new CallBegun(0, 0, "call_a", "look"),
                        new CallArguments(0, 0, "{\"q\": \""),
                        new CallArguments(0, 0, "é\"}"),
                        new CallBegun(0, 1, "call_b", "go"),
                        new CallArguments(0, 1, "{}"),
                        new Finished(0, "tool_calls", "tool_calls", null),
                        new Used(new Usage(36, 64, 0, 0, 20, 10), 1_230L));
    }

    @Test
    void responses() {
        assertThat(Talk.read(WireDialect.RESPONSES, true, Streams.RESPONSES, 1000))
                .containsExactly(
                        new Begun("resp_1", "gpt"),
                        new Reasoning(0, "Think é"),
                        new ReasoningProof(0, new Proof(Proof.Kind.ENCRYPTED, "rs_1", "gAAAA==")),
                        new Text(0, "Grüß "),
                        new Text(0, "😀"),
                        new CallBegun(0, 0, "call_a", "look"),
                        new CallArguments(0, 0, "{\"q\":"),
                        new CallArguments(0, 0, "1}"),
                        new Finished(0, "tool_calls", "completed", null),
                        new Used(new Usage(36, 64, 0, 0, 20, 10), null));
    }

    @Test
    void messages() {
        assertThat(Talk.read(WireDialect.ANTHROPIC, true, Streams.MESSAGES, 1000))
                .containsExactly(
                        new Begun("msg_1", "claude"),
                        new Reasoning(0, "Think é"),
                        new ReasoningProof(0, new Proof(Proof.Kind.SIGNATURE, "", "EqQB")),
                        new ReasoningProof(0, new Proof(Proof.Kind.REDACTED, "", "Rm9v")),
                        new Text(0, "Grüß "),
                        new Text(0, "😀 世"),
                        new CallBegun(0, 0, "toolu_1", "look"),
                        new CallArguments(0, 0, "{\"q\": "),
                        new CallArguments(0, 0, "\"x\"}"),
                        new Finished(0, "tool_calls", "tool_use", null),
                        new Used(new Usage(25, 1000, 100, 200, 89, 0), null));
    }

    @Test
    void ollama() {
        assertThat(Talk.read(WireDialect.OLLAMA, true, Streams.OLLAMA, 1000))
                .containsExactly(
                        new Begun("", "qwen3"),
                        new Reasoning(0, "Think é"),
                        new Text(0, "Grüß "),
                        new Text(0, "😀"),
                        new CallBegun(0, 0, "", "look"),
                        new CallArguments(0, 0, "{\"q\": \"é\"}"),
                        new Finished(0, "tool_calls", "stop", null),
                        new Used(Usage.of(26, 298), null));
    }
}
