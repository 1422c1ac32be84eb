package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.model.json.Json;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of Ollama send and read, over a real socket. */
@Timeout(120)
class OllamaTest {
    private static final Running RUNNING = Running.open();
    private static final String SHORT = "\"options\": {\"temperature\": 0, \"num_predict\": 6}";

    @AfterAll
    static void close() {
        RUNNING.close();
    }

    private static String warning(HttpResponse<String> response) {
        return String.join("; ", response.headers().allValues("x-jerboa-warning"));
    }

    @Test
    void aRequestWithoutAPromptLoads() {
        for (String path : List.of("/api/generate", "/api/chat")) {
            HttpResponse<String> response = RUNNING.post(path, "{\"model\": \"inside\", \"keep_alive\": \"5m\"}");
            Map<String, @Nullable Object> answer = json(response);
            assertThat(answer).containsEntry("done", true).containsEntry("done_reason", "load");
            assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("application/json");
            assertThat(path.equals("/api/chat") ? at(answer, "message", "content") : answer.get("response"))
                    .isEqualTo("");
            assertThat(warning(response)).isEmpty();
        }
        assertThat(json(RUNNING.post("/api/chat", "{\"model\": \"inside\", \"messages\": []}")))
                .containsEntry("done_reason", "load");
        assertThat(RUNNING.post("/api/generate", "{\"model\": \"none\"}").statusCode())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.0", "\"0\"", "\"0s\"", "\"0m\""})
    void oneThatShouldGoStaysAndThatIsSaid(String keepAlive) {
        HttpResponse<String> response =
                RUNNING.post("/api/generate", "{\"model\": \"inside\", \"keep_alive\": " + keepAlive + "}");
        assertThat(json(response)).containsEntry("done", true).containsEntry("done_reason", "unload");
        assertThat(warning(response)).contains("keep_alive").contains("stays loaded");
        assertThat(at(json(RUNNING.get("/api/ps")), "models", 0, "name")).isEqualTo("inside:latest");
    }

    @Test
    void logProbabilitiesAreTheSameStreamedAndOfTheTextsTokens() {
        for (String body : List.of(
                "/api/chat {\"model\": \"inside\", \"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}]",
                "/api/generate {\"model\": \"inside\", \"raw\": true, \"prompt\": \"12 + 30 =\"")) {
            String path = body.substring(0, body.indexOf(' '));
            String fields =
                    body.substring(body.indexOf(' ') + 1) + ", \"logprobs\": true, \"top_logprobs\": 2, " + SHORT;
            Map<String, @Nullable Object> whole = json(RUNNING.post(path, fields + ", \"stream\": false}"));
            List<?> tokens = Json.asList(whole.get("logprobs"), "logprobs");
            assertThat(tokens).hasSizeBetween(3, 6);
            for (Object token : tokens) {
                assertThat((Double) at(token, "logprob")).isLessThanOrEqualTo(0);
                assertThat(Json.asList(at(token, "bytes"), "bytes")).isNotEmpty();
                assertThat(Json.asList(at(token, "top_logprobs"), "top")).hasSize(2);
                assertThat((Double) at(token, "top_logprobs", 0, "logprob")) // greedy
                        .isCloseTo((Double) at(token, "logprob"), within(1e-6));
            }
            List<Object> streamed = new ArrayList<>();
            for (String line : RUNNING.post(path, fields + "}").body().split("\n")) {
                Map<String, @Nullable Object> piece = Json.asObject(Json.parse(line, "line"), "line");
                streamed.addAll(
                        piece.containsKey("logprobs") ? Json.asList(piece.get("logprobs"), "logprobs") : List.of());
            }
            assertThat(streamed).hasSameSizeAs(tokens);
            for (int i = 0; i < tokens.size(); i++) {
                assertThat(at(streamed.get(i), "bytes")).isEqualTo(at(tokens.get(i), "bytes"));
            }
        }
        assertThat(json(RUNNING.post(
                        "/api/generate",
                        "{\"model\": \"inside\", \"prompt\": \"1\", \"top_logprobs\": 2, \"stream\": false, " + SHORT
                                + "}")))
                .doesNotContainKey("logprobs");
    }

    @Test
    void thinkingCanBeSwitchedAndHasLevels() {
        String chat = "{\"model\": \"inside\", \"stream\": false, \"options\": {\"temperature\": 0}, \"messages\":"
                + " [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}], \"think\": ";
        assertThat(at(json(RUNNING.post("/api/chat", chat + "true}")), "message", "thinking"))
                .asString()
                .isNotEmpty();
        // the template of the model inside has no switch, which is said
        assertThat(warning(RUNNING.post("/api/chat", chat + "false}"))).isNotEmpty();
        for (String level : List.of("low", "medium", "high", "max")) {
            assertThat(RUNNING.post("/api/chat", chat + "\"" + level + "\"}").statusCode())
                    .isEqualTo(200);
        }
        HttpResponse<String> wrong = RUNNING.post("/api/chat", chat + "\"much\"}");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(json(wrong).get("error")).asString().contains("think").contains("'much'");
    }

    @Test
    void aFormIsKeptTo() {
        String schema =
                "{\"type\": \"object\", \"properties\": {\"sum\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\":"
                        + " 99}}, \"required\": [\"sum\"], \"additionalProperties\": false}";
        Object text = json(RUNNING.post(
                        "/api/generate",
                        "{\"model\": \"inside\", \"prompt\": \"What is 12 + 30?\", \"stream\": false, \"format\": "
                                + schema + "}"))
                .get("response");
        assertThat((Long) at(Json.parse(String.valueOf(text), "response"), "sum"))
                .isBetween(0L, 99L);
        HttpResponse<String> wrong =
                RUNNING.post("/api/generate", "{\"model\": \"inside\", \"prompt\": \"1\", \"format\": \"xml\"}");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(json(wrong).get("error")).asString().contains("format").contains("xml");
    }

    @Test
    void whatIsNotSupportedIsNamed() {
        String body = "{\"model\": \"inside\", \"prompt\": \"1\", \"stream\": false, " + SHORT;
        HttpResponse<String> template = RUNNING.post("/api/generate", body + ", \"template\": \"{{ .Prompt }}\"}");
        assertThat(template.statusCode()).isEqualTo(400);
        assertThat(json(template).get("error")).asString().contains("template");
        HttpResponse<String> images = RUNNING.post("/api/generate", body + ", \"images\": [\"aaaa\"]}");
        assertThat(json(images).get("error")).asString().contains("images");
        HttpResponse<String> raw = RUNNING.post("/api/generate", body + ", \"raw\": true, \"system\": \"Be kind.\"}");
        assertThat(json(raw).get("error")).asString().contains("system");
        HttpResponse<String> usual = RUNNING.post(
                "/api/generate",
                body + ", \"template\": \"\", \"system\": \"\", \"images\": [], \"keep_alive\": \"10m\"}");
        assertThat(usual.statusCode()).isEqualTo(200);
        assertThat(warning(usual)).isEmpty();
        HttpResponse<String> context = RUNNING.post("/api/generate", body + ", \"context\": [1, 2, 3]}");
        assertThat(context.statusCode()).isEqualTo(200);
        assertThat(warning(context)).contains("context").contains("deprecated");
        HttpResponse<String> suffix = RUNNING.post("/api/generate", body + ", \"suffix\": \"2\"}");
        boolean fills = String.valueOf(at(json(RUNNING.post("/api/show", "{\"model\": \"inside\"}")), "capabilities"))
                .contains("insert");
        assertThat(suffix.statusCode()).isEqualTo(fills ? 200 : 400);
    }

    /** What Open WebUI, editors and Ollama's own command line read of models. */
    @Test
    void modelsHaveWhatClientsRead() {
        for (String path : List.of("/api/tags", "/api/ps")) {
            Object model = at(json(RUNNING.get(path)), "models", 0);
            assertThat(at(model, "name")).isEqualTo("inside:latest");
            assertThat(at(model, "model")).isEqualTo("inside:latest");
            assertThat((Long) at(model, "size")).isGreaterThan(1_000_000L);
            assertThat(String.valueOf(at(model, "digest"))).matches("[0-9a-f]{64}");
            Map<String, @Nullable Object> details = Json.asObject(at(model, "details"), "details");
            assertThat(details)
                    .containsOnlyKeys(
                            "parent_model", "format", "family", "families", "parameter_size", "quantization_level");
            assertThat(details.get("parameter_size")).asString().matches("[0-9.]+[MB]");
        }
        Object running = at(json(RUNNING.get("/api/ps")), "models", 0);
        assertThat(Instant.parse(String.valueOf(at(running, "expires_at"))))
                .isAfter(Instant.now().plus(365, ChronoUnit.DAYS));
        assertThat((Long) at(running, "context_length")).isPositive();
        assertThat(at(running, "size_vram")).isEqualTo(0L);
        Map<String, @Nullable Object> show =
                json(RUNNING.post("/api/show", "{\"model\": \"inside\", \"verbose\": true}"));
        assertThat(at(show, "model_info", "general.architecture")).isEqualTo("jerboa");
        assertThat(at(show, "model_info", "general.basename")).isNotNull();
        assertThat((Long) at(show, "model_info", "general.parameter_count")).isPositive();
        assertThat(at(show, "model_info", "jerboa.context_length")).isEqualTo(at(running, "context_length"));
        assertThat(Json.asList(show.get("capabilities"), "capabilities")).contains("completion", "tools", "thinking");
        assertThat(String.valueOf(show.get("parameters"))).contains("temperature ");
        Instant.parse(String.valueOf(show.get("modified_at")));
    }
}
