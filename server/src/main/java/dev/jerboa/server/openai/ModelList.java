package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/models} and {@code /v1/models/ID}. Thread-safe. */
final class ModelList {
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
}
