package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.generate.OpenOptions;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that cannot be served are refused in words, with the status and in the shape of their dialect. */
@Timeout(120)
class DialectErrorsTest {
    private static final Running RUNNING = new Running(
            ServerOptions.defaults().withPort(0), OpenOptions.defaults().withContextLength(256));

    private static final String USER = "[{\"role\": \"user\", \"content\": \"a\"}]";

    /** What a field may be: s(tring), n(umber), b(oolean), l(ist), o(bject). */
    private static final Map<String, String> VALUES =
            Map.of("s", "\"zzz\"", "n", "7", "b", "true", "l", "[[[]]]", "o", "{\"zzz\": 1}");

    /**
     * An endpoint.
     *
     * @param right fields of a request that is served
     * @param types what each field may be
     */
    private record Endpoint(String path, Map<String, String> right, Map<String, String> types) {
        String body(String... more) {
            Map<String, String> fields = new LinkedHashMap<>(right);
            for (int i = 0; i < more.length; i += 2) {
                fields.put(more[i], more[i + 1]);
            }
            List<String> parts = new ArrayList<>();
            fields.forEach((name, value) -> parts.add("\"" + name + "\": " + value));
            return "{" + String.join(", ", parts) + "}";
        }

        @Override
        public String toString() {
            return path;
        }
    }

    private static Map<String, String> types(String spec) {
        Map<String, String> types = new LinkedHashMap<>();
        for (String part : spec.split(" ")) {
            types.put(part.substring(0, part.indexOf(':')), part.substring(part.indexOf(':') + 1));
        }
        return types;
    }

    private static final String SAMPLING = " temperature:n top_p:n top_k:n min_p:n seed:n frequency_penalty:n"
            + " presence_penalty:n repetition_penalty:n logit_bias:o";
    private static final String OPENAI = " max_tokens:n max_completion_tokens:n n:n stop:sl user:s stream:b"
            + " stream_options:o response_format:o grammar:s guided_regex:s priority:n timeout:n ignore_eos:b cache_salt:s"
            + " structured_outputs:o";

    static List<Endpoint> endpoints() {
        return List.of(
                new Endpoint(
                        "/v1/chat/completions",
                        Map.of("messages", USER, "max_tokens", "1"),
                        types(
                                "model:s messages:l tools:l tool_choice:so parallel_tool_calls:b logprobs:b top_logprobs:n"
                                        + " reasoning_effort:s chat_template_kwargs:o continue_final_message:b enable_thinking:b"
                                        + SAMPLING + OPENAI)),
                new Endpoint(
                        "/v1/completions",
                        Map.of("prompt", "\"a\"", "max_tokens", "1"),
                        types("model:s prompt:sl suffix:s echo:b logprobs:n" + SAMPLING + OPENAI)),
                new Endpoint(
                        "/v1/responses",
                        Map.of("input", "\"a\"", "max_output_tokens", "1"),
                        types(
                                "model:s input:sl instructions:s tools:l tool_choice:so max_output_tokens:n reasoning:o text:o"
                                        + " parallel_tool_calls:b stream:b user:s include:sl" + SAMPLING)),
                new Endpoint(
                        "/v1/messages",
                        Map.of("messages", USER, "max_tokens", "1"),
                        types(
                                "model:s messages:l system:sl max_tokens:n stop_sequences:sl tools:l tool_choice:o thinking:o"
                                        + " metadata:o stream:b output_config:o temperature:n top_p:n top_k:n")),
                new Endpoint(
                        "/v1/messages/count_tokens",
                        Map.of("messages", USER),
                        types("model:s messages:l system:sl tools:l tool_choice:o thinking:o")),
                new Endpoint(
                        "/api/chat",
                        Map.of("messages", USER, "options", "{\"num_predict\": 1}"),
                        types(
                                "model:s messages:l tools:l options:o stream:b think:sb format:so logprobs:b top_logprobs:n")),
                new Endpoint(
                        "/api/generate",
                        Map.of("prompt", "\"a\"", "options", "{\"num_predict\": 1}"),
                        types(
                                "model:s prompt:s suffix:s system:s options:o stream:b raw:b think:sb format:so logprobs:b"
                                        + " top_logprobs:n")),
                new Endpoint(
                        "/api/embed",
                        Map.of("input", "\"a\""),
                        types("model:s input:sl truncate:b dimensions:n pooling:s")),
                new Endpoint("/api/embeddings", Map.of("prompt", "\"a\""), types("model:s prompt:s")),
                new Endpoint("/api/show", Map.of("model", "\"inside\""), types("model:s")),
                new Endpoint(
                        "/v1/embeddings",
                        Map.of("input", "\"a\""),
                        types("model:s input:sl dimensions:n encoding_format:s pooling:s")),
                new Endpoint("/tokenize", Map.of("content", "\"a\""), types("model:s content:s messages:l prompt:s")),
                new Endpoint("/detokenize", Map.of("tokens", "[5]"), types("model:s tokens:l")),
                new Endpoint("/apply-template", Map.of("messages", USER), types("model:s messages:l tools:l")));
    }

