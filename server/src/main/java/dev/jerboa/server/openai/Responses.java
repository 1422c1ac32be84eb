package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.EventStream;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.reply.Replies;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.ReplyWriter;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/responses}, without memory of earlier ones. Thread-safe. */
final class Responses {
    private final ResponseOrders orders;
    private final Replies replies;
    private final int mostBytes;

    Responses(ResponseOrders orders, Replies replies, int mostBytes) {
        this.orders = orders;
        this.replies = replies;
        this.mostBytes = mostBytes;
    }

    void handle(ServerRequest request, ServerResponse response) {
        Fields body = Body.fields(request, mostBytes);
        boolean stream = body.flag("stream", false);
        ReplyOrder order = orders.order(body);
        Http.warn(response, order.warnings());
        Items items = new Items(order, body);
        if (stream) {
            new Writer(response, order, items).follow();
            return;
        }
        List<Outcome> outcomes = replies.follow(order, new Collecting(items));
        Http.json(response, items.response(outcomes.getFirst()));
    }

    /** What a response consists of so far; both ways of answering go through it, so they say the same. */
    private static final class Items {
        private final String id = Http.id("resp_");
        private final long created = Http.now();
        private final ReplyOrder order;
        private final Fields body;
        private final List<Object> done = new ArrayList<>();

        /** The item being written: its kind, its id, its text. */
        private String kind = "";

        private String itemId = "";
        private String callId = "";
        private String name = "";
        private final StringBuilder text = new StringBuilder();

        Items(ReplyOrder order, Fields body) {
            this.order = order;
            this.body = body;
        }

        Map<String, @Nullable Object> response(@Nullable Outcome outcome) {
            boolean cut = outcome != null
                    && outcome.reason() != FinishReason.STOP
                    && outcome.reason() != FinishReason.STOP_STRING;
            Map<String, @Nullable Object> response = map(
                    "id",
                    id,
                    "object",
                    "response",
                    "created_at",
                    created,
                    "status",
                    outcome == null ? "in_progress" : cut ? "incomplete" : "completed",
                    "error",
                    null,
                    "incomplete_details",
                    cut ? map("reason", "max_output_tokens") : null,
                    "instructions",
                    body.value("instructions"),
                    "max_output_tokens",
                    body.value("max_output_tokens"),
                    "model",
                    order.target().name(),
                    "output",
                    List.copyOf(done),
                    "parallel_tool_calls",
                    body.flag("parallel_tool_calls", true),
                    "previous_response_id",
                    null,
                    "reasoning",
                    body.value("reasoning") == null ? map("effort", null, "summary", null) : body.value("reasoning"),
                    "store",
                    false);
            response.put("temperature", (double) order.ask().sampling().temperature());
            response.put("text", body.value("text") == null ? map("format", map("type", "text")) : body.value("text"));
            response.put("tool_choice", body.value("tool_choice") == null ? "auto" : body.value("tool_choice"));
            response.put("tools", body.list("tools", 128));
            response.put("top_p", (double) order.ask().sampling().topP());
            response.put("truncation", "disabled");
            response.put("usage", outcome == null ? null : usage(outcome));
            response.put("metadata", body.value("metadata") == null ? map() : body.value("metadata"));
            return response;
        }

        private static Map<String, @Nullable Object> usage(Outcome outcome) {
            int input = outcome.tokens().prompt();
            int output = outcome.tokens().generated();
            return map(
                    "input_tokens",
                    input,
                    "input_tokens_details",
                    map("cached_tokens", outcome.tokens().cached()),
                    "output_tokens",
                    output,
                    "output_tokens_details",
                    map("reasoning_tokens", outcome.reasoningTokens()),
                    "total_tokens",
                    input + output);
        }

        boolean isOpen() {
            return !kind.isEmpty();
        }

        /** The item being written, as far as it is. */
        Map<String, @Nullable Object> item(String status) {
            return switch (kind) {
                case "reasoning" ->
                    map(
                            "type",
                            "reasoning",
                            "id",
                            itemId,
                            "summary",
                            List.of(),
                            "content",
                            text.isEmpty() ? List.of() : List.of(part()),
                            "status",
                            status);
                case "message" ->
                    map(
                            "type",
                            "message",
                            "id",
                            itemId,
                            "status",
                            status,
                            "role",
                            "assistant",
                            "content",
                            text.isEmpty() ? List.of() : List.of(part()));
                default ->
                    map(
                            "type",
                            "function_call",
                            "id",
                            itemId,
                            "call_id",
                            callId,
                            "name",
                            name,
                            "arguments",
                            text.toString(),
                            "status",
                            status);
            };
        }

