package dev.jerboa.server.anthropic;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.server.http.EventStream;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.http.Routes;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import dev.jerboa.server.reply.Orders;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.Serving;
import dev.jerboa.server.reply.Streaming;
import dev.jerboa.server.reply.WholeReply;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/messages} and {@code /v1/messages/count_tokens}, and {@code GET /v1/models}, which OpenAI's dialect has too: clients of
 * this one are known by their header, and the others are let through. Thread-safe.
 */
public final class Anthropic implements HttpService {
    private static final HeaderName VERSION = HeaderNames.create("anthropic-version");
    private static final HeaderName REQUEST_ID = HeaderNames.create("request-id");

    private final MessageOrders orders;
    private final Serving serving;

    public Anthropic(Serving serving) {
        this.orders = new MessageOrders(serving);
        this.serving = serving;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/v1/models", this::models).get("/v1/models/{+id}", this::model);
        new Routes(rules)
                .post("/v1/messages", this::messages)
                .post("/v1/messages/count_tokens", this::count)
                .refuseOthers();
    }

    /** The handlers of routes that reply, by path, for whoever stands before them. */
    public Map<String, Handler> replies() {
        return Map.of("/v1/messages", this::messages);
    }

    /** Whether a request is of this dialect. */
    public static boolean speaks(ServerRequest request) {
        String path = request.path().path();
        String below = path.startsWith("/api/v1/") ? path.substring("/api".length()) : path;
        return below.startsWith("/v1/messages")
                || (below.startsWith("/v1/models") && request.headers().contains(VERSION));
    }

    /** Answers with an error in Anthropic's shape. */
    public static void sendError(ServerResponse response, HttpError error) {
        int status =
                error.kind() == HttpError.Kind.OVERLOADED ? 529 : error.kind().status();
        Http.json(response, status, errorBody(error, begin(response)));
    }

    /** Gives the answer the id by which Anthropic's clients name requests. */
    private static String begin(ServerResponse response) {
        String id = Http.id("req_");
        response.header(REQUEST_ID, id);
        return id;
    }

    private static Map<String, @Nullable Object> errorBody(RuntimeException e, String requestId) {
        String type = "api_error";
        String message = "the server failed; its log says more";
        if (e instanceof HttpError error) {
            // clients shorten the conversation where they read these words
            message = error.kind() == HttpError.Kind.PROMPT_TOO_LONG
                    ? "prompt is too long: " + error.message()
                    : error.message();
            type = switch (error.kind()) {
                case UNAUTHORIZED -> "authentication_error";
                case FORBIDDEN -> "permission_error";
                case NOT_FOUND, NO_MODEL -> "not_found_error";
                case TOO_LARGE -> "request_too_large";
                case OVERLOADED -> "overloaded_error";
                case TIMEOUT -> "timeout_error";
                case INTERNAL -> "api_error";
                default -> "invalid_request_error";
            };
        }
        return map("type", "error", "error", map("type", type, "message", message), "request_id", requestId);
    }

    private void models(ServerRequest request, ServerResponse response) {
        if (!request.headers().contains(VERSION)) {
            response.next();
            return;
        }
        begin(response);
        List<Object> data = new ArrayList<>();
        for (Served served : serving.models().all()) {
            data.add(model(served, served.id()));
            served.adapters().forEach(adapter -> data.add(model(served, adapter)));
        }
        List<String> names = serving.models().names();
        Http.json(
                response,
                map(
                        "data",
                        data,
                        "has_more",
                        false,
                        "first_id",
                        names.isEmpty() ? null : names.getFirst(),
                        "last_id",
                        names.isEmpty() ? null : names.getLast()));
    }

    private void model(ServerRequest request, ServerResponse response) {
        if (!request.headers().contains(VERSION)) {
            response.next();
            return;
        }
        begin(response);
        Models.Target target =
                serving.models().find(request.path().pathParameters().get("id"));
        Http.json(response, model(target.served(), target.name()));
    }

    private static Map<String, @Nullable Object> model(Served served, String id) {
        return map(
                "type",
                "model",
                "id",
                id,
                "display_name",
                served.model().name(),
                "created_at",
                served.created().truncatedTo(ChronoUnit.SECONDS).toString(),
                "lifecycle",
                "active",
                "max_input_tokens",
                served.model().contextLength());
    }

    private void count(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        Models.Target target = serving.models().find(body.text("model"));
        int tokens = Orders.prompt(target.served().model(), orders.turn(body)).ids().length;
        orders.known(body);
        Http.warn(response, body.ignored());
        begin(response);
        Http.json(response, map("input_tokens", tokens));
    }

    private void messages(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        boolean stream = body.flag("stream", false);
        ReplyOrder order = orders.order(body);
        Http.warn(response, order.warnings());
        String requestId = begin(response);
        String id = Http.id("msg_");
        if (stream) {
            Streaming.follow(serving.replies(), order, new Writer(response, order, id, requestId));
        } else {
            Http.json(response, whole(serving.replies().whole(order).getFirst(), order, id));
        }
    }

