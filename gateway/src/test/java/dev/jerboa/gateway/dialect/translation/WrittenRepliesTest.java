package dev.jerboa.gateway.dialect.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ErrorOrigin;
import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyPiece.Begun;
import dev.jerboa.gateway.dialect.ReplyPiece.CallArguments;
import dev.jerboa.gateway.dialect.ReplyPiece.CallBegun;
import dev.jerboa.gateway.dialect.ReplyPiece.Finished;
import dev.jerboa.gateway.dialect.ReplyPiece.Reasoning;
import dev.jerboa.gateway.dialect.ReplyPiece.ReasoningProof;
import dev.jerboa.gateway.dialect.ReplyPiece.Refusal;
import dev.jerboa.gateway.dialect.ReplyPiece.Text;
import dev.jerboa.gateway.dialect.ReplyPiece.Used;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.model.json.Json;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replies as clients see them: what is written is read again as it was, in the order of events that clients expect. */
class WrittenRepliesTest {
    private static final Usage USAGE = new Usage(30, 60, 6, 4, 20, 10);

    private static final List<ReplyPiece> RICH = List.of(
            new Begun("up-1", "up-model"),
            new Reasoning(0, "Let me "),
            new Reasoning(0, "think é"),
            new ReasoningProof(0, new Proof(Proof.Kind.SIGNATURE, "", "SIG==")),
            new Text(0, "Grüß "),
            new Text(0, "😀\n"),
            new CallBegun(0, 0, "call_a", "look"),
            new CallArguments(0, 0, "{\"q\": "),
            new CallArguments(0, 0, "\"é\"}"),
            new CallBegun(0, 1, "call_b", "go"),
            new CallArguments(0, 1, "{}"),
            new Finished(0, "tool_calls", "", null));

    @ParameterizedTest
    @CsvSource({
        "CHAT,true", "CHAT,false", "RESPONSES,true", "RESPONSES,false",
        "MESSAGES,true", "MESSAGES,false", "OLLAMA_CHAT,true", "OLLAMA_CHAT,false"
    })
    void whatIsWrittenIsReadAsItWas(ClientForm form, boolean stream) {
        ClientRequest request = Talk.asking(form, stream);
        byte[] bytes = Talk.write(request, RICH, USAGE);
        List<ReplyPiece> read = Talk.joined(Talk.read(form.dialect(), stream, bytes, 17));
        List<ReplyPiece> expected = new ArrayList<>(Talk.joined(RICH));
        expected.set(0, new Begun(id(form), "lab/model"));
        expected.add(new Used(form == ClientForm.OLLAMA_CHAT ? Usage.of(100, 30) : usageIn(form), cost(form)));
        if (form == ClientForm.OLLAMA_CHAT) {
            expected.removeIf(ReasoningProof.class::isInstance);
        }
        if (form == ClientForm.RESPONSES || form == ClientForm.OLLAMA_CHAT) {
            expected.replaceAll(WrittenRepliesTest::withoutSpaces);
            read.replaceAll(WrittenRepliesTest::withoutSpaces);
        }
        assertThat(ids(read)).isEqualTo(ids(expected));
    }

    private static String id(ClientForm form) {
        return switch (form) {
            case RESPONSES -> "resp_GEN1";
            case MESSAGES -> "msg_GEN1";
            case OLLAMA_CHAT -> "";
            default -> "GEN1";
        };
    }

    private static Usage usageIn(ClientForm form) {
        return form == ClientForm.MESSAGES ? USAGE : new Usage(30, 60, 10, 0, 20, 10);
    }

    private static @Nullable Long cost(ClientForm form) {
        return form == ClientForm.CHAT || form == ClientForm.RESPONSES ? 1_230L : null;
    }

    private static ReplyPiece withoutSpaces(ReplyPiece piece) {
        return piece instanceof CallArguments(int choice, int index, String json)
                ? new CallArguments(choice, index, json.replace(" ", ""))
                : piece;
    }