        /** The part of text of the item. */
        Map<String, @Nullable Object> part() {
            return kind.equals("reasoning")
                    ? map("type", "reasoning_text", "text", text.toString())
                    : map(
                            "type",
                            "output_text",
                            "text",
                            text.toString(),
                            "annotations",
                            List.of(),
                            "logprobs",
                            List.of());
        }

        void begin(String what, String prefix) {
            kind = what;
            itemId = Http.id(prefix);
            text.setLength(0);
        }

        void end() {
            done.add(item("completed"));
            kind = "";
        }
    }

    /** Takes the pieces without telling anybody. */
    private static class Collecting implements ReplyWriter {
        final Items items;

        Collecting(Items items) {
            this.items = items;
        }

        @Override
        public final void piece(int choice, ReplyEvent event) {
            switch (event) {
                case ReplyEvent.Token _ -> {}
                case ReplyEvent.Reasoning(String text) -> text("reasoning", "rs_", text);
                case ReplyEvent.Answer(String text) -> text("message", "msg_", text);
                case ReplyEvent.CallStarted(int _, String id, String name) -> {
                    close();
                    items.begin("call", "fc_");
                    items.callId = "call_" + id;
                    items.name = name;
                    begun();
                }
                case ReplyEvent.CallArguments(int _, String json) -> {
                    items.text.append(json);
                    added(json);
                }
                case ReplyEvent.Ended _ -> close();
                case ReplyEvent.Failed(RuntimeException cause) -> throw cause;
            }
        }

        private void text(String kind, String prefix, String text) {
            if (!items.kind.equals(kind)) {
                close();
                items.begin(kind, prefix);
                begun();
            }
            items.text.append(text);
            added(text);
        }

        private void close() {
            if (items.isOpen()) {
                ending();
                items.end();
            }
        }

        void begun() {}

        void added(String text) {}

        void ending() {}

        @Override
        public void flush() {}

        @Override
        public void quiet() {}
    }

    /** Tells each piece as an event. */
    private final class Writer extends Collecting {
        private final ServerResponse response;
        private final ReplyOrder order;
        private @Nullable EventStream out;
        private int number;

        Writer(ServerResponse response, ReplyOrder order, Items items) {
            super(items);
            this.response = response;
            this.order = order;
        }

        void follow() {
            List<Outcome> outcomes;
            try {
                outcomes = replies.follow(order, this);
            } catch (RuntimeException e) {
                if (out == null) {
                    throw e;
                }
                Map<String, @Nullable Object> error = map("type", "error");
                error.putAll(Errors.body(e));
                out.event("error", error);
                out.flush();
                out.close();
                return;
            }
            Map<String, @Nullable Object> whole = items.response(outcomes.getFirst());
            tell("response." + whole.get("status"), map("response", whole));
            stream().flush();
            stream().close();
        }

        private EventStream stream() {
            if (out == null) {
                out = EventStream.events(response);
                tell("response.created", map("response", items.response(null)));
                tell("response.in_progress", map("response", items.response(null)));
            }
            return out;
        }

        private void tell(String type, Map<String, @Nullable Object> fields) {
            EventStream stream = stream();
            Map<String, @Nullable Object> event = map("type", type, "sequence_number", number++);
            event.putAll(fields);
            stream.event(type, event);
        }

        private Map<String, @Nullable Object> place() {
            return map("item_id", items.itemId, "output_index", items.done.size());
        }

        private Map<String, @Nullable Object> place(String name, @Nullable Object value) {
            Map<String, @Nullable Object> place = place();
            if (!items.kind.equals("call")) {
                place.put("content_index", 0);
            }
            place.put(name, value);
            return place;
        }

        private String kind() {
            return switch (items.kind) {
                case "reasoning" -> "response.reasoning_text";
                case "message" -> "response.output_text";
                default -> "response.function_call_arguments";
            };
        }

        @Override
        void begun() {
            tell(
                    "response.output_item.added",
                    map("output_index", items.done.size(), "item", items.item("in_progress")));
            if (!items.kind.equals("call")) {
                tell("response.content_part.added", place("part", items.part()));
            }
        }

        @Override
        void added(String text) {
            tell(kind() + ".delta", place("delta", text));
        }

        @Override
        void ending() {
            boolean call = items.kind.equals("call");
            tell(kind() + ".done", place(call ? "arguments" : "text", items.text.toString()));
            if (!call) {
                tell("response.content_part.done", place("part", items.part()));
            }
            tell("response.output_item.done", map("output_index", items.done.size(), "item", items.item("completed")));
        }

        @Override
        public void flush() {
            stream().flush();
        }

        @Override
        public void quiet() {
            stream().keepAlive();
        }
    }
}
