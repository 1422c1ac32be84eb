package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.tool.ToolCall;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}. Thread-safe. */
final class ChatCompletions {
    private final ChatOrders orders;
    private final Serving serving;

    ChatCompletions(ChatOrders orders, Serving serving) {
        this.orders = orders;
        this.serving = serving;
    }

    void handle(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        boolean stream = body.flag("stream", false);
        Fields streamOptions = body.object("stream_options");
        boolean usage = streamOptions != null && streamOptions.flag("include_usage", false);
        if (streamOptions != null) {
            streamOptions.known("include_obfuscation", "continuous_usage_stats");
        }
        ReplyOrder order = orders.order(body);
        Http.warn(response, order.warnings());
        String id = Http.id("chatcmpl-");
        if (stream) {
            Streaming.follow(serving.replies(), order, new Writer(response, order, id, usage));
        } else {
            Http.json(response, whole(order, id));
        }
    }

    private Map<String, @Nullable Object> whole(ReplyOrder order, String id) {
        List<WholeReply> all = serving.replies().whole(order);
        List<Object> choices = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            WholeReply reply = all.get(i);
            List<ToolCall> calls = reply.calls();
            Map<String, @Nullable Object> message = map("role", "assistant");
            message.put("content", reply.answer().isEmpty() && !calls.isEmpty() ? null : reply.answer());
            if (!reply.reasoning().isEmpty()) {
                message.put("reasoning_content", reply.reasoning());
            }
            if (!calls.isEmpty()) {
                message.put("tool_calls", calls.stream().map(Shapes::call).toList());
            }
            message.put("refusal", null);
            Map<String, @Nullable Object> choice = map("index", i, "message", message);
            choice.put(
                    "logprobs",
                    order.ask().likeliest() < 0
                            ? null
                            : Shapes.logprobs(
                                    reply.tokens(),
                                    order.target().served().model().tokenizer()));
            choice.put("finish_reason", Shapes.finishReason(reply.outcome(), !calls.isEmpty()));
            choice.put("stop_reason", Shapes.stopReason(reply.outcome()));
            choices.add(choice);
        }
        List<Outcome> outcomes = all.stream().map(WholeReply::outcome).toList();
        Map<String, @Nullable Object> answer = head(id, "chat.completion", order, Http.now());
        answer.put("choices", choices);
        answer.put("usage", Shapes.usage(order, outcomes));
        answer.put("timings", Shapes.timings(outcomes.getFirst()));
        return answer;
    }

    private static Map<String, @Nullable Object> head(String id, String object, ReplyOrder order, long created) {
        return map(
                "id",
                id,
                "object",
                object,
                "created",
                created,
                "model",
                order.target().name());
    }

    /** A stream of chunks. */
    private static final class Writer implements Streaming.Dialect {
        private final ServerResponse response;
        private final ReplyOrder order;
        private final String id;
        private final boolean usage;
        private final long created = Http.now();
        private final boolean[] begun;
        private final boolean[] called;
        private final List<List<ReplyEvent.Token>> tokens = new ArrayList<>();

        Writer(ServerResponse response, ReplyOrder order, String id, boolean usage) {
            this.response = response;
            this.order = order;
            this.id = id;
            this.usage = usage;
            this.begun = new boolean[order.choices()];
            this.called = new boolean[order.choices()];
            for (int i = 0; i < order.choices(); i++) {
                tokens.add(new ArrayList<>());
            }
        }

        @Override
        public EventStream open() {
            return EventStream.events(response);
        }

        @Override
        public void error(EventStream out, RuntimeException error) {
            out.data(map("error", Errors.body(error)));
        }

        @Override
        public void end(EventStream out, List<Outcome> outcomes) {
            if (usage) {
                Map<String, @Nullable Object> last = head(id, "chat.completion.chunk", order, created);
                last.put("choices", List.of());
                last.put("usage", Shapes.usage(order, outcomes));
                last.put("timings", Shapes.timings(outcomes.getFirst()));
                out.data(last);
            }
            out.done();
        }

        @Override
        public void piece(EventStream out, int choice, ReplyEvent event) {
            switch (event) {
                case ReplyEvent.Token token -> tokens.get(choice).add(token);
                case ReplyEvent.Answer(String text) -> delta(out, choice, map("content", text));
                case ReplyEvent.Reasoning(String text) -> delta(out, choice, map("reasoning_content", text));
                case ReplyEvent.CallStarted(int index, String call, String name) -> {
                    called[choice] = true;
                    delta(
                            out,
                            choice,
                            map(
                                    "tool_calls",
                                    List.of(map(
                                            "index",
                                            index,
                                            "id",
                                            "call_" + call,
                                            "type",
                                            "function",
                                            "function",
                                            map("name", name, "arguments", "")))));
                }
                case ReplyEvent.CallArguments(int index, String json) ->
                    delta(
                            out,
                            choice,
                            map("tool_calls", List.of(map("index", index, "function", map("arguments", json)))));
                case ReplyEvent.Ended(Outcome outcome) -> {
                    Map<String, @Nullable Object> one = one(choice, map());
                    one.put("finish_reason", Shapes.finishReason(outcome, called[choice]));
                    if (Shapes.stopReason(outcome) != null) {
                        one.put("stop_reason", Shapes.stopReason(outcome));
                    }
                    out.data(chunk(one));
                }
                case ReplyEvent.Failed _ -> {}
            }
        }

        private void delta(EventStream out, int choice, Map<String, @Nullable Object> delta) {
            out.data(chunk(one(choice, delta)));
        }

        /** The part of a choice in a chunk. */
        private Map<String, @Nullable Object> one(int choice, Map<String, @Nullable Object> delta) {
            Map<String, @Nullable Object> content = delta;
            if (!begun[choice]) {
                begun[choice] = true;
                content = map("role", "assistant");
                content.putAll(delta);
                content.putIfAbsent("content", "");
            }
            Map<String, @Nullable Object> one = map("index", choice, "delta", content);
            one.put(
                    "logprobs",
                    order.ask().likeliest() < 0
                            ? null
                            : Shapes.logprobs(
                                    tokens.get(choice),
                                    order.target().served().model().tokenizer()));
            tokens.get(choice).clear();
            one.put("finish_reason", null);
            return one;
        }

        private Map<String, @Nullable Object> chunk(Map<String, @Nullable Object> one) {
            Map<String, @Nullable Object> chunk = head(id, "chat.completion.chunk", order, created);
            chunk.put("choices", List.of(one));
            if (usage) {
                chunk.put("usage", null);
            }
            return chunk;
        }
    }
}
