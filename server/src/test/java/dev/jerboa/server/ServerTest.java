package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.events;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.server.page.Page;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests over a real socket, with the model inside. */
@Timeout(120)
class ServerTest {
    private static final Running RUNNING = Running.open();

    @AfterAll
    static void close() {
        RUNNING.close();
    }

    private static final String SUM =
            "\"model\": \"inside\", \"temperature\": 0, \"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}]";

    @Test
    void aChatCompletion() {
        HttpResponse<String> response = RUNNING.post("/v1/chat/completions", "{" + SUM + "}");
        assertThat(response.statusCode()).isEqualTo(200);
        Map<String, @Nullable Object> answer = json(response);
        assertThat(at(answer, "object")).isEqualTo("chat.completion");
        assertThat(at(answer, "choices", 0, "message", "content")).asString().contains("42");
        assertThat(at(answer, "choices", 0, "message", "reasoning_content"))
                .asString()
                .isNotEmpty();
        assertThat(at(answer, "choices", 0, "finish_reason")).isEqualTo("stop");
        long prompt = number(at(answer, "usage", "prompt_tokens"));
        long generated = number(at(answer, "usage", "completion_tokens"));
        assertThat(at(answer, "usage", "total_tokens")).isEqualTo(prompt + generated);
        assertThat((Long) at(answer, "usage", "completion_tokens_details", "reasoning_tokens"))
                .isBetween(1L, generated);
    }

