package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.events;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.json.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OpenAI's responses: what they consist of, and the order of their events. */
@Timeout(120)
class ResponsesTest {
    private static final Running RUNNING = Running.open();
    private static final String SUM = "{\"model\": \"inside\", \"temperature\": 0, \"input\": \"What is 12 + 30?\"";

    @AfterAll
    static void close() {
        RUNNING.close();
    }

    private static List<Map<String, @Nullable Object>> stream(String body) {
        return events(
                RUNNING.post("/v1/responses", body + ", \"stream\": true}").body());
    }

    private static List<String> types(List<Map<String, @Nullable Object>> events) {
        return events.stream()
                .map(event -> String.valueOf(event.get("type")))
                .filter(type -> !type.endsWith(".delta"))
                .toList();
    }

    private static final List<String> BEGIN = List.of("response.created", "response.in_progress");

    private static List<String> text(String kind) {
        return List.of(
                "response.output_item.added",
                "response.content_part.added",
                kind + ".done",
                "response.content_part.done",
                "response.output_item.done");
    }

    private static final List<String> CALL =
            List.of("response.output_item.added", "response.function_call_arguments.done", "response.output_item.done");

    @SafeVarargs
    private static List<String> all(List<String>... parts) {
        return Stream.of(parts).flatMap(List::stream).toList();
    }

    @Test
    void aWholeResponse() {
        Map<String, @Nullable Object> answer = json(RUNNING.post("/v1/responses", SUM + "}"));
        assertThat(answer).containsEntry("status", "completed").containsEntry("incomplete_details", null);
        for (Object item : Json.asList(answer.get("output"), "output")) {
            assertThat(at(item, "status")).isEqualTo("completed");
        }
        List<Map<String, @Nullable Object>> events = stream(SUM);
        assertThat(types(events))
                .isEqualTo(all(
                        BEGIN,
                        text("response.reasoning_text"),
                        text("response.output_text"),
                        List.of("response.completed")));
        assertThat(at(events.getLast(), "response", "output", 1, "content", 0, "text"))
                .isEqualTo(at(answer, "output", 1, "content", 0, "text"));
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).get("sequence_number")).isEqualTo((long) i);
        }
    }

    /** Cut within its thinking, and within its answer. */
    @Test
    void aResponseThatIsCutSaysSo() {
        int whole = ((Number) java.util.Objects.requireNonNull(
                        at(json(RUNNING.post("/v1/responses", SUM + "}")), "usage", "output_tokens")))
                .intValue();
        for (int most : List.of(3, whole - 2)) {
            String body = SUM + ", \"max_output_tokens\": " + most;
            Map<String, @Nullable Object> answer = json(RUNNING.post("/v1/responses", body + "}"));
            assertThat(answer.get("status")).isEqualTo("incomplete");
            assertThat(at(answer, "incomplete_details", "reason")).isEqualTo("max_output_tokens");
            assertThat(at(answer, "usage", "output_tokens")).isEqualTo((long) most);
            List<?> output = Json.asList(answer.get("output"), "output");
            for (int i = 0; i < output.size(); i++) {
                assertThat(at(output.get(i), "status")).isEqualTo(i == output.size() - 1 ? "incomplete" : "completed");
            }
            assertThat(output).hasSize(most == 3 ? 1 : 2);
            List<Map<String, @Nullable Object>> events = stream(body);
            assertThat(events.getLast().get("type")).isEqualTo("response.incomplete");
            assertThat(at(events.getLast(), "response", "status")).isEqualTo("incomplete");
            assertThat(at(events.getLast(), "response", "incomplete_details", "reason"))
                    .isEqualTo("max_output_tokens");
            Map<String, @Nullable Object> done = events.get(events.size() - 2);
            assertThat(done.get("type")).isEqualTo("response.output_item.done");
            assertThat(at(done, "item", "status")).isEqualTo("incomplete");
        }
    }

    @Test
    void aCallIsAnItem() {
        String body = SUM
                + ", \"tools\": [{\"type\": \"function\", \"name\": \"add\", \"parameters\": {\"type\": \"object\","
                + " \"properties\": {\"a\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 99}}, \"required\": [\"a\"],"
                + " \"additionalProperties\": false}}], \"tool_choice\": \"required\", \"parallel_tool_calls\": false,"
                + " \"reasoning\": {\"effort\": \"none\"}, \"max_output_tokens\": 300";
        List<Map<String, @Nullable Object>> events = stream(body);
        assertThat(types(events))
                .endsWith(all(CALL, List.of("response.completed")).toArray(String[]::new));
        Map<String, @Nullable Object> done = events.stream()
                .filter(event -> "response.function_call_arguments.done".equals(event.get("type")))
                .findFirst()
                .orElseThrow();
        assertThat(done.get("name")).isEqualTo("add");
        Map<String, @Nullable Object> item = events.get(events.size() - 2);
        assertThat(at(item, "item", "type")).isEqualTo("function_call");
        assertThat(at(item, "item", "id")).isEqualTo(done.get("item_id"));
        assertThat(at(item, "item", "arguments")).isEqualTo(done.get("arguments"));
        assertThat(String.valueOf(at(item, "item", "call_id"))).startsWith("call_");
        StringBuilder arguments = new StringBuilder();
        events.stream()
                .filter(event -> "response.function_call_arguments.delta".equals(event.get("type")))
                .forEach(event -> arguments.append(event.get("delta")));
        assertThat(arguments.toString()).isEqualTo(done.get("arguments"));
    }
}