    /** Proofs keep their kind and data; the ids of reasoning and the words for an ending are the writer's. */
    private static List<ReplyPiece> ids(List<ReplyPiece> pieces) {
        List<ReplyPiece> same = new ArrayList<>(pieces);
        same.replaceAll(piece -> piece instanceof ReasoningProof(int choice, Proof proof)
                ? new ReasoningProof(choice, new Proof(proof.kind(), "", proof.data()))
                : piece instanceof CallArguments(int choice, int index, String json)
                        ? new CallArguments(choice, index, json.replace(" ", ""))
                        : piece instanceof Finished(int choice, String reason, String _, String stop)
                                ? new Finished(choice, reason, "", stop)
                                : piece);
        return same;
    }

    private static List<String> types(byte[] stream) {
        List<String> types = new ArrayList<>();
        Matcher matcher =
                Pattern.compile("event: (\\S+)\ndata: \\{\"type\": \"(\\S+?)\"").matcher(Talk.text(stream));
        while (matcher.find()) {
            assertThat(matcher.group(1)).isEqualTo(matcher.group(2));
            if (types.isEmpty() || !types.getLast().equals(matcher.group(1))) {
                types.add(matcher.group(1));
            }
        }
        return types;
    }

    @Test
    void responsesHaveTheirStepsInOrder() {
        byte[] stream = Talk.write(Talk.asking(ClientForm.RESPONSES, true), RICH, USAGE);
        assertThat(types(stream))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.reasoning_summary_part.added",
                        "response.reasoning_summary_text.delta",
                        "response.reasoning_summary_text.done",
                        "response.reasoning_summary_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done",
                        "response.completed");
        Matcher numbers = Pattern.compile("\"sequence_number\": (\\d+)").matcher(Talk.text(stream));
        for (int expected = 0; numbers.find(); expected++) {
            assertThat(Integer.parseInt(numbers.group(1))).isEqualTo(expected);
        }
    }

    @Test
    void messagesHaveTheirBlocksInOrder() {
        byte[] stream = Talk.write(Talk.asking(ClientForm.MESSAGES, true), RICH, USAGE);
        assertThat(types(stream))
                .containsExactly(
                        "message_start",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "message_delta",
                        "message_stop");
        assertThat(Talk.text(stream))
                .contains(
                        "{\"type\": \"content_block_start\", \"index\": 3, \"content_block\": {\"type\": \"tool_use\", \"id\": \"call_b\", \"name\": \"go\", \"input\": {}}}")
                .contains("\"stop_reason\": \"tool_use\"");
    }

    @Test
    void chatChunksAreAsClientsReadThem() {
        String stream = Talk.text(Talk.write(
                Talk.asking(ClientForm.CHAT, true),
                List.of(new Begun("x", "y"), new Text(0, "hi"), new Finished(0, "length", "", null)),
                Usage.of(5, 2)));
        assertThat(stream.replaceAll("\"created\": \\d+", "\"created\": 0")).isEqualTo("""
                        data: {"id": "GEN1", "object": "chat.completion.chunk", "created": 0, "model": "lab/model", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "hi"}, "logprobs": null, "finish_reason": null}], "usage": null}

                        data: {"id": "GEN1", "object": "chat.completion.chunk", "created": 0, "model": "lab/model", "choices": [{"index": 0, "delta": {}, "logprobs": null, "finish_reason": "length"}], "usage": null}

                        data: {"id": "GEN1", "object": "chat.completion.chunk", "created": 0, "model": "lab/model", "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}, "cost": 0.00000123}}

                        data: [DONE]

                        """);
    }

    @Test
    void countsAreNotToldToWhoDidNotAsk() {
        ClientRequest silent = Talk.request(ClientForm.CHAT, "{'model':'m','stream':true}");
        assertThat(Talk.text(Talk.write(silent, RICH, USAGE)))
                .doesNotContain("usage")
                .endsWith("data: [DONE]\n\n");
    }

    @Test
    void ollamaTellsCallsWholeAndCountsLast() {
        String stream = Talk.text(Talk.write(Talk.asking(ClientForm.OLLAMA_CHAT, true), RICH, USAGE));
        String[] lines = stream.split("\n");
        assertThat(lines[lines.length - 2])
                .contains(
                        "\"tool_calls\": [{\"id\": \"call_a\", \"function\": {\"index\": 0, \"name\": \"look\", \"arguments\": {\"q\": \"é\"}}}, {\"id\": \"call_b\"");
        assertThat(Talk.object(lines[lines.length - 1]))
                .containsEntry("done", true)
                .containsEntry("done_reason", "stop")
                .containsEntry("total_duration", 2_000L)
                .containsEntry("prompt_eval_duration", 500L)
                .containsEntry("eval_duration", 1_500L)
                .containsEntry("prompt_eval_count", 100L)
                .containsEntry("eval_count", 30L);
        String generated = Talk.text(Talk.write(Talk.asking(ClientForm.OLLAMA_GENERATE, false), RICH, USAGE));
        assertThat(Talk.object(generated))
                .containsEntry("response", "Grüß 😀\n")
                .containsEntry("thinking", "Let me think é")
                .doesNotContainKey("message");
    }

    @Test
    void callsWhosePartsComeAmongEachOtherAreWrittenOneAfterTheOther() {
        List<ReplyPiece> mixed = List.of(
                new CallBegun(0, 0, "a", "x"),
                new CallBegun(0, 1, "b", "y"),
                new CallArguments(0, 0, "{\"p\":"),
                new CallArguments(0, 1, "{\"q\":"),
                new CallArguments(0, 0, "1}"),
                new CallArguments(0, 1, "2}"),
                new Finished(0, "tool_calls", "", null));
        for (ClientForm form :
                List.of(ClientForm.MESSAGES, ClientForm.RESPONSES, ClientForm.CHAT, ClientForm.OLLAMA_CHAT)) {
            for (boolean stream : new boolean[] {true, false}) {
                byte[] bytes = Talk.write(Talk.asking(form, stream), mixed, USAGE);
                List<ReplyPiece> read = Talk.read(form.dialect(), stream, bytes, 50);
                assertThat(arguments(read, 0)).as("%s %s", form, stream).isEqualTo("{\"p\":1}");
                assertThat(arguments(read, 1)).isEqualTo("{\"q\":2}");
            }
        }
    }

    private static String arguments(List<ReplyPiece> pieces, int index) {
        StringBuilder json = new StringBuilder();
        for (ReplyPiece piece : pieces) {
            if (piece instanceof CallArguments(int _, int number, String more) && number == index) {
                json.append(more.replace(" ", ""));
            }
        }
        return json.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "length,CHAT,\"finish_reason\": \"length\"",
        "length,MESSAGES,\"stop_reason\": \"max_tokens\"",
        "length,RESPONSES,\"status\": \"incomplete\"",
        "length,OLLAMA_CHAT,\"done_reason\": \"length\"",
        "stop,MESSAGES,\"stop_reason\": \"end_turn\"",
        "content_filter,MESSAGES,\"stop_reason\": \"refusal\"",
        "content_filter,RESPONSES,\"reason\": \"content_filter\""
    })
    void endsAreSaidInTheClientsWords(String reason, ClientForm form, String words) {
        List<ReplyPiece> pieces = List.of(new Text(0, "x"), new Finished(0, reason, "", null));
        for (boolean stream : new boolean[] {true, false}) {
            assertThat(Talk.text(Talk.write(Talk.asking(form, stream), pieces, USAGE)))
                    .contains(words);
        }
    }

    @Test
    void aStopSequenceIsTold() {
        List<ReplyPiece> pieces = List.of(new Text(0, "x"), new Finished(0, "stop", "", "END"));
        assertThat(Talk.text(Talk.write(Talk.asking(ClientForm.MESSAGES, true), pieces, USAGE)))
                .contains("\"stop_reason\": \"stop_sequence\", \"stop_sequence\": \"END\"");
    }

    @Test
    void refusalsAreTold() {
        List<ReplyPiece> pieces =
                List.of(new Refusal(0, "I will"), new Refusal(0, " not."), new Finished(0, "stop", "", null));
        assertThat(Talk.text(Talk.write(Talk.asking(ClientForm.CHAT, false), pieces, USAGE)))
                .contains("\"refusal\": \"I will not.\"");
        for (boolean stream : new boolean[] {true, false}) {
            assertThat(Talk.joined(Talk.read(
                                    WireDialect.RESPONSES,
                                    stream,
                                    Talk.write(Talk.asking(ClientForm.RESPONSES, stream), pieces, USAGE),
                                    99))
                            .stream()
                            .filter(Refusal.class::isInstance)
                            .map(piece -> ((Refusal) piece).text())
                            .reduce("", String::concat))
                    .isEqualTo("I will not.");
        }
    }

    @Test
    void anEmptyReplyIsStillOne() {
        for (ClientForm form :
                List.of(ClientForm.CHAT, ClientForm.RESPONSES, ClientForm.MESSAGES, ClientForm.OLLAMA_CHAT)) {
            for (boolean stream : new boolean[] {true, false}) {
                List<ReplyPiece> read =
                        Talk.read(form.dialect(), stream, Talk.write(Talk.asking(form, stream), List.of(), USAGE), 99);
                assertThat(read).as("%s %s", form, stream).hasSize(3);
                assertThat(ids(read).get(1)).isEqualTo(new Finished(0, "stop", "", null));
            }
        }
    }

    @Test
    void hiddenReasoningIsNotShown() {
        ClientRequest hidden = Talk.request(ClientForm.CHAT, "{'model':'m','reasoning':{'exclude':true}}");
        assertThat(Talk.text(Talk.write(hidden, RICH, USAGE)))
                .doesNotContain("think", "SIG")
                .contains("Grüß");
    }

    @Test
    void errorsHaveTheClientsShapeBeforeAndWithinAReply() {
        assertThat(Talk.object(Translation.errorBody(
                        ClientForm.CHAT, new ReplyError(ErrorKind.RATE_LIMIT, "slow"), Surface.OPENAI)))
                .isEqualTo(
                        Talk.object(
                                "{'error':{'message':'slow','type':'rate_limit_error','param':null,'code':'rate_limit_exceeded'}}"));
        assertThat(Talk.object(Translation.errorBody(
                        ClientForm.MESSAGES, new ReplyError(ErrorKind.CONTEXT_LENGTH, "9 > 8"), Surface.OPENAI)))
                .isEqualTo(
                        Talk.object(
                                "{'type':'error','error':{'type':'invalid_request_error','message':'prompt is too long: 9 > 8'}}"));
        assertThat(Talk.object(Translation.errorBody(
                        ClientForm.OLLAMA_CHAT, new ReplyError(ErrorKind.SERVER, "broke"), Surface.OPENAI)))
                .isEqualTo(Map.of("error", "broke"));
        assertThat(failed(ClientForm.MESSAGES))
                .contains(
                        "event: error\ndata: {\"type\": \"error\", \"error\": {\"type\": \"overloaded_error\", \"message\": \"busy\"}}");
        assertThat(failed(ClientForm.OLLAMA_CHAT)).isEqualTo("{\"error\": \"busy\"}\n");
        assertThat(failed(ClientForm.RESPONSES))
                .contains("event: error\n", "event: response.failed\n", "\"status\": \"failed\"");
        assertThat(failed(ClientForm.CHAT))
                .contains("\"error\": {\"message\": \"busy\"", "\"finish_reason\": \"error\"");
        for (ClientForm form :
                List.of(ClientForm.CHAT, ClientForm.RESPONSES, ClientForm.MESSAGES, ClientForm.OLLAMA_CHAT)) {
            byte[] stream = Talk.bytes(failed(form));
            assertThat(Talk.read(form.dialect(), true, stream, 20))
                    .as("%s", form)
                    .anyMatch(piece -> piece instanceof ReplyPiece.Failed(ErrorKind kind, String message)
                            && message.equals("busy"));
        }
    }

    /** One body for clients of both: OpenAI's read type, param and a word as code, OpenRouter's a number and metadata. */
    @Test
    void errorsAreReadByClientsOfOpenAiAndOfOpenRouter() {
        ErrorOrigin origin = new ErrorOrigin("Prov", "lab/m", "no such thing", "bad_thing", List.of("violence"), "how");
        ReplyError invalid = new ReplyError(ErrorKind.INVALID, "no", origin);
        assertThat(error(invalid, Surface.OPENROUTER))
                .isEqualTo(
                        Talk.object(
                                "{'message':'no','type':'invalid_request_error','param':null,'code':400,'metadata':{'error_type':'invalid_request','provider_name':'Prov','provider_code':'bad_thing','raw':'no such thing'}}"));
        assertThat(error(invalid, Surface.OPENAI)).containsEntry("code", null).containsKey("metadata");
        ReplyError flagged = new ReplyError(ErrorKind.CONTENT_POLICY, "no", origin);
        assertThat(error(flagged, Surface.OPENROUTER))
                .containsEntry("code", 403L)
                .containsEntry(
                        "metadata",
                        Talk.object(
                                "{'error_type':'content_policy_violation','provider_name':'Prov','reasons':['violence'],'flagged_input':'how','model_slug':'lab/m','provider_code':'bad_thing','raw':'no such thing'}"));
        assertThat(error(flagged, Surface.OPENAI)).containsEntry("code", "content_policy_violation");
        for (ErrorKind kind : ErrorKind.values()) {
            ReplyError own = new ReplyError(kind, "no");
            assertThat(error(own, Surface.OPENROUTER).get("code")).isEqualTo((long) Surface.OPENROUTER.status(kind));
            assertThat(Tree.object(error(own, Surface.OPENROUTER), "metadata")).containsOnlyKeys("error_type");
            assertThat(error(own, Surface.OPENAI)).containsOnlyKeys("message", "type", "param", "code");
        }
    }

    private static Map<String, @Nullable Object> error(ReplyError error, Surface surface) {
        Map<String, @Nullable Object> body = Talk.object(Translation.errorBody(ClientForm.CHAT, error, surface));
        return Json.asObject(Objects.requireNonNull(body.get("error")), "an error");
    }

    @Test
    void withinAStreamOfOpenRoutersAnErrorIsAChunk() {
        ReplyWriter writer = Talk.translation(ClientForm.CHAT, WireDialect.OPENAI)
                .writer(Talk.asking(ClientForm.CHAT, true, Surface.OPENROUTER), new Answerer("GEN1", "lab/m", "Prov"));
        byte[] chunk = writer.failed(new ReplyError(ErrorKind.RATE_LIMIT, "slow"));
        Map<String, @Nullable Object> told = Talk.object(Talk.text(chunk).substring("data: ".length()));
        assertThat(told)
                .containsEntry("id", "GEN1")
                .containsEntry("model", "lab/m")
                .containsEntry("provider", "Prov");
        assertThat(told.get("choices"))
                .isEqualTo(List.of(Map.of("index", 0L, "delta", Map.of("content", ""), "finish_reason", "error")));
        assertThat(Tree.object(told, "error").get("code")).isEqualTo(429L);
    }

    @Test
    void clientsOfOpenRouterAreToldTheEndpointsOwnWordAndCost() {
        List<ReplyPiece> pieces = List.of(
                new Begun("up-1", "up-model"),
                new Text(0, "x"),
                new Finished(0, "stop", "end_turn", null),
                new Used(USAGE, 700L));
        for (ClientForm form : List.of(ClientForm.CHAT, ClientForm.COMPLETIONS)) {
            for (boolean stream : new boolean[] {true, false}) {
                String own = "\"native_finish_reason\": \"end_turn\"";
                String beside = "\"is_byok\": false, \"cost_details\": {\"upstream_inference_cost\": 7E-7}";
                assertThat(Talk.text(Talk.write(Talk.asking(form, stream, Surface.OPENROUTER), pieces, USAGE)))
                        .contains("\"finish_reason\": \"stop\", " + own, beside);
                assertThat(Talk.text(Talk.write(Talk.asking(form, stream), pieces, USAGE)))
                        .doesNotContain("native_finish_reason", "is_byok", "cost_details");
            }
        }
    }

    private static String failed(ClientForm form) {
        ReplyWriter writer =
                Talk.translation(form, form.dialect()).writer(Talk.asking(form, true), new Answerer("GEN1", "m", ""));
        writer.piece(new Text(0, "x"), (_, _, _) -> {});
        return Talk.text(writer.failed(new ReplyError(ErrorKind.OVERLOADED, "busy")));
    }

    @Test
    void streamsAreKeptAlive() {
        for (ClientForm form : ClientForm.values()) {
            ReplyWriter writer = Talk.translation(form, form.dialect())
                    .writer(Talk.asking(form, true), new Answerer("GEN1", "m", ""));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            writer.piece(new Text(0, "x"), (_, _, _) -> {});
            writer.keepAlive(out::write);
            String expected = switch (form) {
                case CHAT, COMPLETIONS, RESPONSES -> ": keep-alive\n\n";
                case MESSAGES -> "event: ping\ndata: {\"type\": \"ping\"}\n\n";
                default -> "";
            };
            assertThat(Talk.text(out.toByteArray())).as("%s", form).isEqualTo(expected);
        }
    }

    @Test
    void vectorsInBothForms() {
        byte[] ollama = Talk.bytes("{\"model\":\"e\",\"embeddings\":[[0.1,-2.5e-8],[1,2]],\"prompt_eval_count\":4}");
        List<ReplyPiece> read = Talk.read(
                Talk.translation(ClientForm.EMBEDDINGS, WireDialect.OLLAMA)
                        .reader(Talk.asking(ClientForm.EMBEDDINGS, false)),
                ollama,
                7);
        Map<String, ?> openAi = Talk.object(
                Talk.write(Talk.request(ClientForm.EMBEDDINGS, "{'model':'m','input':'x'}"), read, Usage.of(4, 0)));
        assertThat(openAi.toString())
                .isEqualTo(
                        "{object=list, data=[{object=embedding, index=0, embedding=[0.1, -2.5E-8]}, {object=embedding, index=1, embedding=[1.0, 2.0]}], model=lab/model, usage={prompt_tokens=4, total_tokens=4, cost=1.23E-6}}");
        byte[] base64 = Talk.write(
                Talk.request(ClientForm.EMBEDDINGS, "{'model':'m','input':'x','encoding_format':'base64'}"),
                read,
                Usage.of(4, 0));
        List<ReplyPiece> again = Talk.read(
                Talk.translation(ClientForm.OLLAMA_EMBED, WireDialect.OPENAI)
                        .reader(Talk.asking(ClientForm.OLLAMA_EMBED, false)),
                base64,
                7);
        Map<String, ?> back = Talk.object(
                Talk.write(Talk.request(ClientForm.OLLAMA_EMBED, "{'model':'m','input':'x'}"), again, Usage.of(4, 0)));
        assertThat(String.valueOf(back.get("embeddings"))).isEqualTo("[[0.1, -2.5E-8], [1.0, 2.0]]");
        assertThat(again).contains(new Used(Usage.of(4, 0), 1_230L));
    }

    @Test
    void aWriterOfAFormThatIsCompletionsHasTexts() {
        ClientRequest request = Talk.asking(ClientForm.COMPLETIONS, true);
        ReplyWriter writer = Talk.translation(ClientForm.COMPLETIONS, WireDialect.OPENAI)
                .writer(request, new Answerer("GEN1", "m", ""));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.piece(new Text(0, "x"), out::write);
        out.writeBytes(writer.end(new Ending(Optional.empty(), OptionalLong.empty(), 0, 0)));
        assertThat(Talk.text(out.toByteArray())).contains("\"object\": \"text_completion\"", "\"text\": \"x\"");
    }
}
