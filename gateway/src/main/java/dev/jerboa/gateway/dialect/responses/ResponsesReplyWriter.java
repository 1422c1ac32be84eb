package dev.jerboa.gateway.dialect.responses;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.ServiceTiers;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.dialect.chat.ChatErrors;
import dev.jerboa.gateway.dialect.chat.ChatReplyWriter;
import dev.jerboa.gateway.dialect.conversation.Proofs;
import dev.jerboa.gateway.dialect.reply.CallOrder;
import dev.jerboa.gateway.dialect.reply.ReplyHead;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Usage;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes responses: items, one after the other, each with its steps. Both ways of answering go through it, so they say the same. */
public final class ResponsesReplyWriter implements ReplyWriter {
    private enum Kind {
        NONE,
        REASONING,
        MESSAGE,
        REFUSAL,
        CALL
    }

    private static final byte[] KEEP_ALIVE = Out.utf8(": keep-alive\n\n");
    private static final String IN_PROGRESS = "in_progress";
    private static final String COMPLETED = "completed";
    private static final String INCOMPLETE = "incomplete";

    private final ReplyHead head;
    private final Map<String, ? extends @Nullable Object> request;
    private final List<Object> done = new ArrayList<>();
    private final CallOrder calls;
    private ByteSink out = (_, _, _) -> {};
    private int number;
    private boolean begun;
    private String finish = "";

    /** The item being written. */
    private Kind kind = Kind.NONE;

    private String itemId = "";
    private String callId = "";
    private String name = "";
    private String proof = "";
    private final StringBuilder text = new StringBuilder();

    /** @param request the client's body, of which a response repeats much */
    public ResponsesReplyWriter(ReplyHead head, Map<String, ? extends @Nullable Object> request) {
        this.head = head;
        this.request = request;
        this.calls = new CallOrder(new CallOrder.Calls() {
            @Override
            public void begun(ReplyPiece.CallBegun call) {
                close(COMPLETED);
                callId = head.orOwn(call.id(), "call_", call.index());
                name = call.name();
                open(Kind.CALL, "fc_");
            }

            @Override
            public void arguments(String json) {
                more(json);
            }
        });
    }

    @Override
    public String contentType() {
        return head.stream() ? "text/event-stream; charset=utf-8" : "application/json";
    }

    @Override
    public void piece(ReplyPiece piece, ByteSink sink) {
        out = sink;
        begin();
        switch (piece) {
            case ReplyPiece.Begun _, ReplyPiece.Used _, ReplyPiece.Failed _, ReplyPiece.Vectors _ -> {}
            case ReplyPiece.Text(int _, String more) -> {
                calls.end();
                in(Kind.MESSAGE, "msg_");
                more(more);
            }
            case ReplyPiece.Refusal(int _, String more) -> {
                calls.end();
                in(Kind.REFUSAL, "msg_");
                more(more);
            }
            case ReplyPiece.Reasoning(int _, String more) -> {
                calls.end();
                in(Kind.REASONING, "rs_");
                more(more);
            }
            case ReplyPiece.ReasoningProof(int _, Proof given) -> {
                in(Kind.REASONING, "rs_");
                proof = Proofs.write(given, Proof.Kind.ENCRYPTED);
                close(COMPLETED);
            }
            case ReplyPiece.CallBegun call -> calls.take(call);
            case ReplyPiece.CallArguments arguments -> calls.take(arguments);
            case ReplyPiece.Finished(int _, String reason, String _, String _) -> finish = reason;
        }
    }

    private void begin() {
        if (!begun) {
            begun = true;
            tell("response.created", map("response", response(IN_PROGRESS, null)));
            tell("response.in_progress", map("response", response(IN_PROGRESS, null)));
        }
    }

    private void tell(String type, Map<String, @Nullable Object> fields) {
        if (head.stream()) {
            Map<String, @Nullable Object> event = map("type", type, "sequence_number", number++);
            event.putAll(fields);
            byte[] bytes = Out.event(type, event);
            out.write(bytes, 0, bytes.length);
        }
    }

    private void in(Kind wanted, String prefix) {
        if (kind != wanted) {
            close(COMPLETED);
            open(wanted, prefix);
        }
    }

    private void open(Kind wanted, String prefix) {
        kind = wanted;
        itemId = prefix + head.id() + "_" + done.size();
        text.setLength(0);
        proof = "";
        tell("response.output_item.added", map("output_index", done.size(), "item", item(IN_PROGRESS)));
        if (kind == Kind.REASONING) {
            tell("response.reasoning_summary_part.added", place("part", part()));
        } else if (kind != Kind.CALL) {
            tell("response.content_part.added", place("part", part()));
        }
    }

    private void more(String more) {
        text.append(more);
        tell(step() + ".delta", place("delta", more));
    }

    private void close(String status) {
        if (kind == Kind.NONE) {
            return;
        }
        if (kind == Kind.CALL && text.isEmpty()) {
            text.append("{}");
        }
        Map<String, @Nullable Object> whole = place(whole(), text.toString());
        if (kind == Kind.CALL) {
            whole.put("name", name);
        }
        tell(step() + ".done", whole);
        if (kind == Kind.REASONING) {
            tell("response.reasoning_summary_part.done", place("part", part()));
        } else if (kind != Kind.CALL) {
            tell("response.content_part.done", place("part", part()));
        }
        Map<String, @Nullable Object> item = item(status);
        tell("response.output_item.done", map("output_index", done.size(), "item", item));
        done.add(item);
        kind = Kind.NONE;
    }

