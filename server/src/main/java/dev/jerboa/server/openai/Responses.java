package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.server.http.EventStream;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.Serving;
import dev.jerboa.server.reply.Streaming;
import dev.jerboa.server.reply.WholeReply;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/responses}, without memory of earlier ones. Thread-safe. */
final class Responses {
    private final ResponseOrders orders;
    private final Serving serving;

    Responses(Serving serving) {
        this.orders = new ResponseOrders(serving);
        this.serving = serving;
    }

    void handle(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        boolean stream = body.flag("stream", false);
        ReplyOrder order = orders.order(body);
        Http.warn(response, order.warnings());
        ResponseItems items = new ResponseItems(order, body);
        if (stream) {
            Streaming.follow(serving.replies(), order, new Writer(response, items));
            return;
        }
        WholeReply reply = serving.replies().whole(order).getFirst();
        items.take(reply);
        Http.json(response, items.response(reply.outcome()));
    }

    /** Tells each step of each item as an event. */
    private static final class Writer implements Streaming.Dialect {
        private final ServerResponse response;
        private final ResponseItems items;
        private int number;

        Writer(ServerResponse response, ResponseItems items) {
            this.response = response;
            this.items = items;
        }

        @Override
        public EventStream open() {
            EventStream out = EventStream.events(response);
            tell(out, "response.created", map("response", items.response(null)));
            tell(out, "response.in_progress", map("response", items.response(null)));
            return out;
        }

        private void tell(EventStream out, String type, Map<String, @Nullable Object> fields) {
            Map<String, @Nullable Object> event = map("type", type, "sequence_number", number++);
            event.putAll(fields);
            out.event(type, event);
        }

        @Override
        public void piece(EventStream out, int choice, ReplyEvent event) {
            items.take(event, new ResponseItems.Steps() {
                @Override
                public void begun() {
                    begin(out);
                }

                @Override
                public void added(String text) {
                    tell(out, kind() + ".delta", place("delta", text));
                }

                @Override
                public void ending() {
                    finish(out);
                }
            });
        }

        private void begin(EventStream out) {
            tell(out, "response.output_item.added", map("output_index", items.count(), "item", items.beginning()));
            if (!items.isCall()) {
                tell(out, "response.content_part.added", place("part", items.part()));
            }
        }

        private void finish(EventStream out) {
            Map<String, @Nullable Object> whole = place(items.isCall() ? "arguments" : "text", items.text());
            if (items.isCall()) {
                whole.put("name", items.name());
            }
            tell(out, kind() + ".done", whole);
            if (!items.isCall()) {
                tell(out, "response.content_part.done", place("part", items.part()));
            }
            tell(out, "response.output_item.done", map("output_index", items.count(), "item", items.item()));
        }

        private Map<String, @Nullable Object> place(String name, @Nullable Object value) {
            Map<String, @Nullable Object> place = map("item_id", items.itemId(), "output_index", items.count());
            if (!items.isCall()) {
                place.put("content_index", 0);
            }
            place.put(name, value);
            if (items.isMessage() && value instanceof String) {
                place.put("logprobs", List.of());
            }
            return place;
        }

        private String kind() {
            if (items.isCall()) {
                return "response.function_call_arguments";
            }
            return items.isReasoning() ? "response.reasoning_text" : "response.output_text";
        }

        @Override
        public void error(EventStream out, RuntimeException error) {
            Map<String, @Nullable Object> fields = Errors.body(error);
            fields.remove("type");
            String message = String.valueOf(fields.get("message"));
            tell(out, "error", fields);
            tell(out, "response.failed", map("response", items.failed("server_error", message)));
        }

        @Override
        public void end(EventStream out, List<Outcome> outcomes) {
            Map<String, @Nullable Object> whole = items.response(outcomes.getFirst());
            tell(out, "response." + whole.get("status"), map("response", whole));
        }
    }
}
