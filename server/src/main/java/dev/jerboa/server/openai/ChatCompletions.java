package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.model.token.Tokenizer;
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
        boolean usage = Chunks.tellsUsage(body);
        ReplyOrder order = orders.order(body);
        Http.warn(response, order.warnings());
        String id = Http.id("chatcmpl-");
        if (stream) {
            Streaming.follow(serving.replies(), order, new Chunks(response, order, id, usage, new Deltas(order)));
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
        Map<String, @Nullable Object> answer = Shapes.head(id, "chat.completion", order, Http.now());
        answer.put("choices", choices);
        Shapes.count(answer, order, outcomes);
        return answer;
    }

    /** What is added to messages, piece by piece. */
    private static final class Deltas implements Chunks.Form {
        private final Tokenizer tokenizer;
        private final boolean[] begun;
        private final boolean[] called;

        Deltas(ReplyOrder order) {
            this.tokenizer = order.target().served().model().tokenizer();
            this.begun = new boolean[order.choices()];
            this.called = new boolean[order.choices()];
        }

        @Override
        public String object() {
            return "chat.completion.chunk";
        }

        @Override
        public @Nullable Map<String, @Nullable Object> part(int choice, ReplyEvent event) {
            return switch (event) {
                case ReplyEvent.Answer(String text) -> delta(choice, map("content", text));
                case ReplyEvent.Reasoning(String text) -> delta(choice, map("reasoning_content", text));
                case ReplyEvent.CallStarted(int index, String id, String name) -> {
                    called[choice] = true;
                    Map<String, @Nullable Object> call = map("index", index);
                    call.putAll(Shapes.call(new ToolCall(id, name, "")));
                    yield delta(choice, map("tool_calls", List.of(call)));
                }
                case ReplyEvent.CallArguments(int index, String json) ->
                    delta(choice, map("tool_calls", List.of(map("index", index, "function", map("arguments", json)))));
                case ReplyEvent.Ended(Outcome outcome) -> {
                    Map<String, @Nullable Object> last = delta(choice, map());
                    Chunks.finish(last, outcome, called[choice]);
                    yield last;
                }
                case ReplyEvent.Token _, ReplyEvent.Failed _ -> null;
            };
        }

        private Map<String, @Nullable Object> delta(int choice, Map<String, @Nullable Object> delta) {
            Map<String, @Nullable Object> content = delta;
            if (!begun[choice]) {
                begun[choice] = true;
                content = map("role", "assistant");
                content.putAll(delta);
                content.putIfAbsent("content", "");
            }
            return map("delta", content);
        }

        @Override
        public Object logprobs(int choice, List<ReplyEvent.Token> tokens) {
            return Shapes.logprobs(tokens, tokenizer);
        }
    }
}