    @AfterAll
    static void close() {
        RUNNING.close();
    }

    /** Checks the status and the shape of an error; what is said in words. */
    private static String refused(String path, HttpResponse<String> response, int status, String about) {
        assertThat(response.statusCode()).as(about + " " + response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json; charset=utf-8");
        Map<String, @Nullable Object> body = json(response);
        if (path.startsWith("/v1/messages")) {
            assertThat(body).containsOnlyKeys("type", "error", "request_id").containsEntry("type", "error");
            assertThat(response.headers().firstValue("request-id")).hasValue(String.valueOf(body.get("request_id")));
            assertThat(at(body, "error", "type")).isIn("invalid_request_error", "not_found_error", "request_too_large");
            return String.valueOf(at(body, "error", "message"));
        }
        if (path.startsWith("/api/")) {
            assertThat(body).containsOnlyKeys("error");
            return String.valueOf(body.get("error"));
        }
        assertThat(body).containsOnlyKeys("error");
        Map<?, ?> error = (Map<?, ?>) java.util.Objects.requireNonNull(body.get("error"));
        assertThat(error.keySet().stream().map(String::valueOf))
                .containsExactlyInAnyOrder("message", "type", "param", "code");
        assertThat(error.get("type")).isEqualTo("invalid_request_error");
        return String.valueOf(error.get("message"));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void whatIsRightIsServed(Endpoint endpoint) {
        HttpResponse<String> response = RUNNING.post(endpoint.path(), endpoint.body());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().map()).doesNotContainKey("x-jerboa-warning");
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void wrongTypesAreNamed(Endpoint endpoint) {
        endpoint.types()
                .forEach((field, types) -> VALUES.forEach((type, value) -> {
                    if (types.contains(type)) {
                        return;
                    }
                    String body = endpoint.body(field, value);
                    HttpResponse<String> response = RUNNING.post(endpoint.path(), body);
                    assertThat(refused(endpoint.path(), response, 400, body)).contains(field);
                    if (endpoint.path().startsWith("/v1/c")) {
                        assertThat(at(json(response), "error", "param"))
                                .asString()
                                .startsWith(field);
                    }
                }));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void unknownModelsFieldsAndMethods(Endpoint endpoint) throws Exception {
        String path = endpoint.path();
        HttpResponse<String> response = RUNNING.post(path, endpoint.body("model", "\"gpt/none\""));
        assertThat(refused(path, response, 404, path)).contains("gpt/none").contains("inside");
        if (!path.startsWith("/v1/messages") && !path.startsWith("/api/")) {
            assertThat(at(json(response), "error", "code")).isEqualTo("model_not_found");
        }
        response = RUNNING.post(path, endpoint.body("frobnicate", "{\"a\": 1}"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("x-jerboa-warning").orElse("")).contains("frobnicate");
        response = send(HttpRequest.newBuilder(RUNNING.uri(path)).GET());
        assertThat(refused(path, response, 405, path)).contains("POST").contains("GET");
        assertThat(response.headers().firstValue("allow")).hasValue("POST");
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void bodiesThatAreNoObjects(Endpoint endpoint) throws Exception {
        String path = endpoint.path();
        for (String body : List.of("", "[1]", "null", "{\"model\": ", "\"a\"", "{} {}", "\u0000")) {
            refused(path, RUNNING.post(path, body), 400, body);
        }
        HttpResponse<String> form = send(HttpRequest.newBuilder(RUNNING.uri(path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("model=inside")));
        assertThat(refused(path, form, 400, path)).contains("application/x-www-form-urlencoded");
        HttpResponse<String> other = send(HttpRequest.newBuilder(RUNNING.uri(path))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(endpoint.body())));
        assertThat(other.statusCode()).isEqualTo(200);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return RUNNING.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void neededFieldsThatAreMissing() {
        Map<String, String> needed = Map.of(
                "/v1/chat/completions", "messages",
                "/v1/completions", "prompt",
                "/v1/responses", "input",
                "/v1/messages", "m",
                "/v1/embeddings", "input",
                "/api/embed", "input",
                "/api/embeddings", "prompt",
                "/tokenize", "content",
                "/detokenize", "tokens",
                "/apply-template", "messages");
        needed.forEach((path, field) ->
                assertThat(refused(path, RUNNING.post(path, "{}"), 400, path)).contains(field));
    }

    /** Messages, tools and forms that are wrong deep inside are refused, whatever they are, and never a failure of the server. */
    @Test
    void wrongPartsAreRefused() {
        List<String> wrong = new ArrayList<>();
        for (String content : List.of("7", "{}", "[7]", "[{}]", "[{\"type\": \"image_url\"}]", "[{\"type\": 3}]")) {
            wrong.add("\"messages\": [{\"role\": \"user\", \"content\": " + content + "}]");
        }
        for (String calls : List.of("7", "[7]", "[{\"function\": 7}]", "[{\"function\": {\"name\": 7}}]")) {
            wrong.add(
                    "\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"tool_calls\": "
                            + calls + "}]");
        }
        for (String tools :
                List.of("[7]", "[{\"type\": 7}]", "[{\"function\": 7}]", "[{\"function\": {\"name\": 7}}]")) {
            wrong.add("\"tools\": " + tools + ", \"messages\": " + USER);
        }
        wrong.add("\"messages\": [{\"role\": 7}]");
        wrong.add("\"messages\": [{\"content\": \"a\"}]");
        wrong.add("\"messages\": [7]");
        for (String path : List.of("/v1/chat/completions", "/v1/messages", "/api/chat", "/apply-template")) {
            for (String fields : wrong) {
                if (path.equals("/v1/messages") && fields.contains("tool_calls")) {
                    continue; // that dialect has blocks for calls
                }
                String limit = path.equals("/api/chat") ? "\"options\": {\"num_predict\": 1}" : "\"max_tokens\": 1";
                refused(path, RUNNING.post(path, "{" + fields + ", " + limit + "}"), 400, path + " " + fields);
            }
        }
        for (String block : List.of(
                "{\"type\": \"tool_use\", \"name\": 7}",
                "{\"type\": \"tool_result\", \"content\": 7}",
                "{\"type\": \"image\"}")) {
            String body = "{\"max_tokens\": 1, \"messages\": [{\"role\": \"user\", \"content\": [" + block + "]}]}";
            refused("/v1/messages", RUNNING.post("/v1/messages", body), 400, body);
        }
        for (String schema :
                List.of("{\"type\": 7}", "{\"type\": \"zzz\"}", "{\"properties\": 7}", "{\"$ref\": \"#/a\"}")) {
            refused(
                    "/v1/chat/completions",
                    RUNNING.post(
                            "/v1/chat/completions",
                            "{\"messages\": " + USER
                                    + ", \"max_tokens\": 1, \"response_format\": {\"type\": \"json_schema\","
                                    + " \"json_schema\": {\"name\": \"a\", \"schema\": " + schema + "}}}"),
                    400,
                    schema);
        }
    }

    @Test
    void promptsThatAreTooLongAreToldInEachDialectsWords() {
        String text = "\"" + "1 + ".repeat(400) + "\"";
        String messages = "[{\"role\": \"user\", \"content\": " + text + "}]";
        Map<String, String> bodies = Map.of(
                "/v1/chat/completions", "{\"messages\": " + messages,
                "/v1/completions", "{\"prompt\": " + text,
                "/v1/responses", "{\"input\": " + text,
                "/v1/messages", "{\"max_tokens\": 5, \"messages\": " + messages,
                "/api/chat", "{\"messages\": " + messages,
                "/api/generate", "{\"prompt\": " + text);
        bodies.forEach((path, body) -> {
            for (String stream : List.of("false", "true")) {
                HttpResponse<String> response = RUNNING.post(path, body + ", \"stream\": " + stream + "}");
                assertThat(refused(path, response, 400, path)).contains("the context holds 256");
                if (path.equals("/v1/messages")) {
                    assertThat(at(json(response), "error", "message"))
                            .asString()
                            .startsWith("prompt is too long");
                } else if (path.startsWith("/v1/")) {
                    assertThat(at(json(response), "error", "code")).isEqualTo("context_length_exceeded");
                }
            }
        });
        assertThat(refused("/v1/embeddings", RUNNING.post("/v1/embeddings", "{\"input\": " + text + "}"), 400, ""))
                .contains("256");
        assertThat(RUNNING.post("/api/embed", "{\"input\": " + text + "}").statusCode())
                .isEqualTo(200);
        refused("/api/embed", RUNNING.post("/api/embed", "{\"truncate\": false, \"input\": " + text + "}"), 400, "");
    }

    @Test
    void aConnectionIsClosedWhereThatIsAsked() throws Exception {
        for (String path : List.of("/health", "/v1/models/none")) {
            try (RawClient client = new RawClient(RUNNING.server.port(), 0)) {
                client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                assertThat(client.rest()).contains("HTTP/1.1 ").endsWith("}").doesNotContain("(reset)");
            }
        }
    }

    @Test
    void pathsThatAreNotThere() throws Exception {
        for (String path : List.of("/v1/none", "/v1/messages/none", "/api/none", "/none")) {
            assertThat(refused(path, RUNNING.get(path), 404, path)).contains(path);
        }
        HttpResponse<String> model = send(
                HttpRequest.newBuilder(RUNNING.uri("/v1/models/gpt%2Fnone")).header("anthropic-version", "2023-06-01"));
        assertThat(refused("/v1/messages", model, 404, "a model")).contains("gpt/none");
        assertThat(refused("/v1/models", RUNNING.get("/v1/models/gpt%2Fnone"), 404, "a model"))
                .contains("gpt/none");
        HttpResponse<String> deleted =
                send(HttpRequest.newBuilder(RUNNING.uri("/v1/models/inside")).DELETE());
        assertThat(deleted.headers().firstValue("allow")).hasValue("GET");
        for (String path : List.of("/", "/health", "/api/version", "/api/tags")) {
            assertThat(send(HttpRequest.newBuilder(RUNNING.uri(path)).HEAD()).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void pagesOfNamedOriginsMayAskBeforehandAndReadErrors() throws Exception {
        String page = "https://chat.example.org";
        try (Running open = new Running(ServerOptions.defaults().withPort(0).withOrigins(java.util.Set.of(page)))) {
            // the client does not let Origin be set with these, so bytes
            try (RawClient client = new RawClient(open.server.port(), 0)) {
                client.send("OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: " + page
                        + "\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers:"
                        + " content-type,x-stainless-lang\r\n\r\n");
                assertThat(client.head())
                        .startsWith("HTTP/1.1 204")
                        .containsIgnoringCase("access-control-allow-origin: " + page)
                        .containsIgnoringCase("access-control-allow-headers: content-type,x-stainless-lang");
            }
            try (RawClient client = new RawClient(open.server.port(), 0)) {
                client.send("GET /v1/models/none HTTP/1.1\r\nHost: localhost\r\nOrigin: " + page + "\r\n\r\n");
                assertThat(client.answer())
                        .startsWith("HTTP/1.1 404")
                        .containsIgnoringCase("access-control-allow-origin: " + page);
            }
        }
    }
}
