package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.events;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Parameters and fields that clients of OpenAI and Anthropic rely on, over a real socket. */
@Timeout(120)
class DialectDetailsTest {
    private static final Running RUNNING = Running.open();
    private static final String SUM =
            "{\"temperature\": 0, \"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}]";

    @AfterAll
    static void close() {
        RUNNING.close();
    }

    @Test
    void severalChoicesStreamed() {
        String body = "{\"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}], \"n\": 3, \"seed\": 7,"
                + " \"temperature\": 1";
        Map<String, @Nullable Object> whole = json(RUNNING.post("/v1/chat/completions", body + "}"));
        List<Map<String, @Nullable Object>> events = events(RUNNING.post(
                        "/v1/chat/completions",
                        body + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}")
                .body());
        Map<String, @Nullable Object> last = events.removeLast();
        assertThat(Json.asList(last.get("choices"), "choices")).isEmpty();
        assertThat(at(last, "usage", "completion_tokens")).isEqualTo(at(whole, "usage", "completion_tokens"));
        for (int choice = 0; choice < 3; choice++) {
            StringBuilder text = new StringBuilder();
            List<Object> reasons = new ArrayList<>();
            int roles = 0;
            for (Map<String, @Nullable Object> event : events) {
                assertThat(event).containsEntry("usage", null).containsEntry("id", last.get("id"));
                if (Long.valueOf(choice).equals(at(event, "choices", 0, "index"))) {
                    Object piece = at(event, "choices", 0, "delta", "content");
                    text.append(piece == null ? "" : piece);
                    roles += at(event, "choices", 0, "delta", "role") == null ? 0 : 1;
                    Object reason = at(event, "choices", 0, "finish_reason");
                    if (reason != null) {
                        reasons.add(reason);
                    }
                }
            }
            assertThat(text.toString()).isEqualTo(at(whole, "choices", choice, "message", "content"));
            assertThat(roles).isEqualTo(1);
            assertThat(reasons).hasSize(1);
        }
    }

    @Test
    void completionsTellTheirCountsLast() {
        List<Map<String, @Nullable Object>> events = events(RUNNING.post(
                        "/v1/completions",
                        "{\"prompt\": \"12 + 30 =\", \"max_tokens\": 5, \"ignore_eos\": true, \"stream\": true,"
                                + " \"stream_options\": {\"include_usage\": true, \"include_obfuscation\": false}}")
                .body());
        Map<String, @Nullable Object> last = events.removeLast();
        assertThat(Json.asList(last.get("choices"), "choices")).isEmpty();
        assertThat(at(last, "usage", "completion_tokens")).isEqualTo(5L);
        assertThat(events).isNotEmpty().allSatisfy(event -> assertThat(event).containsEntry("usage", null));
        assertThat(events(RUNNING.post(
                                "/v1/completions", "{\"prompt\": \"12 + 30 =\", \"max_tokens\": 5, \"stream\": true}")
                        .body()))
                .allSatisfy(event -> assertThat(event).doesNotContainKey("usage"));
    }

    @Test
    void aBiasForcesAndForbidsTokens() {
        String body =
                "{\"prompt\": \"12 + 30 =\", \"temperature\": 0, \"max_tokens\": 3, \"ignore_eos\": true, \"logprobs\": 0";
        Object usual = at(json(RUNNING.post("/v1/completions", body + "}")), "choices", 0, "logprobs", "tokens", 0);
        List<?> ids = Json.asList(
                json(RUNNING.post("/tokenize", "{\"add_special\": false, \"content\": \"7\"}"))
                        .get("tokens"),
                "tokens");
        Object seven = ids.getLast();
        Object forced = at(
                json(RUNNING.post("/v1/completions", body + ", \"logit_bias\": {\"" + seven + "\": 100}}")),
                "choices",
                0,
                "text");
        assertThat(String.valueOf(forced).replace(" ", "")).isEqualTo("777");
        List<?> first = Json.asList(
                json(RUNNING.post("/tokenize", "{\"add_special\": false, \"content\": \"" + usual + "\"}"))
                        .get("tokens"),
                "tokens");
        StringBuilder bias = new StringBuilder();
        first.forEach(id ->
                bias.append(bias.isEmpty() ? "" : ", ").append('"').append(id).append("\": -100"));
        assertThat(at(
                        json(RUNNING.post("/v1/completions", body + ", \"logit_bias\": {" + bias + "}}")),
                        "choices",
                        0,
                        "logprobs",
                        "tokens",
                        0))
                .isNotEqualTo(usual);
    }

