package dev.jerboa.server.openai;

import dev.jerboa.server.http.Routes;
import dev.jerboa.server.reply.Serving;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import java.util.Map;

/** The routes of OpenAI's dialect. */
public final class OpenAi implements HttpService {
    private final ChatCompletions chat;
    private final Completions completions;
    private final Responses responses;
    private final Embeddings embeddings;
    private final Tokens tokens;
    private final ModelList list;

    public OpenAi(Serving serving) {
        ChatOrders orders = new ChatOrders(serving);
        this.chat = new ChatCompletions(orders, serving);
        this.completions = new Completions(orders, serving);
        this.responses = new Responses(serving);
        this.embeddings = new Embeddings(serving);
        this.tokens = new Tokens(orders, serving);
        this.list = new ModelList(serving.models());
    }

    /** The handlers of routes that reply, by path, for whoever stands before them. */
    public Map<String, Handler> replies() {
        return Map.of(
                "/v1/chat/completions", chat::handle,
                "/v1/completions", completions::handle,
                "/v1/embeddings", embeddings::handle,
                "/v1/responses", responses::handle);
    }

    @Override
    public void routing(HttpRules rules) {
        new Routes(rules)
                .post("/v1/chat/completions", chat::handle)
                .post("/chat/completions", chat::handle)
                .post("/v1/completions", completions::handle)
                .post("/v1/embeddings", embeddings::handle)
                .post("/v1/responses", responses::handle)
                .post("/tokenize", tokens::tokenize)
                .post("/detokenize", tokens::detokenize)
                .post("/apply-template", tokens::applyTemplate)
                .get("/v1/models", list::all)
                .get("/models", list::all)
                .get("/v1/models/{+id}", list::one)
                .refuseOthers();
    }
}
