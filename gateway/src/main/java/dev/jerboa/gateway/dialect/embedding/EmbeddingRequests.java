package dev.jerboa.gateway.dialect.embedding;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.UntranslatableException;
import dev.jerboa.gateway.dialect.conversation.Request;
import dev.jerboa.gateway.dialect.wire.Members;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests for vectors, between OpenAI's form and Ollama's. */
public final class EmbeddingRequests {
    private EmbeddingRequests() {}

    /** A request of OpenAI's form in Ollama's. */
    public static Request toOllama(Map<String, ? extends @Nullable Object> body, RequestOptions options) {
        return translate(new Members(body, ""), options, "encoding_format");
    }

    /** A request of Ollama's form in OpenAI's. */
    public static Request toOpenAi(Map<String, ? extends @Nullable Object> body, RequestOptions options) {
        return translate(new Members(body, ""), options, "keep_alive");
    }

    private static Request translate(Members body, RequestOptions options, String known) {
        List<String> warnings = new ArrayList<>();
        Map<String, @Nullable Object> out = map("model", options.upstreamName(), "input", input(body));
        put(out, "dimensions", body.whole("dimensions"));
        body.known("model", known, "provider", "models", "route", "transforms", "usage");
        body.unread().forEach(field -> warnings.add(Request.leftOut(field)));
        return new Request(out, warnings);
    }

    private static Object input(Members body) {
        Object input = body.value("input");
        if (input instanceof String text) {
            return text;
        }
        if (input instanceof List<?> list && !list.isEmpty()) {
            if (list.stream().allMatch(String.class::isInstance)) {
                return list;
            }
            throw new UntranslatableException("input", "token ids are known to one model only; send texts");
        }
        throw new MalformedRequestException("input", "expected a text or a list of texts");
    }
}