    @Test
    void stopsMayBeOneOrMany() {
        for (String stop : List.of("\"2\"", "[\"2\"]", "[\"no\", \"2\"]")) {
            Map<String, @Nullable Object> answer =
                    json(RUNNING.post("/v1/chat/completions", SUM + ", \"stop\": " + stop + "}"));
            assertThat(at(answer, "choices", 0, "message", "content"))
                    .asString()
                    .endsWith("4");
            assertThat(at(answer, "choices", 0, "finish_reason")).isEqualTo("stop");
            assertThat(at(answer, "choices", 0, "stop_reason")).isEqualTo("2");
        }
        assertThat(at(
                        json(RUNNING.post("/v1/chat/completions", SUM + ", \"stop\": null}")),
                        "choices",
                        0,
                        "message",
                        "content"))
                .asString()
                .contains("42");
    }

    @Test
    void anthropicsStopSequencesAndCounts() {
        String body = SUM + ", \"max_tokens\": 200, \"stop_sequences\": [\"no\", \"2\"]";
        Map<String, @Nullable Object> answer = json(RUNNING.post("/v1/messages", body + "}"));
        assertThat(answer).containsEntry("stop_reason", "stop_sequence").containsEntry("stop_sequence", "2");
        List<Map<String, @Nullable Object>> events = events(
                RUNNING.post("/v1/messages", body + ", \"stream\": true}").body());
        Map<String, @Nullable Object> delta = events.get(events.size() - 2);
        assertThat(delta.get("type")).isEqualTo("message_delta");
        assertThat(at(delta, "delta", "stop_reason")).isEqualTo("stop_sequence");
        assertThat(at(delta, "delta", "stop_sequence")).isEqualTo("2");
        assertThat(at(delta, "usage", "output_tokens")).isEqualTo(at(answer, "usage", "output_tokens"));
        long input = 0;
        for (String part : List.of("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")) {
            input += (Long) java.util.Objects.requireNonNull(at(delta, "usage", part));
        }
        assertThat(at(events.getFirst(), "message", "usage", "input_tokens")).isEqualTo(input);
        assertThat(at(events.getFirst(), "message", "stop_reason")).isNull();
        int open = -1;
        for (Map<String, @Nullable Object> event : events) { // blocks come one after another
            switch (String.valueOf(event.get("type"))) {
                case "content_block_start" -> assertThat(event.get("index")).isEqualTo((long) ++open);
                case "content_block_delta", "content_block_stop" ->
                    assertThat(event.get("index")).isEqualTo((long) open);
                default -> {}
            }
        }
        assertThat(open).isEqualTo(1);
        assertThat(RUNNING.post("/v1/messages", body + "}")
                        .headers()
                        .firstValue("request-id")
                        .orElse(""))
                .startsWith("req_");
    }

    @Test
    void modelsSayWhatTheyCanDo() {
        Object model = at(json(RUNNING.get("/v1/models")), "data", 0);
        assertThat(at(model, "id")).isEqualTo("inside");
        assertThat(at(model, "object")).isEqualTo("model");
        assertThat((Long) at(model, "created")).isPositive();
        assertThat((Long) at(model, "context_length")).isEqualTo(at(model, "max_model_len"));
        assertThat(at(model, "architecture", "input_modalities", 0)).isEqualTo("text");
        assertThat(at(model, "pricing", "prompt")).isEqualTo("0");
        assertThat(at(model, "top_provider", "context_length")).isEqualTo(at(model, "context_length"));
        assertThat((Double) at(model, "default_parameters", "temperature")).isNotNull();
        // what is said to be supported is not warned of
        for (Object name : Json.asList(at(model, "supported_parameters"), "supported_parameters")) {
            String body = SUM + ", \"max_tokens\": 1, \"" + name + "\": null}";
            assertThat(RUNNING.post("/v1/chat/completions", body).headers().allValues("x-jerboa-warning"))
                    .as(String.valueOf(name))
                    .isEmpty();
        }
    }
}
