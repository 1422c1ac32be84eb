package dev.jerboa.server.openai;

import dev.jerboa.server.model.Models;
import dev.jerboa.server.reply.Replies;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import java.time.Duration;

/** The routes of OpenAI's dialect. */
public final class OpenAi implements HttpService {
    private final ChatCompletions chat;
    private final Completions completions;
    private final Responses responses;
    private final Embeddings embeddings;
    private final Tokens tokens;
    private final ModelList list;

    /**
     * @param mostBytes the longest body that is read
     * @param longest the most time that a reply may take
     */
    public OpenAi(Models models, Replies replies, int mostBytes, Duration longest) {
        ChatOrders orders = new ChatOrders(models, longest);
        this.chat = new ChatCompletions(orders, replies, mostBytes);
        this.completions = new Completions(models, orders, replies, mostBytes);
        this.responses = new Responses(new ResponseOrders(models, longest), replies, mostBytes);
        this.embeddings = new Embeddings(models, mostBytes);
        this.tokens = new Tokens(models, orders, mostBytes);
        this.list = new ModelList(models);
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/v1/chat/completions", chat::handle)
                .post("/chat/completions", chat::handle)
                .post("/v1/completions", completions::handle)
                .post("/v1/embeddings", embeddings::handle)
                .post("/v1/responses", responses::handle)
                .post("/tokenize", tokens::tokenize)
                .post("/detokenize", tokens::detokenize)
                .post("/apply-template", tokens::applyTemplate)
                .get("/v1/models", list::all)
                .get("/models", list::all)
                .get("/v1/models/{id}", list::one);
    }
}
