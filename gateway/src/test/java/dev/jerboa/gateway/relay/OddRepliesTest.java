package dev.jerboa.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.catalog.DataPolicy;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.upstream.CallResult;
import dev.jerboa.gateway.upstream.FailureKind;
import dev.jerboa.gateway.upstream.RemoteCaller;
import dev.jerboa.model.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replies byte by byte, as no stand-in for a provider that means well sends them. */
@Timeout(60)
class OddRepliesTest {
    private static final String STREAM =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

    /** What was asked of the endpoint, and what became of its reply. */
    private record Asked(String head, CallResult result, RecordedClient client) {
        /** All that the client was sent. */
        String text() {
            return client.text() + new String(result.tail().bytes(OptionalLong.empty()), StandardCharsets.UTF_8);
        }
    }

    /** Asks an endpoint that says something once, whatever it is asked, and closes the connection. */
    private static Asked ask(ClientRequest request, WireDialect dialect, String reply) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RemoteCaller caller = new RemoteCaller(Scene.TIMEOUTS, reference -> "secret")) {
            AtomicReference<String> head = new AtomicReference<>("");
            Thread serving = Thread.ofVirtual().start(() -> {
                try (Socket socket = server.accept()) {
                    head.set(request(socket.getInputStream()));
                    socket.getOutputStream().write(reply.getBytes(StandardCharsets.UTF_8));
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // the test has seen enough
                }
            });
            RecordedClient client = new RecordedClient();
            URI base = URI.create("http://127.0.0.1:" + server.getLocalPort());
            Provider provider = new Provider(
                    "p", "P", "US", dialect, Optional.of(base), List.of("k"), new DataPolicy(false, false));
            Endpoint endpoint = new Endpoint(
                    "p:lab/one",
                    "lab/one",
                    "p",
                    "",
                    "up",
                    "fp8",
                    100_000,
                    1_000,
                    Set.of(),
                    Schedule.flat(Scene.RATES),
                    1,
                    0);
            CallResult result = caller.call(request, "GEN", endpoint, provider, 0, client);
            serving.join();
            return new Asked(head.get(), result, client);
        }
    }

    private static String request(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(in.read());
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        int length = Integer.parseInt(text.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
        in.readNBytes(length);
        return text;
    }

    private static ClientRequest chat(boolean stream) {
        return Scene.request(ClientForm.CHAT, Scene.chat(stream));
    }

    private static String data(String... events) {
        StringBuilder text = new StringBuilder();
        for (String event : events) {
            text.append("data: ").append(event.replace('\'', '"')).append("\n\n");
        }
        return text.toString();
    }

    /** What OpenRouter and others answer with the status 200 is no fault of the endpoint's, and not asked again there. */
    @ParameterizedTest
    @CsvSource({
        "invalid_request_error, 400, temperature is wrong, INVALID",
        "invalid_request_error, 400, the maximum context length is 8, NOT_HERE",
        "rate_limit_error, 429, slowly, RATE_LIMITED",
        "authentication_error, 401, no, KEY",
        "server_error, 500, no, SERVER"
    })
    void anErrorBeforeContentMeansWhatItMeansAsAnAnswer(String type, int code, String message, FailureKind kind)
            throws Exception {
        String error = "{'error':{'message':'" + message + "','type':'" + type + "','code':" + code + "}}";
        Asked streamed = ask(chat(true), WireDialect.OPENAI, STREAM + data(error));
        assertThat(streamed.result().failure()).isEqualTo(kind);
        assertThat(streamed.client().hasBegun()).isFalse();
        Asked whole = ask(
                chat(false),
                WireDialect.OPENAI,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
                        + error.replace('\'', '"'));
        assertThat(whole.result().failure()).isEqualTo(kind);
        assertThat(whole.client().hasBegun()).isFalse();
    }

    /** Some answer 201, as to every other POST, and charge for it; with 204 there is nothing that could be passed on. */
    @Test
    void everyStatusOfSuccessIsOne() throws Exception {
        String reply = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
                + "{\"id\": \"1\", \"model\": \"up\", \"choices\": [{\"index\": 0, \"finish_reason\": \"stop\","
                + " \"message\": {\"role\": \"assistant\", \"content\": \"word\"}}],"
                + " \"usage\": {\"prompt_tokens\": 7, \"completion_tokens\": 3, \"total_tokens\": 10}}";
        Asked created = ask(chat(false), WireDialect.OPENAI, reply);
        assertThat(created.result().failure()).isEqualTo(FailureKind.NONE);
        assertThat(created.result().used().tokens()).isEqualTo(Usage.of(7, 3));
        assertThat(created.text()).contains("word");
        Asked nothing = ask(chat(false), WireDialect.OPENAI, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        assertThat(nothing.result().failure()).isEqualTo(FailureKind.SERVER);
        assertThat(nothing.client().hasBegun()).isFalse();
    }

    /** Nothing but its end is no answer; a reason without a word is one. */
    @Test
    void aStreamThatSaysNothingIsNoAnswer() throws Exception {
        for (String nothing : List.of("data: [DONE]\n\n", ": hello\n\ndata: [DONE]\n\n")) {
            Asked asked = ask(chat(true), WireDialect.OPENAI, STREAM + nothing);
            assertThat(asked.result().failure()).isEqualTo(FailureKind.SERVER);
            assertThat(asked.result().ending().message()).contains("empty");
            assertThat(asked.client().hasBegun()).isFalse();
        }
        Asked reason = ask(
                chat(true),
                WireDialect.OPENAI,
                STREAM + data("{'id':'1','model':'up','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}")
                        + "data: [DONE]\n\n");
        assertThat(reason.result().failure()).isEqualTo(FailureKind.NONE);
        assertThat(reason.text()).contains("[DONE]");
    }

    @Test
    void anErrorBehindAnEventThatWasCutCanBeRead() throws Exception {
        Asked asked = ask(
                chat(true),
                WireDialect.OPENAI,
                STREAM
                        + data("{'id':'1','model':'up','choices':[{'index':0,'delta':{'content':'word'}}]}")
                        + "data: {\"id\":\"1\",\"choi");
        assertThat(asked.result().failure()).isEqualTo(FailureKind.CUT);
        String text = asked.text();
        assertThat(text).contains("word").contains("broke off");
        for (String line : text.split("\n+")) {
            assertThat(Json.parse(line.substring("data: ".length()), "a line")).isInstanceOf(Map.class);
        }
    }

    @Test
    void aResponseThatWasCutDoesNotBeginAnew() throws Exception {
        Asked asked = ask(
                Scene.request(ClientForm.RESPONSES, "{\"model\":\"m\",\"stream\":true,\"input\":\"x\"}"),
                WireDialect.RESPONSES,
                STREAM
                        + data(
                                "{'type':'response.created','response':{'id':'resp_1','model':'up','status':'in_progress'}}",
                                "{'type':'response.output_text.delta','output_index':0,'delta':'word'}"));
        assertThat(asked.result().failure()).isEqualTo(FailureKind.CUT);
        assertThat(asked.text().split("response.created", -1)).hasSize(2);
        assertThat(asked.text()).contains("\"type\": \"error\"").contains("\"model\":\"lab/one\"");
    }

    /** A message tells one token of output when it begins, and the truth when it ends: what lies between is not free. */
    @Test
    void whatWasWrittenBeforeACutIsBilled() throws Exception {
        String text = "four".repeat(1000);
        String reply = STREAM
                + data(
                        "{'type':'message_start','message':{'id':'m','model':'up','usage':{'input_tokens':25,'output_tokens':1}}}",
                        "{'type':'content_block_start','index':0,'content_block':{'type':'text','text':''}}",
                        "{'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'" + text + "'}}");
        String body =
                "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        for (ClientForm form : List.of(ClientForm.MESSAGES, ClientForm.CHAT)) {
            Asked asked = ask(Scene.request(form, body), WireDialect.ANTHROPIC, reply);
            assertThat(asked.result().failure()).isEqualTo(FailureKind.CUT);
            assertThat(asked.result().used().tokens()).as(form.text()).isEqualTo(Usage.of(25, 1000));
            assertThat(asked.result().used().quality()).isEqualTo(Quality.PARTIAL);
        }
    }

    /** Warnings name the client's own fields, which may be anything. */
    @Test
    void warningsAreOneLineOfAHead() throws Exception {
        String reply = STREAM
                + data(
                        "{'type':'message_start','message':{'id':'m','model':'up','usage':{'input_tokens':25,'output_tokens':1}}}",
                        "{'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'word'}}",
                        "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':{'output_tokens':2}}",
                        "{'type':'message_stop'}");
        StringBuilder body =
                new StringBuilder("{\"model\":\"m\",\"stream\":true,\"a\\r\\nSet-Cookie: b\":1,\"größe\":1");
        for (int i = 0; i < 1000; i++) {
            body.append(",\"field").append(i).append("\":1");
        }
        body.append(",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
        Asked asked = ask(Scene.request(ClientForm.CHAT, body.toString()), WireDialect.ANTHROPIC, reply);
        assertThat(asked.result().failure()).isEqualTo(FailureKind.NONE);
        String warning = String.valueOf(asked.client().headers().get("X-Jerboa-Warning"));
        assertThat(warning)
                .startsWith("a??Set-Cookie: b: was left out")
                .contains("gr??e")
                .endsWith("...");
        assertThat(warning.chars()).allMatch(c -> c >= ' ' && c <= '~');
        assertThat(warning).hasSizeLessThan(2100);
    }

    @Test
    void anEndpointOfTheClientsDialectIsToldWhichBetasItAsksFor() throws Exception {
        String reply = "HTTP/1.1 400 No\r\nConnection: close\r\n\r\n";
        String body = "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        Map<String, String> headers = Map.of(
                ClientRequest.ANTHROPIC_VERSION,
                "2024-10-22",
                ClientRequest.ANTHROPIC_BETA,
                "context-management-2025-06-27, interleaved-thinking-2025-05-14");
        ClientRequest plain = Scene.request(ClientForm.MESSAGES, body);
        ClientRequest beta = new ClientRequest(ClientForm.MESSAGES, plain.raw(), plain.body(), headers);
        assertThat(ask(beta, WireDialect.ANTHROPIC, reply).head())
                .contains("anthropic-version: 2024-10-22\r\n")
                .contains("anthropic-beta: context-management-2025-06-27, interleaved-thinking-2025-05-14\r\n");
        assertThat(ask(beta, WireDialect.OPENAI, reply).head()).doesNotContain("anthropic");
        assertThat(ask(plain, WireDialect.ANTHROPIC, reply).head())
                .contains("anthropic-version: 2023-06-01\r\n")
                .doesNotContain("beta");
        Map<String, String> bad = Map.of(
                ClientRequest.ANTHROPIC_VERSION, "1\r\nX: y", ClientRequest.ANTHROPIC_BETA, "a\r\nX-Api-Key: mine");
        assertThat(ask(
                                new ClientRequest(ClientForm.MESSAGES, plain.raw(), plain.body(), bad),
                                WireDialect.ANTHROPIC,
                                reply)
                        .head())
                .contains("anthropic-version: 2023-06-01\r\n")
                .doesNotContain("mine")
                .doesNotContain("X: y");
    }

    @Test
    void aReplyInOnePieceSaysNothingOfItsFirstToken() throws Exception {
        Asked asked = ask(
                chat(false),
                WireDialect.OPENAI,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
                        + "{\"id\":\"1\",\"model\":\"up\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}");
        assertThat(asked.result().failure()).isEqualTo(FailureKind.NONE);
        assertThat(asked.result().reply().firstTokenMicros()).isNegative();
        assertThat(asked.text()).contains("\"model\":\"lab/one\"");
    }
}
