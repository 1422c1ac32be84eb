package dev.jerboa.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.upstream.Script;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients of OpenRouter and of OpenAI read of the same gateway, by its socket. */
@Timeout(120)
class OpenRouterRepliesTest {
    private static final String[] AUTHORIZED = {"Authorization", "Bearer " + RunningGateway.KEY};
    private static final String CHAT = "/chat/completions";

    @TempDir
    private Path folder;

    private static String chat(String model, boolean stream) {
        return "{\"model\": \"" + model + "\", \"stream\": " + stream
                + ", \"max_tokens\": 40, \"temperature\": 0, \"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 30?\"}]}";
    }

    private static Map<String, @Nullable Object> json(String text) {
        return Json.asObject(Json.parse(text, "a reply"), "a reply");
    }

    private static Map<String, @Nullable Object> error(HttpResponse<String> response) {
        return Json.asObject(Objects.requireNonNull(json(response.body()).get("error"), response.body()), "an error");
    }

    private static List<Map<String, @Nullable Object>> chunks(HttpResponse<String> response) {
        List<Map<String, @Nullable Object>> chunks = new ArrayList<>();
        for (String line : response.body().split("\n")) {
            if (line.startsWith("data: {")) {
                chunks.add(json(line.substring("data: ".length())));
            }
        }
        return chunks;
    }

