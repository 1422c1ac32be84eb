package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/models} and {@code /v1/models/ID}. Thread-safe. */
final class ModelList {
    private static final List<String> PARAMETERS = List.of(
            "frequency_penalty",
            "logit_bias",
            "logprobs",
            "max_tokens",
            "min_p",
            "presence_penalty",
            "repetition_penalty",
            "response_format",
            "seed",
            "stop",
            "structured_outputs",
            "temperature",
            "top_k",
            "top_logprobs",
            "top_p");
    private static final List<String> CHAT_PARAMETERS = Stream.concat(
                    PARAMETERS.stream(), Stream.of("parallel_tool_calls", "reasoning", "tool_choice", "tools"))
            .sorted()
            .toList();
    private static final Map<String, @Nullable Object> ARCHITECTURE = map(
            "modality",
            "text->text",
            "input_modalities",
            List.of("text"),
            "output_modalities",
            List.of("text"),
            "tokenizer",
            "Other",
            "instruct_type",
            null);
    /** Prices of a token, which nobody pays here. */
    private static final Map<String, @Nullable Object> PRICING =
            map("prompt", "0", "completion", "0", "request", "0", "image", "0");

    private final Models models;

    ModelList(Models models) {
        this.models = models;
    }

    void all(ServerRequest request, ServerResponse response) {
        List<Object> data = new ArrayList<>();
        for (Served served : models.all()) {
            data.add(model(served, served.id()));
            served.adapters().forEach(adapter -> data.add(model(served, adapter)));
        }
        Http.json(response, map("object", "list", "data", data));
    }

    void one(ServerRequest request, ServerResponse response) {
        Models.Target target = models.find(request.path().pathParameters().get("id"));
        Http.json(response, model(target.served(), target.name()));
    }

    private static Map<String, @Nullable Object> model(Served served, String id) {
        LanguageModel model = served.model();
        return map(
                "id",
                id,
                "object",
                "model",
                "created",
                served.created().getEpochSecond(),
                "owned_by",
                "jerboa",
                "root",
                served.id(),
                "parent",
                id.equals(served.id()) ? null : served.id(),
                "max_model_len",
                model.contextLength(),
                "context_length",
                model.contextLength(),
                "canonical_slug",
                id,
                "name",
                model.name(),
                "description",
                "",
                "architecture",
                ARCHITECTURE,
                "pricing",
                PRICING,
                "top_provider",
                map("context_length", model.contextLength(), "max_completion_tokens", null, "is_moderated", false),
                "per_request_limits",
                null,
                "supported_parameters",
                model.hasChatTemplate() ? CHAT_PARAMETERS : PARAMETERS,
                "default_parameters",
                defaults(model.defaultSampling()),
                "jerboa",
                map(
                        "state",
                        "ready",
                        "name",
                        model.name(),
                        "context_length",
                        model.contextLength(),
                        "parameters",
                        model.parameterCount(),
                        "chat",
                        model.hasChatTemplate(),
                        "reasoning",
                        model.thinks(),
                        "tools",
                        model.hasChatTemplate(),
                        "adapter",
                        !id.equals(served.id())));
    }

    private static Map<String, @Nullable Object> defaults(SamplingOptions sampling) {
        return map(
                "temperature",
                (double) sampling.temperature(),
                "top_p",
                (double) sampling.topP(),
                "top_k",
                sampling.topK(),
                "min_p",
                (double) sampling.minP());
    }
}
