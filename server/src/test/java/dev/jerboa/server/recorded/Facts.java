package dev.jerboa.server.recorded;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/** Answers that are not replies: models, vectors, counts. */
final class Facts {
    private Facts() {}

    static void check(RecordedRequest request, Seen answer) {
        Seen fields = request.fields();
        boolean anthropic = request.hasHeader("anthropic-version");
        switch (request.path()) {
            case "/v1/models" -> {
                if (anthropic) {
                    answer.flag("has_more");
                    answer.text("first_id");
                    answer.text("last_id");
                } else {
                    answer.is("object", "list");
                }
                answer.some("data").forEach(anthropic ? Facts::anthropicModel : Facts::openAiModel);
            }
            case "/v1/messages/count_tokens" -> answer.positive("input_tokens");
            case "/v1/embeddings" -> embeddings(fields, answer);
            case "/api/embed" -> {
                answer.is("model", fields.text("model")).positive("prompt_eval_count");
                count(fields, answer.some("embeddings")).forEach(vector -> unit(vector, numbers(vector)));
            }
            case "/api/embeddings" -> unit(answer, numbers(answer.at("embedding")));
            case "/api/tags", "/api/ps" -> answer.some("models").forEach(Facts::ollamaModel);
            case "/api/version" -> answer.text("version");
            case "/api/show" -> {
                details(answer);
                answer.some("capabilities").forEach(Seen::text);
                answer.object("model_info").text("general.architecture");
            }
            default -> {
                if (!request.path().startsWith("/v1/models/")) {
                    throw new AssertionError(request + ": no check is known for " + request.path());
                }
                if (anthropic) {
                    anthropicModel(answer);
                } else {
                    openAiModel(answer);
                }
            }
        }
    }

    private static void openAiModel(Seen model) {
        model.is("object", "model").text("id");
        model.positive("created");
        model.text("owned_by");
    }

    private static void anthropicModel(Seen model) {
        model.is("type", "model").oneOf("lifecycle", "active", "deprecated", "retired");
        model.text("id");
        model.text("display_name");
        Instant.parse(model.text("created_at"));
    }

    private static void ollamaModel(Seen model) {
        model.is("model", model.text("name"));
        Instant.parse(model.text("modified_at"));
        details(model);
    }

    private static void details(Seen model) {
        model.object("details").text("family");
        model.object("details").text("parameter_size");
    }

    private static void embeddings(Seen request, Seen answer) {
        answer.is("object", "list").is("model", request.text("model"));
        boolean base64 = request.has("encoding_format")
                && request.text("encoding_format").equals("base64");
        int index = 0;
        for (Seen data : count(request, answer.some("data"))) {
            data.is("object", "embedding").is("index", index++);
            unit(data, base64 ? decoded(data.text("embedding")) : numbers(data.at("embedding")));
        }
        Seen usage = answer.object("usage");
        usage.is("total_tokens", usage.positive("prompt_tokens"));
    }

    /** As many as there are texts. */
    private static List<Seen> count(Seen request, List<Seen> vectors) {
        int texts = request.at("input").value() instanceof List<?> list ? list.size() : 1;
        if (vectors.size() != texts) {
            throw new AssertionError(request.where() + ": expected " + texts + " vectors, found " + vectors.size());
        }
        return vectors;
    }

    private static float[] decoded(String base64) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
        float[] numbers = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(numbers);
        return numbers;
    }

    private static float[] numbers(Seen vector) {
        List<Seen> list = vector.list();
        float[] numbers = new float[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(list.get(i).value() instanceof Number number)) {
                throw list.get(i).wrong("a number");
            }
            numbers[i] = number.floatValue();
        }
        return numbers;
    }

    private static void unit(Seen where, float[] vector) {
        double squares = 0;
        for (float x : vector) {
            squares += (double) x * x;
        }
        if (Math.abs(squares - 1) > 1e-4) {
            throw where.wrong("a vector of length 1, not " + Math.sqrt(squares));
        }
    }
}