    /** Passed through, translated, and made by the engine of this process. */
    @Test
    void repliesSayWhoAnswersAndByWhichIdBelowApi() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.keyed())) {
            for (String[] each :
                    new String[][] {{"lab/openai", "P"}, {"lab/anthropic", "P"}, {"small", "This machine"}}) {
                HttpResponse<String> whole = gateway.post("/api/v1" + CHAT, chat(each[0], false), AUTHORIZED);
                assertThat(whole.statusCode()).as(whole.body()).isEqualTo(200);
                Map<String, @Nullable Object> reply = json(whole.body());
                String id = whole.headers().firstValue("X-Generation-Id").orElseThrow();
                assertThat(reply).containsEntry("id", id).containsKey("provider");
                assertThat(String.valueOf(reply.get("provider"))).isEqualToIgnoringCase(each[1]);
                assertThat(String.valueOf(reply.get("model")))
                        .isEqualTo(each[0].equals("small") ? "lab/small" : each[0]);
                assertThat(Json.asObject(Objects.requireNonNull(reply.get("usage")), "usage"))
                        .containsKeys("cost", "cost_details")
                        .containsEntry("is_byok", false);
                String own = each[0].equals("lab/anthropic") ? "end_turn" : "stop";
                assertThat(whole.body()).contains("\"native_finish_reason\": \"" + own + "\"");
                HttpResponse<String> found = gateway.get("/api/v1/generation?id=" + reply.get("id"), AUTHORIZED);
                assertThat(found.statusCode()).as(found.body()).isEqualTo(200);
                assertThat(found.body()).contains("\"native_finish_reason\": \"" + own + "\"");

                HttpResponse<String> stream = gateway.post("/api/v1" + CHAT, chat(each[0], true), AUTHORIZED);
                String streamed = stream.headers().firstValue("X-Generation-Id").orElseThrow();
                assertThat(stream.body()).contains("\"native_finish_reason\": \"" + own + "\"");
                assertThat(chunks(stream))
                        .isNotEmpty()
                        .allSatisfy(chunk -> assertThat(chunk)
                                .containsEntry("id", streamed)
                                .containsEntry("provider", reply.get("provider"))
                                .containsEntry("model", reply.get("model")));
                assertThat(Json.asObject(
                                Objects.requireNonNull(chunks(stream).getLast().get("usage")), "usage"))
                        .as("as OpenRouter's streams do, whether it is asked for or not")
                        .containsKey("cost");

                HttpResponse<String> plain = gateway.post("/v1" + CHAT, chat(each[0], false), AUTHORIZED);
                assertThat(json(plain.body())).doesNotContainKey("provider").containsEntry("model", reply.get("model"));
                HttpResponse<String> unasked = gateway.post("/v1" + CHAT, chat(each[0], true), AUTHORIZED);
                assertThat(unasked.body()).doesNotContain("provider", "\"cost\"");
            }
        }
    }

    @Test
    void theOperatorMaySayThatAllRepliesAreLikeThat() {
        try (RunningGateway gateway =
                new RunningGateway(folder, RunningGateway.keyed() + "replies: {openrouter: always}\n")) {
            assertThat(json(gateway.post("/v1" + CHAT, chat("lab/openai", false), AUTHORIZED)
                            .body()))
                    .containsEntry("provider", "P");
            assertThat(error(gateway.post("/v1" + CHAT, chat("lab/openai", false))))
                    .containsEntry("code", 401L);
            assertThat(gateway.post("/v1/messages", chat("lab/none", false), AUTHORIZED)
                            .body())
                    .contains("\"type\": \"not_found_error\"");
        }
    }

    @Test
    void errorsHaveANumberBelowApiAndAWordElsewhere() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.keyed())) {
            gateway.when("openai", Script.refusal(400, "temperature must be below 2"));
            gateway.when("anthropic", Script.refusal(400, "your input was flagged by moderation"));
            Object[][] all = {
                {"lab/none", AUTHORIZED, 404, 404, "model_not_found", "not_found"},
                {"lab/openai", new String[] {"X-Title", "x"}, 401, 401, "invalid_api_key", "authentication"},
                {"lab/openai", AUTHORIZED, 400, 400, null, "invalid_request"},
                {"lab/anthropic", AUTHORIZED, 400, 403, "content_policy_violation", "content_policy_violation"},
            };
            for (Object[] each : all) {
                String body = chat((String) each[0], false);
                HttpResponse<String> plain = gateway.post("/v1" + CHAT, body, (String[]) each[1]);
                assertThat(plain.statusCode()).as(plain.body()).isEqualTo(each[2]);
                assertThat(error(plain))
                        .containsKeys("message", "type", "param")
                        .containsEntry("code", each[4]);
                HttpResponse<String> routed = gateway.post("/api/v1" + CHAT, body, (String[]) each[1]);
                assertThat(routed.statusCode()).as(routed.body()).isEqualTo(each[3]);
                Map<String, @Nullable Object> error = error(routed);
                assertThat(error)
                        .containsKeys("type", "param")
                        .containsEntry("message", error(plain).get("message"))
                        .containsEntry("code", ((Integer) each[3]).longValue());
                assertThat(Json.asObject(Objects.requireNonNull(error.get("metadata")), "metadata"))
                        .containsEntry("error_type", each[5]);
            }
            HttpResponse<String> passed = gateway.post("/api/v1" + CHAT, chat("lab/openai", false), AUTHORIZED);
            assertThat(Json.asObject(Objects.requireNonNull(error(passed).get("metadata")), "metadata"))
                    .containsEntry("provider_name", "P")
                    .containsEntry("raw", "temperature must be below 2");
            HttpResponse<String> flagged = gateway.post("/api/v1" + CHAT, chat("lab/anthropic", false), AUTHORIZED);
            assertThat(Json.asObject(Objects.requireNonNull(error(flagged).get("metadata")), "metadata"))
                    .containsEntry("model_slug", "lab/anthropic")
                    .containsEntry("reasons", List.of());
            assertThat(gateway.events())
                    .extracting(event -> event.outcome().status())
                    .contains(400, 403);
        }
    }

    @Test
    void clientsOfOpenAiReadOpenRoutersReplies() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.keyed())) {
            OpenAIClient client = OpenAIOkHttpClient.builder()
                    .baseUrl(gateway.uri("/api/v1").toString())
                    .apiKey(RunningGateway.KEY)
                    .maxRetries(0)
                    .build();
            try {
                ChatCompletionCreateParams.Builder params =
                        ChatCompletionCreateParams.builder().addUserMessage("hello");
                assertThat(client.chat()
                                .completions()
                                .create(params.model("lab/openai").build())
                                .validate()
                                .choices())
                        .hasSize(1);
                try (StreamResponse<ChatCompletionChunk> stream =
                        client.chat().completions().createStreaming(params.build())) {
                    assertThat(stream.stream()
                                    .map(ChatCompletionChunk::validate)
                                    .toList())
                            .isNotEmpty();
                }
                assertThatThrownBy(() -> client.chat()
                                .completions()
                                .create(params.model("lab/none").build()))
                        .isInstanceOf(NotFoundException.class)
                        .hasMessageContaining("lab/none");
                gateway.when("openai", Script.answer().withEnding(Script.Ending.ERROR));
                try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                        .completions()
                        .createStreaming(params.model("lab/openai").build())) {
                    assertThatThrownBy(() -> stream.stream().forEach(chunk -> {}))
                            .isInstanceOf(com.openai.errors.OpenAIException.class);
                }
            } finally {
                client.close();
            }
        }
    }

    /** Money that the ledger does not have: attempts that may be charged for, and what has no price. */
    @Test
    void figuresTellWhatNoPriceCovers() {
        try (RunningGateway gateway = new RunningGateway(folder, RunningGateway.open())) {
            gateway.when(
                    "openai",
                    Script.saying(
                            "{\"id\":\"x\",\"model\":\"m\",\"service_tier\":\"priority\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10,\"server_tool_use\":{\"web_search_requests\":2}}}"));
            gateway.when("anthropic", Script.answer().withEnding(Script.Ending.CUT));
            gateway.post("/v1" + CHAT, chat("lab/openai", false));
            gateway.post("/v1" + CHAT, chat("lab/openai", false));
            gateway.post("/v1" + CHAT, chat("lab/anthropic", false));
            String figures = gateway.get("/metrics").body();
            assertThat(figures)
                    .contains(
                            "jerboa:gateway_unpriced_requests_total{endpoint=\"p-openai:lab/openai\",what=\"service_tier\"} 2.0")
                    .contains(
                            "jerboa:gateway_unpriced_requests_total{endpoint=\"p-openai:lab/openai\",what=\"web_search\"} 2.0")
                    .contains("what=\"file_search\"} 0.0")
                    .containsPattern(
                            "jerboa:gateway_possible_cost_attempts_total\\{endpoint=\"p-anthropic:lab/anthropic\"} [12].0");
            long possible = gateway.events().stream()
                    .flatMap(event -> event.attempts().stream())
                    .mapToLong(attempt -> attempt.possibleCostNanos())
                    .sum();
            assertThat(possible).isPositive();
            double told = figures.lines()
                    .filter(line -> line.startsWith("jerboa:gateway_possible_cost_dollars_total{"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                    .sum();
            assertThat(told).isEqualTo(possible / 1e9);
        }
    }
}