    private String whole() {
        return switch (kind) {
            case CALL -> "arguments";
            case REFUSAL -> "refusal";
            default -> "text";
        };
    }

    private String step() {
        return switch (kind) {
            case CALL -> "response.function_call_arguments";
            case REASONING -> "response.reasoning_summary_text";
            case REFUSAL -> "response.refusal";
            case MESSAGE, NONE -> "response.output_text";
        };
    }

    private Map<String, @Nullable Object> place(String field, @Nullable Object value) {
        Map<String, @Nullable Object> place = map("item_id", itemId, "output_index", done.size());
        if (kind == Kind.REASONING) {
            place.put("summary_index", 0);
        } else if (kind != Kind.CALL) {
            place.put("content_index", 0);
        }
        place.put(field, value);
        if (kind == Kind.MESSAGE && value instanceof String) {
            place.put("logprobs", List.of());
        }
        return place;
    }

    private Map<String, @Nullable Object> part() {
        return switch (kind) {
            case REASONING -> map("type", "summary_text", "text", text.toString());
            case REFUSAL -> map("type", "refusal", "refusal", text.toString());
            default ->
                map("type", "output_text", "text", text.toString(), "annotations", List.of(), "logprobs", List.of());
        };
    }

    private Map<String, @Nullable Object> item(String status) {
        return switch (kind) {
            case REASONING -> {
                Map<String, @Nullable Object> item = map("type", "reasoning", "id", itemId);
                item.put("summary", text.isEmpty() ? List.of() : List.of(part()));
                put(item, "encrypted_content", proof.isEmpty() ? null : proof);
                yield item;
            }
            case CALL ->
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
            default ->
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
        };
    }

    private Map<String, @Nullable Object> response(String status, @Nullable Ending ending) {
        Map<String, @Nullable Object> response = map(
                "id",
                "resp_" + head.id(),
                "object",
                "response",
                "created_at",
                head.created(),
                "status",
                status,
                "error",
                null);
        response.put(
                "incomplete_details",
                status.equals(INCOMPLETE)
                        ? map("reason", finish.equals("content_filter") ? "content_filter" : "max_output_tokens")
                        : null);
        response.put("instructions", request.get("instructions"));
        response.put("max_output_tokens", request.get("max_output_tokens"));
        response.put("model", head.model());
        response.put("output", List.copyOf(done));
        response.put("parallel_tool_calls", or("parallel_tool_calls", true));
        response.put("previous_response_id", null);
        response.put("reasoning", or("reasoning", map("effort", null, "summary", null)));
        if (ending != null) {
            put(response, "service_tier", ServiceTiers.served(WireDialect.RESPONSES, ending.serviceTier()));
        }
        response.put("store", false);
        response.put("temperature", or("temperature", 1.0));
        response.put("text", or("text", map("format", map("type", "text"))));
        response.put("tool_choice", or("tool_choice", "auto"));
        response.put("tools", Tree.list(request, "tools"));
        response.put("top_p", or("top_p", 1.0));
        response.put("truncation", "disabled");
        response.put(
                "usage",
                ending == null
                        ? null
                        : ending.usage().map(told -> usage(told, ending)).orElse(null));
        response.put("user", request.get("user"));
        response.put("metadata", or("metadata", map()));
        return response;
    }

    private Object or(String field, Object usual) {
        Object value = request.get(field);
        return value == null ? usual : value;
    }

    private static Map<String, @Nullable Object> usage(Usage usage, Ending ending) {
        Map<String, @Nullable Object> told = map(
                "input_tokens",
                usage.prompt(),
                "input_tokens_details",
                map(
                        "cached_tokens",
                        usage.cacheRead(),
                        "cache_write_tokens",
                        usage.cacheWrite() + usage.cacheWriteLong()),
                "output_tokens",
                usage.completion(),
                "output_tokens_details",
                map("reasoning_tokens", usage.reasoning()),
                "total_tokens",
                usage.total());
        put(
                told,
                "cost",
                ending.costNanos().isPresent()
                        ? ChatReplyWriter.dollars(ending.costNanos().getAsLong())
                        : null);
        return told;
    }

    @Override
    public void keepAlive(ByteSink sink) {
        if (head.stream()) {
            sink.write(KEEP_ALIVE, 0, KEEP_ALIVE.length);
        }
    }

    @Override
    public byte[] end(Ending ending) {
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        out = tail::write;
        begin();
        calls.end();
        String status = finish.equals("length") || finish.equals("content_filter") ? INCOMPLETE : COMPLETED;
        close(status);
        Map<String, @Nullable Object> whole = response(status, ending);
        if (!head.stream()) {
            return Out.json(whole);
        }
        tell("response." + status, map("response", whole));
        return tail.toByteArray();
    }

    @Override
    public byte[] failed(ReplyError failure) {
        if (!head.stream()) {
            return Out.json(ChatErrors.body(failure, head.surface()));
        }
        Map<String, @Nullable Object> error =
                ChatErrors.body(failure, Surface.OPENAI); // OpenRouter's have words in streams
        String message = failure.message();
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        out = tail::write;
        Object code = Tree.object(error, "error").get("code");
        Object told = code == null ? "server_error" : code;
        tell("error", map("code", told, "message", message, "param", null));
        if (!begun) { // the stream's beginning, if it has one, is the endpoint's own, and so is its response
            return tail.toByteArray();
        }
        Map<String, @Nullable Object> response = response("failed", null);
        response.put("error", map("code", told, "message", message));
        tell("response.failed", map("response", response));
        return tail.toByteArray();
    }
}
