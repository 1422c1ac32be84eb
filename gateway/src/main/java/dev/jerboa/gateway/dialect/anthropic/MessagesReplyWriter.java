package dev.jerboa.gateway.dialect.anthropic;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.ServiceTiers;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.conversation.Proofs;
import dev.jerboa.gateway.dialect.reply.CallOrder;
import dev.jerboa.gateway.dialect.reply.ReplyHead;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.money.Usage;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes messages of Anthropic: blocks, one after the other. Both ways of answering go through it, so they say the same. */
public final class MessagesReplyWriter implements ReplyWriter {
    private enum Kind {
        NONE,
        THINKING,
        TEXT,
        CALL
    }

    private static final byte[] PING = Out.event("ping", map("type", "ping"));

    private final ReplyHead head;
    private final CallOrder calls;
    private final List<Object> content = new ArrayList<>();
    private ByteSink out = (_, _, _) -> {};
    private boolean begun;
    private int block;
    private String finish = "";
    private @Nullable String stopSequence;

    /** The block being written. */
    private Kind kind = Kind.NONE;

    private final StringBuilder text = new StringBuilder();
    private String signature = "";
    private String callId = "";
    private String name = "";

    public MessagesReplyWriter(ReplyHead head) {
        this.head = head;
        this.calls = new CallOrder(new CallOrder.Calls() {
            @Override
            public void begun(ReplyPiece.CallBegun call) {
                close();
                callId = new Calls().plain(head.orOwn(call.id(), "toolu_", call.index()));
                name = call.name();
                open(Kind.CALL, map("type", "tool_use", "id", callId, "name", name, "input", map()));
            }

            @Override
            public void arguments(String json) {
                text.append(json);
                delta(map("type", "input_json_delta", "partial_json", json));
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
            case ReplyPiece.Text(int _, String more) -> text(more);
            case ReplyPiece.Refusal(int _, String more) -> text(more);
            case ReplyPiece.Reasoning(int _, String more) -> {
                thinking();
                text.append(more);
                if (!head.hidden()) {
                    delta(map("type", "thinking_delta", "thinking", more));
                }
            }
            case ReplyPiece.ReasoningProof(int _, Proof proof) -> proof(proof);
            case ReplyPiece.CallBegun call -> calls.take(call);
            case ReplyPiece.CallArguments arguments -> calls.take(arguments);
            case ReplyPiece.Finished(int _, String reason, String _, String stop) -> {
                finish = reason;
                stopSequence = stop;
            }
        }
    }

    private void begin() {
        if (!begun) {
            begun = true;
            tell("message_start", map("message", message(List.of(), null, usage(Usage.NONE))));
        }
    }

    private void tell(String type, Map<String, @Nullable Object> fields) {
        if (head.stream()) {
            Map<String, @Nullable Object> event = map("type", type);
            event.putAll(fields);
            byte[] bytes = Out.event(type, event);
            out.write(bytes, 0, bytes.length);
        }
    }

    private void text(String more) {
        if (kind != Kind.TEXT) {
            calls.end();
            close();
            open(Kind.TEXT, map("type", "text", "text", ""));
        }
        text.append(more);
        delta(map("type", "text_delta", "text", more));
    }

    private void thinking() {
        if (kind != Kind.THINKING) {
            calls.end();
            close();
            open(Kind.THINKING, map("type", "thinking", "thinking", "", "signature", ""));
        }
    }

    private void proof(Proof proof) {
        if (proof.kind() == Proof.Kind.REDACTED) {
            calls.end();
            close();
            Object redacted = map("type", "redacted_thinking", "data", proof.data());
            tell("content_block_start", map("index", block, "content_block", redacted));
            tell("content_block_stop", map("index", block++));
            content.add(redacted);
            return;
        }
        thinking();
        signature = Proofs.write(proof, Proof.Kind.SIGNATURE);
        delta(map("type", "signature_delta", "signature", signature));
        close();
    }

    private void open(Kind wanted, Map<String, @Nullable Object> start) {
        kind = wanted;
        text.setLength(0);
        signature = "";
        tell("content_block_start", map("index", block, "content_block", start));
    }

    private void delta(Map<String, @Nullable Object> delta) {
        tell("content_block_delta", map("index", block, "delta", delta));
    }

    private void close() {
        if (kind == Kind.NONE) {
            return;
        }
        tell("content_block_stop", map("index", block++));
        if (!head.stream()) {
            content.add(
                    switch (kind) {
                        case THINKING ->
                            map(
                                    "type",
                                    "thinking",
                                    "thinking",
                                    head.hidden() ? "" : text.toString(),
                                    "signature",
                                    signature);
                        case CALL ->
                            map(
                                    "type",
                                    "tool_use",
                                    "id",
                                    callId,
                                    "name",
                                    name,
                                    "input",
                                    Calls.object(text.isEmpty() ? "{}" : text.toString()));
                        case TEXT, NONE -> map("type", "text", "text", text.toString());
                    });
        }
        kind = Kind.NONE;
    }

    private Map<String, @Nullable Object> message(
            List<Object> blocks, @Nullable String reason, Map<String, @Nullable Object> usage) {
        return map(
                "id",
                "msg_" + head.id(),
                "type",
                "message",
                "role",
                "assistant",
                "model",
                head.model(),
                "content",
                blocks,
                "stop_reason",
                reason,
                "stop_sequence",
                reason == null ? null : stopSequence,
                "usage",
                usage);
    }

    private String reason() {
        return switch (finish) {
            case "length" -> "max_tokens";
            case "tool_calls" -> "tool_use";
            case "content_filter" -> "refusal";
            default -> stopSequence == null ? "end_turn" : "stop_sequence";
        };
    }

    /** Counts that do not overlap, as Anthropic has them. */
    private static Map<String, @Nullable Object> usage(Usage usage) {
        return map(
                "input_tokens",
                usage.input(),
                "cache_creation_input_tokens",
                usage.cacheWrite() + usage.cacheWriteLong(),
                "cache_read_input_tokens",
                usage.cacheRead(),
                "cache_creation",
                map(
                        "ephemeral_5m_input_tokens",
                        usage.cacheWrite(),
                        "ephemeral_1h_input_tokens",
                        usage.cacheWriteLong()),
                "output_tokens",
                usage.completion(),
                "output_tokens_details",
                map("thinking_tokens", usage.reasoning()));
    }

    @Override
    public void keepAlive(ByteSink sink) {
        if (head.stream() && begun) {
            sink.write(PING, 0, PING.length);
        }
    }

    @Override
    public byte[] end(Ending ending) {
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        out = tail::write;
        begin();
        calls.end();
        close();
        Map<String, @Nullable Object> usage = usage(ending.usage().orElse(Usage.NONE));
        put(usage, "service_tier", ServiceTiers.served(WireDialect.ANTHROPIC, ending.serviceTier()));
        if (!head.stream()) {
            if (content.isEmpty()) {
                content.add(map("type", "text", "text", ""));
            }
            return Out.json(message(content, reason(), usage));
        }
        tell(
                "message_delta",
                map("delta", map("stop_reason", reason(), "stop_sequence", stopSequence), "usage", usage));
        tell("message_stop", map());
        return tail.toByteArray();
    }

    @Override
    public byte[] failed(ReplyError failure) {
        Map<String, @Nullable Object> error = errorBody(failure.kind(), failure.message());
        return head.stream() ? Out.event("error", error) : Out.json(error);
    }

    /** An error in Anthropic's shape. */
    public static Map<String, @Nullable Object> errorBody(ErrorKind kind, String message) {
        String type = switch (kind) {
            case INVALID, CONTEXT_LENGTH, CONTENT_POLICY -> "invalid_request_error";
            case AUTHENTICATION -> "authentication_error";
            case QUOTA -> "billing_error";
            case PERMISSION -> "permission_error";
            case NOT_FOUND -> "not_found_error";
            case TOO_LARGE -> "request_too_large";
            case RATE_LIMIT -> "rate_limit_error";
            case SERVER -> "api_error";
            case OVERLOADED -> "overloaded_error";
            case TIMEOUT -> "timeout_error";
        };
        // clients shorten the conversation where they read these words
        String said = kind == ErrorKind.CONTEXT_LENGTH && !message.contains("prompt is too long")
                ? "prompt is too long: " + message
                : message;
        return map("type", "error", "error", map("type", type, "message", said));
    }
}
