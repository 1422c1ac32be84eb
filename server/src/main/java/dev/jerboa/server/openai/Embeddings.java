package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.schedule.Pooling;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.reply.Serving;
import dev.jerboa.server.reply.Vectors;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** {@code POST /v1/embeddings}: vectors of length 1, of mean or last states. Thread-safe. */
final class Embeddings {
    private static final int MOST_INPUTS = 2048;
    private static final int MOST_TOKENS = 1 << 20;

    private final Serving serving;

    Embeddings(Serving serving) {
        this.serving = serving;
    }

    void handle(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        Models.Target target = serving.models().find(body.text("model"));
        LanguageModel model = target.served().model();
        boolean base64 = body.text("encoding_format", "float").equals("base64");
        Integer dimensions = body.has("dimensions") ? body.whole("dimensions", 1, 1 << 20, 1) : null;
        Pooling pooling = Vectors.pooling(body.text("pooling", "mean"));
        body.known("user");
        List<int[]> inputs = inputs(body, model);
        Http.warn(response, body.ignored());
        List<float[]> vectors = Vectors.of(target, inputs, pooling, dimensions);
        List<Object> data = new ArrayList<>();
        long tokens = 0;
        for (int i = 0; i < vectors.size(); i++) {
            tokens += inputs.get(i).length;
            data.add(map(
                    "object",
                    "embedding",
                    "index",
                    i,
                    "embedding",
                    base64 ? base64(vectors.get(i)) : Vectors.list(vectors.get(i))));
        }
        Http.json(
                response,
                map(
                        "object",
                        "list",
                        "data",
                        data,
                        "model",
                        target.name(),
                        "usage",
                        map("prompt_tokens", tokens, "total_tokens", tokens)));
    }

    private static List<int[]> inputs(Fields body, LanguageModel model) {
        Object value = body.value("input");
        List<int[]> inputs = new ArrayList<>();
        if (value instanceof String text) {
            inputs.add(Vectors.tokens(model, text, "input"));
        } else if (value instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof Long) {
            inputs.add(Tokens.ids("input", body.list("input", MOST_TOKENS), model));
        } else {
            for (Object one : body.list("input", MOST_INPUTS)) {
                if (one instanceof String text) {
                    inputs.add(Vectors.tokens(model, text, "input"));
                } else if (one instanceof List<?> ids) {
                    inputs.add(Tokens.ids("input", new ArrayList<>(ids), model));
                } else {
                    throw HttpError.field("input", "expected texts or lists of token ids");
                }
            }
        }
        if (inputs.isEmpty()) {
            throw HttpError.field("input", "expected a text, a list of texts, or token ids");
        }
        return inputs;
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float x : vector) {
            bytes.putFloat(x);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