    private static Map<String, @Nullable Object> whole(WholeReply reply, ReplyOrder order, String id) {
        List<Object> content = new ArrayList<>();
        if (!reply.reasoning().isEmpty()) {
            content.add(map("type", "thinking", "thinking", reply.reasoning(), "signature", ""));
        }
        if (!reply.answer().isEmpty() || reply.calls().isEmpty()) {
            content.add(map("type", "text", "text", reply.answer()));
        }
        for (ToolCall call : reply.calls()) {
            content.add(map("type", "tool_use", "id", "toolu_" + call.id(), "name", call.name(), "input", input(call)));
        }
        Outcome outcome = reply.outcome();
        return message(
                id, order, content, stopReason(outcome, !reply.calls().isEmpty()), outcome.stop(), usage(outcome));
    }

    private static Map<String, @Nullable Object> message(
            String id,
            ReplyOrder order,
            List<Object> content,
            @Nullable String stopReason,
            @Nullable String stop,
            Map<String, @Nullable Object> usage) {
        return map(
                "id",
                id,
                "type",
                "message",
                "role",
                "assistant",
                "model",
                order.target().name(),
                "content",
                content,
                "stop_reason",
                stopReason,
                "stop_sequence",
                stop,
                "usage",
                usage);
    }

    /** The arguments as a value; of a call that was cut, none. */
    private static @Nullable Object input(ToolCall call) {
        try {
            return Json.parse(call.arguments(), "arguments");
        } catch (ModelException e) {
            return map();
        }
    }

    private static String stopReason(Outcome outcome, boolean calls) {
        return switch (outcome.reason()) {
            case STOP -> calls ? "tool_use" : "end_turn";
            case STOP_STRING -> "stop_sequence";
            case LENGTH, CONTEXT_FULL, DEADLINE, CANCELLED -> "max_tokens";
        };
    }

    private static Map<String, @Nullable Object> usage(Outcome outcome) {
        int cached = outcome.tokens().cached();
        Map<String, @Nullable Object> usage = usage(
                outcome.tokens().prompt() - cached, cached, outcome.tokens().generated());
        usage.put("output_tokens_details", map("thinking_tokens", outcome.reasoningTokens()));
        return usage;
    }

    /** Counts that do not overlap, as Anthropic has them. */
    private static Map<String, @Nullable Object> usage(int input, int cached, int output) {
        return map(
                "input_tokens",
                input,
                "cache_creation_input_tokens",
                0,
                "cache_read_input_tokens",
                cached,
                "output_tokens",
                output);
    }

    private static final class Writer implements Streaming.Dialect {
        private final ServerResponse response;
        private final ReplyOrder order;
        private final String id;
        private final String requestId;
        private int block = -1;
        private String open = "";
        private boolean called;

        Writer(ServerResponse response, ReplyOrder order, String id, String requestId) {
            this.response = response;
            this.order = order;
            this.id = id;
            this.requestId = requestId;
        }

        @Override
        public EventStream open() {
            EventStream out = EventStream.events(response);
            Map<String, @Nullable Object> usage = usage(order.ask().prompt().ids().length, 0, 0);
            out.event(
                    "message_start",
                    map("type", "message_start", "message", message(id, order, List.of(), null, null, usage)));
            return out;
        }

        @Override
        public void error(EventStream out, RuntimeException error) {
            out.event("error", errorBody(error, requestId));
        }

        @Override
        public void quiet(EventStream out) {
            out.event("ping", map("type", "ping"));
        }

        @Override
        public void piece(EventStream out, int choice, ReplyEvent event) {
            switch (event) {
                case ReplyEvent.Token _ -> {}
                case ReplyEvent.Reasoning(String text) -> {
                    begin(out, "thinking", map("type", "thinking", "thinking", "", "signature", ""));
                    delta(out, map("type", "thinking_delta", "thinking", text));
                }
                case ReplyEvent.Answer(String text) -> {
                    begin(out, "text", map("type", "text", "text", ""));
                    delta(out, map("type", "text_delta", "text", text));
                }
                case ReplyEvent.CallStarted(int index, String call, String name) -> {
                    called = true;
                    begin(
                            out,
                            "call " + index,
                            map("type", "tool_use", "id", "toolu_" + call, "name", name, "input", map()));
                }
                case ReplyEvent.CallArguments(int _, String json) ->
                    delta(out, map("type", "input_json_delta", "partial_json", json));
                case ReplyEvent.Ended(Outcome outcome) -> finish(out, outcome);
                case ReplyEvent.Failed _ -> {}
            }
        }

        /** Begins a block, where another one is open. */
        private void begin(EventStream out, String kind, Map<String, @Nullable Object> content) {
            if (open.equals(kind)) {
                return;
            }
            stop(out);
            open = kind;
            block++;
            out.event(
                    "content_block_start",
                    map("type", "content_block_start", "index", block, "content_block", content));
        }

        private void delta(EventStream out, Map<String, @Nullable Object> delta) {
            out.event("content_block_delta", map("type", "content_block_delta", "index", block, "delta", delta));
        }

        private void stop(EventStream out) {
            if (!open.isEmpty()) {
                out.event("content_block_stop", map("type", "content_block_stop", "index", block));
                open = "";
            }
        }

        private void finish(EventStream out, Outcome outcome) {
            stop(out);
            out.event(
                    "message_delta",
                    map(
                            "type",
                            "message_delta",
                            "delta",
                            map("stop_reason", stopReason(outcome, called), "stop_sequence", outcome.stop()),
                            "usage",
                            usage(outcome)));
            out.event("message_stop", map("type", "message_stop"));
        }
    }
}
