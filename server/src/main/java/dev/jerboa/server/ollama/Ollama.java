package dev.jerboa.server.ollama;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.schedule.Pooling;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.server.http.EventStream;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.http.Routes;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.reply.LogProbabilities;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.Serving;
import dev.jerboa.server.reply.Streaming;
import dev.jerboa.server.reply.Vectors;
import dev.jerboa.server.reply.WholeReply;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/chat}, {@code generate}, {@code embed}, {@code embeddings}, {@code tags}, {@code show}, {@code version} and {@code ps}.
 * Thread-safe.
 */
public final class Ollama implements HttpService {
    /** What clients are told: the version of Ollama's API that this follows. */
    private static final String VERSION = "0.12.11";

    private final OllamaOrders orders;
    private final OllamaModels models;
    private final Serving serving;

    public Ollama(Serving serving) {
        this.orders = new OllamaOrders(serving);
        this.models = new OllamaModels(serving);
        this.serving = serving;
    }

    @Override
    public void routing(HttpRules rules) {
        new Routes(rules)
                .post("/api/chat", (request, response) -> reply(request, response, true))
                .post("/api/generate", (request, response) -> reply(request, response, false))
                .get("/api/tags", (request, response) -> Http.json(response, map("models", models.tags())))
                .get("/api/ps", (request, response) -> Http.json(response, map("models", models.running())))
                .get("/api/version", (request, response) -> Http.json(response, map("version", VERSION)))
                .post("/api/embed", this::embed)
                .post("/api/embeddings", this::embedding)
                .post("/api/pull", (request, response) -> {
                    throw HttpError.of(
                            HttpError.Kind.FORBIDDEN,
                            "models are pulled at the admin surface only (serve --admin-port), with a key of its own");
                })
                .post("/api/show", models::show)
                .alive("/api/tags")
                .alive("/api/version")
                .refuseOthers();
    }

    /** The handlers of routes that reply, by path, for whoever stands before them. */
    public Map<String, Handler> replies() {
        return Map.of(
                "/api/chat", (request, response) -> reply(request, response, true),
                "/api/generate", (request, response) -> reply(request, response, false),
                "/api/embed", this::embed);
    }

    /** Answers with an error in Ollama's shape. */
    public static void sendError(ServerResponse response, HttpError error) {
        Http.json(response, error.kind().status(), map("error", error.message()));
    }

    private void embed(ServerRequest request, ServerResponse response) {
        long start = System.nanoTime();
        Fields body = serving.body(request);
        Models.Target target = serving.models().find(body.text("model"));
        LanguageModel model = target.served().model();
        boolean truncate = body.flag("truncate", true);
        List<int[]> texts = new ArrayList<>();
        long tokens = 0;
        for (String text : body.texts("input", 2048)) {
            int[] ids = Vectors.tokens(model, text, "input");
            int kept = truncate ? Math.min(ids.length, model.contextLength()) : ids.length;
            texts.add(Arrays.copyOf(ids, kept));
            tokens += kept;
        }
        Integer dimensions = body.has("dimensions") ? body.whole("dimensions", 1, 1 << 20, 1) : null;
        if (texts.isEmpty()) {
            throw HttpError.field("input", "expected a text or a list of texts");
        }
        Pooling pooling = Vectors.pooling(body.text("pooling", "mean"));
        body.known("keep_alive", "options");
        Http.warn(response, body.ignored());
        List<Object> vectors = new ArrayList<>();
        Vectors.of(target, texts, pooling, dimensions).forEach(vector -> vectors.add(Vectors.list(vector)));
        Http.json(
                response,
                map(
                        "model",
                        target.name(),
                        "embeddings",
                        vectors,
                        "total_duration",
                        System.nanoTime() - start,
                        "load_duration",
                        0,
                        "prompt_eval_count",
                        tokens));
    }

    /** One text's vector, as clients before {@code /api/embed} ask for it. */
    private void embedding(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        Models.Target target = serving.models().find(body.text("model"));
        int[] text = Vectors.tokens(target.served().model(), body.text("prompt", ""), "prompt");
        body.known("keep_alive", "options");
        Http.warn(response, body.ignored());
        List<float[]> vectors = Vectors.of(target, List.of(text), Pooling.MEAN, null);
        Http.json(response, map("embedding", Vectors.list(vectors.getFirst())));
    }

    private void reply(ServerRequest request, ServerResponse response, boolean chat) {
        Fields body = serving.body(request);
        if (orders.isLoad(body, chat)) {
            load(response, body, chat);
            return;
        }
        boolean stream = body.flag("stream", true);
        ReplyOrder order = chat ? orders.chat(body) : orders.generate(body);
        Http.warn(response, order.warnings());
        if (stream) {
            Streaming.follow(serving.replies(), order, new Writer(response, order, chat));
            return;
        }
        WholeReply reply = serving.replies().whole(order).getFirst();
        Map<String, @Nullable Object> answer = piece(order, chat, reply.answer(), reply.reasoning(), reply.calls());
        addLogprobs(answer, order, reply.tokens());
        finish(answer, reply.outcome());
        Http.json(response, answer);
    }