    @Test
    void aStreamSaysTheSame() {
        String whole = String.valueOf(
                at(json(RUNNING.post("/v1/chat/completions", "{" + SUM + "}")), "choices", 0, "message", "content"));
        HttpResponse<String> response = RUNNING.post(
                "/v1/chat/completions",
                "{" + SUM + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");
        assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        assertThat(response.body()).endsWith("data: [DONE]\n\n");
        List<Map<String, @Nullable Object>> events = events(response.body());
        StringBuilder text = new StringBuilder();
        for (Map<String, @Nullable Object> event : events.subList(0, events.size() - 1)) {
            Object piece = at(event, "choices", 0, "delta", "content");
            text.append(piece == null ? "" : piece);
            assertThat(at(event, "object")).isEqualTo("chat.completion.chunk");
        }
        assertThat(text).hasToString(whole);
        assertThat(at(events.getFirst(), "choices", 0, "delta", "role")).isEqualTo("assistant");
        assertThat(at(events.get(events.size() - 2), "choices", 0, "finish_reason"))
                .isEqualTo("stop");
        assertThat((Long) at(events.getLast(), "usage", "completion_tokens")).isPositive();
        assertThat((List<?>) at(events.getLast(), "choices")).isEmpty();
    }

    @Test
    void severalChoicesWithLogProbabilities() {
        Map<String, @Nullable Object> answer = json(RUNNING.post(
                "/v1/chat/completions",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}], \"n\": 3, \"seed\": 7,"
                        + " \"temperature\": 1, \"logprobs\": true, \"top_logprobs\": 2, \"max_tokens\": 5}"));
        List<?> choices = Json.asList(at(answer, "choices"), "choices");
        assertThat(choices).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(at(choices, i, "index")).isEqualTo((long) i);
            List<?> content = Json.asList(at(choices, i, "logprobs", "content"), "content");
            assertThat(content).hasSize(5);
            assertThat((Double) at(content, 0, "logprob")).isLessThanOrEqualTo(0);
            assertThat(Json.asList(at(content, 0, "top_logprobs"), "top")).hasSize(2);
            assertThat(at(choices, i, "finish_reason")).isEqualTo("length");
        }
        assertThat(at(answer, "usage", "completion_tokens")).isEqualTo(15L);
    }

    @Test
    void manyStreamsAtATimeEachAsAlone() throws Exception {
        List<String> alone = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            alone.add(RUNNING.post("/v1/completions", completion(i)).body().replaceAll("\"(id|created)\": [^,]*,", ""));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> together = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                String body = completion(i);
                together.add(threads.submit(
                        () -> RUNNING.post("/v1/completions", body).body().replaceAll("\"(id|created)\": [^,]*,", "")));
            }
            for (int i = 0; i < 12; i++) {
                assertThat(text(together.get(i).get())).isEqualTo(text(alone.get(i)));
            }
        }
    }

    private static Object text(String body) {
        return String.valueOf(at(Json.parse(body, "answer"), "choices", 0, "text"));
    }

    private static String completion(int seed) {
        return "{\"prompt\": [" + (20 + seed) + ", 40, 60], \"seed\": " + seed
                + ", \"temperature\": 1.5, \"max_tokens\": 40}";
    }

    @Test
    void completionsTakeTextsTokensAndIgnoreTheEnd() {
        Map<String, @Nullable Object> answer = json(RUNNING.post(
                "/v1/completions",
                "{\"prompt\": [\"12 + 30 =\", \"7 + 8 =\"], \"max_tokens\": 9, \"ignore_eos\": true, \"echo\": true}"));
        assertThat(Json.asList(at(answer, "choices"), "choices")).hasSize(2);
        assertThat(at(answer, "choices", 1, "text")).asString().startsWith("7 + 8 =");
        assertThat(at(answer, "usage", "completion_tokens")).isEqualTo(18L);
    }

    @Test
    void anAnswerKeepsToAForm() {
        Map<String, @Nullable Object> answer = json(RUNNING.post(
                "/v1/chat/completions",
                "{" + SUM
                        + ", \"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"a\", \"schema\":"
                        + " {\"type\": \"object\", \"properties\": {\"sum\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\":"
                        + " 99}}, \"required\": [\"sum\"], \"additionalProperties\": false}}}}"));
        String content = String.valueOf(at(answer, "choices", 0, "message", "content"));
        assertThat((Long) at(Json.parse(content, "content"), "sum")).isBetween(0L, 99L);
    }

    @Test
    void aCallThatIsRequiredComes() {
        Map<String, @Nullable Object> answer = json(RUNNING.post(
                "/v1/chat/completions",
                "{" + SUM
                        + ", \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"add\", \"parameters\": {\"type\":"
                        + " \"object\", \"properties\": {\"a\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 99}},"
                        + " \"required\": [\"a\"], \"additionalProperties\": false}}}], \"tool_choice\": \"required\","
                        + " \"parallel_tool_calls\": false, \"max_tokens\": 300}"));
        assertThat(at(answer, "choices", 0, "finish_reason")).isEqualTo("tool_calls");
        assertThat(at(answer, "choices", 0, "message", "tool_calls", 0, "function", "name"))
                .isEqualTo("add");
        String arguments =
                String.valueOf(at(answer, "choices", 0, "message", "tool_calls", 0, "function", "arguments"));
        assertThat((Long) at(Json.parse(arguments, "arguments"), "a")).isBetween(0L, 99L);
    }

    @Test
    void anthropicMessages() {
        String body =
                "{\"model\": \"inside\", \"max_tokens\": 300, \"temperature\": 0, \"messages\": [{\"role\": \"user\","
                        + " \"content\": [{\"type\": \"text\", \"text\": \"What is 12 + 30?\"}]}]";
        Map<String, @Nullable Object> answer = json(RUNNING.post("/v1/messages", body + "}"));
        assertThat(at(answer, "type")).isEqualTo("message");
        assertThat(at(answer, "stop_reason")).isEqualTo("end_turn");
        assertThat(at(answer, "content", 1, "text")).asString().contains("42");
        HttpResponse<String> stream = RUNNING.post("/v1/messages", body + ", \"stream\": true}");
        List<Map<String, @Nullable Object>> events = events(stream.body());
        assertThat(events.getFirst().get("type")).isEqualTo("message_start");
        assertThat(events.getLast().get("type")).isEqualTo("message_stop");
        StringBuilder text = new StringBuilder();
        events.stream()
                .filter(event -> "text_delta".equals(at(event, "delta") == null ? null : at(event, "delta", "type")))
                .forEach(event -> text.append(at(event, "delta", "text")));
        assertThat(text.toString()).isEqualTo(at(answer, "content", 1, "text"));
        Map<String, @Nullable Object> count = json(RUNNING.post(
                "/v1/messages/count_tokens",
                "{\"model\": \"inside\", \"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}]}"));
        long input =
                number(at(answer, "usage", "input_tokens")) + number(at(answer, "usage", "cache_read_input_tokens"));
        assertThat(count.get("input_tokens")).isEqualTo(input);
        HttpResponse<String> wrong = RUNNING.post("/v1/messages", "{\"messages\": []}");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(at(json(wrong), "error", "type")).isEqualTo("invalid_request_error");
    }

    @Test
    void ollamaChatAndGenerate() {
        String body =
                "{\"model\": \"inside:latest\", \"options\": {\"temperature\": 0}, \"messages\": [{\"role\": \"user\","
                        + " \"content\": \"What is 12 + 30?\"}]";
        Map<String, @Nullable Object> answer = json(RUNNING.post("/api/chat", body + ", \"stream\": false}"));
        assertThat(at(answer, "message", "content")).asString().contains("42");
        assertThat(at(answer, "done")).isEqualTo(true);
        StringBuilder text = new StringBuilder();
        for (String line : RUNNING.post("/api/chat", body + "}").body().split("\n")) {
            text.append(at(Json.parse(line, "line"), "message", "content"));
        }
        assertThat(text.toString()).isEqualTo(at(answer, "message", "content"));
        Map<String, @Nullable Object> generated = json(
                RUNNING.post(
                        "/api/generate",
                        "{\"model\": \"inside\", \"prompt\": \"What is 12 + 30?\", \"stream\": false, \"options\": {\"temperature\": 0}}"));
        assertThat(at(generated, "response")).asString().contains("42");
        assertThat(at(json(RUNNING.get("/api/tags")), "models", 0, "name")).isEqualTo("inside:latest");
        assertThat(at(json(RUNNING.get("/api/version")), "version")).isNotNull();
        assertThat(at(json(RUNNING.post("/api/show", "{\"model\": \"inside\"}")), "capabilities", 0))
                .isEqualTo("completion");
        HttpResponse<String> wrong = RUNNING.post("/api/chat", "{\"model\": \"none\"}");
        assertThat(wrong.statusCode()).isEqualTo(404);
        assertThat(json(wrong).get("error")).asString().contains("none").contains("inside");
    }

    @Test
    void responsesWithoutMemory() {
        String body = "{\"model\": \"inside\", \"temperature\": 0, \"input\": \"What is 12 + 30?\"";
        Map<String, @Nullable Object> answer = json(RUNNING.post("/v1/responses", body + "}"));
        assertThat(at(answer, "status")).isEqualTo("completed");
        assertThat(at(answer, "output", 0, "type")).isEqualTo("reasoning");
        assertThat(at(answer, "output", 1, "content", 0, "text")).asString().contains("42");
        List<Map<String, @Nullable Object>> events = events(
                RUNNING.post("/v1/responses", body + ", \"stream\": true}").body());
        assertThat(events.getFirst().get("type")).isEqualTo("response.created");
        assertThat(events.getLast().get("type")).isEqualTo("response.completed");
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).get("sequence_number")).isEqualTo((long) i);
        }
        StringBuilder text = new StringBuilder();
        events.stream()
                .filter(event -> "response.output_text.delta".equals(event.get("type")))
                .forEach(event -> text.append(event.get("delta")));
        assertThat(text.toString()).isEqualTo(at(answer, "output", 1, "content", 0, "text"));
        assertThat(RUNNING.post("/v1/responses", "{\"input\": \"a\", \"previous_response_id\": \"x\"}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void embeddings() {
        Map<String, @Nullable Object> answer = json(RUNNING.post(
                "/v1/embeddings",
                "{\"model\": \"inside\", \"input\": [\"What is 2 + 3?\", \"What is 2 + 4?\", \"Sort 9, 1.\"]}"));
        List<double[]> vectors = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            List<?> list = Json.asList(at(answer, "data", i, "embedding"), "embedding");
            vectors.add(
                    list.stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray());
            assertThat(dot(vectors.get(i), vectors.get(i))).isCloseTo(1, org.assertj.core.api.Assertions.within(1e-5));
        }
        assertThat(dot(vectors.get(0), vectors.get(1))).isGreaterThan(dot(vectors.get(0), vectors.get(2)));
        Map<String, @Nullable Object> ollama =
                json(RUNNING.post("/api/embed", "{\"model\": \"inside\", \"input\": \"What is 2 + 3?\"}"));
        assertThat(at(ollama, "embeddings", 0)).isEqualTo(at(answer, "data", 0, "embedding"));
    }

    private static long number(@Nullable Object value) {
        return ((Number) Objects.requireNonNull(value)).longValue();
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Test
    void modelsTokensAndTemplates() {
        assertThat(at(json(RUNNING.get("/v1/models")), "data", 0, "id")).isEqualTo("inside");
        assertThat(at(json(RUNNING.get("/v1/models/inside")), "id")).isEqualTo("inside");
        Map<String, @Nullable Object> tokens =
                json(RUNNING.post("/tokenize", "{\"content\": \"12 + 30\", \"add_special\": false}"));
        Map<String, @Nullable Object> back =
                json(RUNNING.post("/detokenize", "{\"tokens\": " + tokens.get("tokens") + "}"));
        assertThat(back.get("content")).isEqualTo("12 + 30");
        assertThat(json(RUNNING.post("/apply-template", "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}"))
                        .get("prompt"))
                .asString()
                .contains("hi");
    }

    @Test
    void healthMetricsAndStatus() {
        RUNNING.post("/v1/chat/completions", "{" + SUM + "}");
        assertThat(json(RUNNING.get("/health")).get("status")).isEqualTo("ok");
        assertThat(RUNNING.get("/ready").statusCode()).isEqualTo(200);
        String metrics = RUNNING.get("/metrics").body();
        for (String name : List.of(
                "vllm:num_requests_waiting{model_name=\"inside\"} 0",
                "vllm:num_requests_running{model_name=\"inside\"} 0",
                "vllm:kv_cache_usage_perc{model_name=\"inside\"} 0",
                "vllm:cache_config_info{block_size=\"64\"",
                "vllm:lora_requests_info",
                "vllm:time_to_first_token_seconds_count")) {
            assertThat(metrics).contains(name);
        }
        assertThat(at(json(RUNNING.get("/jerboa/status")), "models", 0, "state"))
                .isEqualTo("ready");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "400 | {\"messages\": 3} | messages: expected a list",
                "400 | {} | messages: expected at least one",
                "400 | [1] | expected a JSON object",
                "400 | {\"messages\" | not readable as JSON",
                "400 | {\"temperature\": 7, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]} | temperature: expected a number",
                "400 | {\"n\": 99, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]} | n: expected a whole number from 1 to 8",
                "400 | {\"mirostat\": 2, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]} | mirostat: is not supported",
                "400 | {\"messages\": [{\"role\": \"king\", \"content\": \"a\"}]} | found 'king'",
                "400 | {\"max_tokens\": 0, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]} | max_tokens: expected at least 1",
                "404 | {\"model\": \"gpt\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]} | 'gpt' is not here",
            })
    void mistakesAreToldInWords(int status, String body, String message) {
        HttpResponse<String> response = RUNNING.post("/v1/chat/completions", body);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(at(json(response), "error", "message")).asString().contains(message);
    }

    /** Choices of several prompts, streamed: each piece, log-probability and offset belongs to its choice. */
    @Test
    void severalPromptsStreamedSayTheSame() {
        String body =
                "{\"prompt\": [\"12 + 30 =\", \"7 + 8 =\"], \"n\": 2, \"seed\": 3, \"temperature\": 1, \"logprobs\": 1,"
                        + " \"max_tokens\": 12, \"ignore_eos\": true";
        Map<String, @Nullable Object> whole = json(RUNNING.post("/v1/completions", body + "}"));
        assertThat(Json.asList(at(whole, "choices"), "choices")).hasSize(4);
        List<Map<String, @Nullable Object>> events = events(
                RUNNING.post("/v1/completions", body + ", \"stream\": true}").body());
        for (int choice = 0; choice < 4; choice++) {
            StringBuilder text = new StringBuilder();
            List<Object> tokens = new ArrayList<>();
            for (Map<String, @Nullable Object> event : events) {
                if (Long.valueOf(choice).equals(at(event, "choices", 0, "index"))) {
                    text.append(at(event, "choices", 0, "text"));
                    tokens.addAll(Json.asList(at(event, "choices", 0, "logprobs", "tokens"), "tokens"));
                }
            }
            assertThat(text.toString()).isEqualTo(at(whole, "choices", choice, "text"));
            assertThat(tokens).isEqualTo(at(whole, "choices", choice, "logprobs", "tokens"));
        }
        long prompts = number(at(whole, "usage", "prompt_tokens"));
        assertThat(at(whole, "usage", "total_tokens")).isEqualTo(prompts + 48);
    }

    @Test
    void aMessageThatIsBegunIsGoneOnWith() {
        String question = "{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}";
        String prompt = String.valueOf(json(RUNNING.post("/apply-template", "{\"messages\": [" + question + "]}"))
                .get("prompt"));
        String begun = String.valueOf(json(RUNNING.post(
                        "/apply-template",
                        "{\"continue_final_message\": true, \"messages\": [" + question
                                + ", {\"role\": \"assistant\", \"content\": \"It is 4\"}]}"))
                .get("prompt"));
        assertThat(begun).startsWith(prompt).endsWith("It is 4");
        Map<String, @Nullable Object> answer = json(RUNNING.post(
                "/v1/messages",
                "{\"model\": \"inside\", \"max_tokens\": 4, \"messages\": [" + question
                        + ", {\"role\": \"assistant\", \"content\": \"It is 4\"}]}"));
        Map<String, @Nullable Object> tokens =
                json(RUNNING.post("/tokenize", "{\"add_special\": false, \"content\": " + quoted(begun) + "}"));
        assertThat(number(at(answer, "usage", "input_tokens")) + number(at(answer, "usage", "cache_read_input_tokens")))
                .isEqualTo(number(tokens.get("count")));
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder();
        JsonOut.string(text, out);
        return out.toString();
    }

    @Test
    void aPortThatIsTakenIsToldInWords() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Running(ServerOptions.defaults().withPort(RUNNING.server.port())))
                .withMessageContaining(":" + RUNNING.server.port())
                .withMessageContaining("give another port");
    }

    @Test
    void aBodyThatIsTooLongIsRefused() {
        HttpResponse<String> response =
                RUNNING.post("/v1/completions", "{\"prompt\": \"" + "x".repeat(11 << 20) + "\"}");
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(at(json(response), "error", "message")).asString().contains("longer than");
    }

    @Test
    void aBodyInChunksThatAreNoneIsRefused() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", RUNNING.server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(
                            ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 400");
        }
    }

    /** It is the client's right to go; the server's log says nothing of it. */
    @Test
    void aClientThatLeavesWithinItsBodyIsNoFailure() throws Exception {
        List<LogRecord> records = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                records.add(record);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger log = Logger.getLogger(JerboaServer.class.getName());
        log.addHandler(handler);
        try (Socket socket = new Socket("127.0.0.1", RUNNING.server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{\"prompt\": "
                            .getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        } finally {
            log.removeHandler(handler);
        }
        assertThat(records).extracting(LogRecord::getLevel).isEmpty();
    }

    @Test
    void thePageIsServedUnderAStrictPolicyOrSaidToBeMissing() {
        HttpResponse<String> page = RUNNING.get("/");
        if (Page.isThere()) {
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-security-policy").orElse(""))
                    .contains("default-src 'self'")
                    .doesNotContain("unsafe");
        } else {
            assertThat(page.statusCode()).isEqualTo(404);
            assertThat(page.body()).contains("npm was missing");
        }
        assertThat(RUNNING.get("/assets/..%2f..%2findex.html").statusCode()).isEqualTo(404);
    }

    @Test
    void unknownFieldsAreNamed() {
        HttpResponse<String> response = RUNNING.post("/v1/chat/completions", "{" + SUM + ", \"frobnicate\": 1}");
        assertThat(response.headers().firstValue("x-jerboa-warning").orElse("")).contains("frobnicate");
    }

    /** What lies behind the last request of a connection is no request: the rest of a body that was refused, or that cannot be read. */
    @Test
    void aBodyThatNobodyReadIsNotAnotherRequest() throws Exception {
        String hidden = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
        String chat = "POST /v1/chat/completions HTTP/1.1\r\n";
        String chunks = "Host: localhost\r\nTransfer-Encoding: chunked\r\n";
        String close = "Connection: close\r\n";
        String length = "Content-Length: " + hidden.length() + "\r\n";
        Map<String, Integer> statuses = Map.of(
                chat + "Host: evil.example\r\n" + close + length + "\r\n" + hidden, 403,
                "POST /nowhere HTTP/1.1\r\nHost: localhost\r\n" + close + length + "\r\n" + hidden, 404,
                chat + chunks + close + "\r\n5;a=b\r\n" + hidden, 400,
                chat + chunks + close + "\r\n-1\r\n" + hidden, 400,
                chat + chunks + close + "\r\n2\r\n{}\r\n0\r\nx: y\r\n\r\n" + hidden, 400,
                chat + chunks + close + "\r\n2\n{}\n0\n\n" + hidden, 400,
                chat + chunks + "\r\n2\r\n{}xx\r\n0\r\n\r\n" + hidden, 400);
        for (Map.Entry<String, Integer> sent : statuses.entrySet()) {
            try (Socket socket = new Socket("127.0.0.1", RUNNING.server.port())) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(sent.getKey().getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(answer).as(sent.getKey()).startsWith("HTTP/1.1 " + sent.getValue());
                assertThat(answer.split("HTTP/1.1 ", -1)).as(answer).hasSize(2);
            }
        }
    }

    /** Each has a status, also what is no HTTP/1.1, and nothing is waited for that is too long. */
    @ParameterizedTest
    @CsvSource({
        "GET /health HTTP/1.0|Host: localhost||, 505",
        "GET /health HTTP/2.0|Host: localhost||, 400",
        "CONNECT example.org:443 HTTP/1.1|Host: localhost||, 400",
        "GET example.org:443 HTTP/1.1|Host: localhost||, 400",
        "||GET /health HTTP/1.1|Host: localhost|Connection: close||, 200",
        "HEAD /ready HTTP/1.1|Host: localhost|Connection: close||, 200",
        "POST /v1/completions HTTP/1.1|Host: localhost|Content-Length: 9000000000000000||{, 413",
        "POST /v1/completions HTTP/1.1|Host: localhost|Expect: 100-continue|Content-Length: 11000000||, 413"
    })
    void whatIsNotServedIsToldAtOnce(String sent, int status) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", RUNNING.server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(sent.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 " + status + " ");
        }
    }

    /** Helidon keeps a line until it ends, also of a request that was refused. */
    @ParameterizedTest
    @ValueSource(strings = {"/nowhere", "/v1/completions"})
    void aLineWithoutEndIsNotKept(String path) throws Exception {
        byte[] some = new byte[64 << 10];
        Arrays.fill(some, (byte) 'a');
        int sent = 0;
        try (Socket socket = new Socket("127.0.0.1", RUNNING.server.port())) {
            socket.getOutputStream()
                    .write(("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;")
                            .getBytes(StandardCharsets.US_ASCII));
            while (sent < 10_000) { // 640 MB
                socket.getOutputStream().write(some);
                sent++;
            }
        } catch (SocketException e) {
            assertThat(e).isNotNull(); // the other side closed it
        }
        assertThat(sent * (long) some.length).isLessThan(64L << 20);
        assertThat(RUNNING.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void hostsAndOriginsOfOthersAreRefused() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", RUNNING.server.port())) {
            socket.getOutputStream()
                    .write("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            socket.setSoTimeout(20_000);
            StringBuilder answer = new StringBuilder();
            byte[] some = new byte[4096];
            while (!answer.toString().contains("is not served here")) {
                int count = socket.getInputStream().read(some);
                assertThat(count).isPositive();
                answer.append(new String(some, 0, count, StandardCharsets.UTF_8));
            }
            assertThat(answer.toString()).startsWith("HTTP/1.1 403").contains("evil.example");
        }
        HttpRequest foreign = HttpRequest.newBuilder(RUNNING.uri("/v1/models"))
                .header("Origin", "https://evil.example")
                .build();
        assertThat(RUNNING.client
                        .send(foreign, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void keysAreNeededWhereThereAreSome() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServerOptions.defaults().withAddress("0.0.0.0", 0))
                .withMessageContaining("API key");
        try (Running keyed = new Running(ServerOptions.defaults()
                .withPort(0)
                .withKeys(List.of("0123456789abcdef0123"))
                .withHosts(Set.of()))) {
            assertThat(keyed.get("/v1/models").statusCode()).isEqualTo(401);
            assertThat(keyed.get("/health").statusCode()).isEqualTo(200);
            keyed.headers.addAll(List.of("Authorization", "Bearer 0123456789abcdef0123"));
            assertThat(keyed.get("/v1/models").statusCode()).isEqualTo(200);
        }
    }

    /** Who goes away in the middle leaves nothing behind. */
    @Test
    void aClientThatIsGoneCostsNothing() throws Exception {
        for (int i = 0; i < 5; i++) {
            HttpResponse<InputStream> response = RUNNING.client.send(
                    HttpRequest.newBuilder(RUNNING.uri("/v1/completions"))
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"prompt\": [5], \"max_tokens\": 900, \"ignore_eos\": true, \"stream\": true}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                assertThat(in.read()).isPositive();
            }
        }
        for (int i = 0; i < 500; i++) {
            if (Long.valueOf(0).equals(at(json(RUNNING.get("/jerboa/status")), "models", 0, "running"))
                    && Long.valueOf(0).equals(at(json(RUNNING.get("/jerboa/status")), "requests", "in_flight"))) {
                return;
            }
            Thread.sleep(20);
        }
        throw new AssertionError(
                "replies go on: " + RUNNING.get("/jerboa/status").body());
    }
}
