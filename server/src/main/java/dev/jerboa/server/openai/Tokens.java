package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.generate.ChatTurn;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.model.ModelException;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.reply.Orders;
import dev.jerboa.server.reply.Serving;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /tokenize}, {@code /detokenize} and {@code /apply-template}, which take the fields of vLLM and of llama.cpp. Thread-safe.
 */
final class Tokens {
    private static final int MOST = 1 << 20;

    private final ChatOrders orders;
    private final Serving serving;

    Tokens(ChatOrders orders, Serving serving) {
        this.orders = orders;
        this.serving = serving;
    }

    void tokenize(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        LanguageModel model = model(body);
        int[] ids;
        if (body.has("messages")) {
            ids = Orders.prompt(model, orders.turn(body)).ids();
        } else if (!body.has("prompt") && !body.has("content")) {
            throw HttpError.field("content", "expected a text as content or prompt, or messages");
        } else {
            String text = body.has("prompt") ? body.text("prompt", "") : body.text("content", "");
            boolean special = body.has("add_special_tokens")
                    ? body.flag("add_special_tokens", true)
                    : body.flag("add_special", body.has("prompt"));
            boolean parse = body.flag("parse_special", true);
            ids = special ? model.prompt(text).ids() : model.tokenizer().encode(text, parse);
        }
        Http.warn(response, body.ignored());
        List<Object> tokens = new ArrayList<>();
        for (int id : ids) {
            tokens.add(id);
        }
        Http.json(response, map("tokens", tokens, "count", ids.length, "max_model_len", model.contextLength()));
    }

    void detokenize(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        LanguageModel model = model(body);
        if (!body.has("tokens")) {
            throw HttpError.field("tokens", "expected a list of token ids");
        }
        String text = model.tokenizer().decode(ids("tokens", body.list("tokens", MOST), model), true);
        Http.warn(response, body.ignored());
        Http.json(response, map("prompt", text, "content", text));
    }

    /** Token ids of a list, checked. */
    static int[] ids(String field, List<@Nullable Object> list, LanguageModel model) {
        int[] ids = new int[list.size()];
        int size = model.tokenizer().size();
        for (int i = 0; i < ids.length; i++) {
            if (!(list.get(i) instanceof Long id) || id < 0 || id >= size) {
                throw HttpError.field(
                        field, "expected token ids from 0 to " + (size - 1) + ", found " + list.get(i) + " at " + i);
            }
            ids[i] = id.intValue();
        }
        return ids;
    }

    void applyTemplate(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        LanguageModel model = model(body);
        ChatTurn turn = orders.turn(body);
        Http.warn(response, body.ignored());
        try {
            Http.json(response, map("prompt", model.render(turn)));
        } catch (ModelException e) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private LanguageModel model(Fields body) {
        return serving.models().find(body.text("model")).served().model();
    }
}