    /**
     * A request without a prompt, by which clients of Ollama load and unload models. Here that is for whoever runs the server: a model
     * that is loaded is said to be, another one is an error, and one that should go stays, with a warning.
     */
    private void load(ServerResponse response, Fields body, boolean chat) {
        Models.Target target = serving.models().find(body.text("model"));
        boolean unload = OllamaOrders.isOver(body);
        body.all();
        if (unload) {
            Http.warn(
                    response,
                    List.of(
                            "keep_alive: the model stays loaded; whoever runs the server unloads it at the admin port"));
        }
        Map<String, @Nullable Object> answer = piece(target.name(), chat, "", "", List.of());
        answer.put("done", true);
        answer.put("done_reason", unload ? "unload" : "load");
        Http.json(response, answer);
    }

    private static void addLogprobs(
            Map<String, @Nullable Object> piece, ReplyOrder order, List<ReplyEvent.Token> tokens) {
        if (!tokens.isEmpty()) {
            piece.put(
                    "logprobs",
                    LogProbabilities.of(tokens, order.target().served().model().tokenizer()));
        }
    }

    private static Map<String, @Nullable Object> piece(
            ReplyOrder order, boolean chat, String text, String thinking, List<ToolCall> calls) {
        return piece(order.target().name(), chat, text, thinking, calls);
    }

    private static Map<String, @Nullable Object> piece(
            String model, boolean chat, String text, String thinking, List<ToolCall> calls) {
        Map<String, @Nullable Object> piece =
                map("model", model, "created_at", Instant.now().toString());
        if (!chat) {
            piece.put("response", text);
            if (!thinking.isEmpty()) {
                piece.put("thinking", thinking);
            }
        } else {
            Map<String, @Nullable Object> message = map("role", "assistant", "content", text);
            if (!thinking.isEmpty()) {
                message.put("thinking", thinking);
            }
            if (!calls.isEmpty()) {
                message.put("tool_calls", calls.stream().map(Ollama::call).toList());
            }
            piece.put("message", message);
        }
        piece.put("done", false);
        return piece;
    }

    private static Map<String, @Nullable Object> call(ToolCall call) {
        Object arguments;
        try {
            arguments = Json.parse(call.arguments(), "arguments");
        } catch (ModelException e) {
            arguments = map();
        }
        return map("id", call.id(), "function", map("name", call.name(), "arguments", arguments));
    }

    private static void finish(Map<String, @Nullable Object> piece, Outcome outcome) {
        piece.put("done", true);
        piece.put(
                "done_reason",
                switch (outcome.reason()) {
                    case STOP, STOP_STRING -> "stop";
                    case LENGTH, CONTEXT_FULL, DEADLINE, CANCELLED -> "length";
                });
        long prompt = outcome.timings().promptNanos();
        long generation = outcome.timings().generationNanos();
        piece.put("total_duration", prompt + generation);
        piece.put("load_duration", 0);
        piece.put("prompt_eval_count", outcome.tokens().prompt());
        piece.put("prompt_eval_duration", prompt);
        piece.put("eval_count", outcome.tokens().generated());
        piece.put("eval_duration", generation);
    }

    private static final class Writer implements Streaming.Dialect {
        private final ServerResponse response;
        private final ReplyOrder order;
        private final boolean chat;
        /** Tokens that have not been told. */
        private final List<ReplyEvent.Token> tokens = new ArrayList<>();
        /** Calls are told when they are whole. */
        private final List<String> callIds = new ArrayList<>();

        private final List<String> callNames = new ArrayList<>();
        private final List<StringBuilder> callArguments = new ArrayList<>();

        Writer(ServerResponse response, ReplyOrder order, boolean chat) {
            this.response = response;
            this.order = order;
            this.chat = chat;
        }

        @Override
        public EventStream open() {
            return EventStream.lines(response);
        }

        @Override
        public void error(EventStream out, RuntimeException error) {
            out.line(map("error", error instanceof HttpError known ? known.message() : "the server failed"));
        }

        /** JSON lines have nothing that is passed over. */
        @Override
        public void quiet(EventStream out) {}

        @Override
        public void piece(EventStream out, int choice, ReplyEvent event) {
            switch (event) {
                case ReplyEvent.Token token -> tokens.add(token);
                case ReplyEvent.Answer(String text) -> say(out, text, "", List.of());
                case ReplyEvent.Reasoning(String text) -> say(out, "", text, List.of());
                case ReplyEvent.CallStarted(int _, String id, String name) -> {
                    callIds.add(id);
                    callNames.add(name);
                    callArguments.add(new StringBuilder());
                }
                case ReplyEvent.CallArguments(int index, String json) ->
                    callArguments.get(index).append(json);
                case ReplyEvent.Ended(Outcome outcome) -> {
                    List<ToolCall> calls = new ArrayList<>();
                    for (int i = 0; i < callIds.size(); i++) {
                        calls.add(new ToolCall(
                                callIds.get(i),
                                callNames.get(i),
                                callArguments.get(i).toString()));
                    }
                    if (!calls.isEmpty()) {
                        say(out, "", "", calls);
                    }
                    Map<String, @Nullable Object> last = next("", "", List.of());
                    finish(last, outcome);
                    out.line(last);
                }
                case ReplyEvent.Failed _ -> {}
            }
        }

        private void say(EventStream out, String text, String thinking, List<ToolCall> calls) {
            out.line(next(text, thinking, calls));
        }

        private Map<String, @Nullable Object> next(String text, String thinking, List<ToolCall> calls) {
            Map<String, @Nullable Object> piece = Ollama.piece(order, chat, text, thinking, calls);
            addLogprobs(piece, order, tokens);
            tokens.clear();
            return piece;
        }
    }
}
