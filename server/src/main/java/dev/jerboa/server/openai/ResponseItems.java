package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.WholeReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a response consists of so far; both ways of answering go through it, so they say the same. One thread.
 */
final class ResponseItems {
    /** Hears how an item comes to be; while it does, {@link #item} is the one. */
    interface Steps {
        /** For whoever only wants the whole. */
        Steps NONE = new Steps() {};

        default void begun() {}

        default void added(String text) {}

        default void ending() {}
    }

    private static final String COMPLETED = "completed";
    private static final String INCOMPLETE = "incomplete";

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
    /** How the item being written ends: all but the last one of a reply that is cut are complete. */
    private String status = COMPLETED;

    ResponseItems(ReplyOrder order, Fields body) {
        this.order = order;
        this.body = body;
    }

    Map<String, @Nullable Object> response(@Nullable Outcome outcome) {
        boolean cut = outcome != null && isCut(outcome);
        Map<String, @Nullable Object> response = map(
                "id",
                id,
                "object",
                "response",
                "created_at",
                created,
                "status",
                outcome == null ? "in_progress" : cut ? INCOMPLETE : COMPLETED,
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
        response.put("background", false);
        response.put("max_tool_calls", null);
        response.put("service_tier", "default");
        response.put("top_logprobs", 0);
        response.put("user", body.value("user"));
        response.put("completed_at", outcome == null || cut ? null : Http.now());
        response.put("metadata", body.value("metadata") == null ? map() : body.value("metadata"));
        return response;
    }

    /** The response as it stands when it fails. */
    Map<String, @Nullable Object> failed(String code, String message) {
        Map<String, @Nullable Object> response = response(null);
        response.put("status", "failed");
        response.put("error", map("code", code, "message", message));
        return response;
    }

    private static boolean isCut(Outcome outcome) {
        return outcome.reason() != FinishReason.STOP && outcome.reason() != FinishReason.STOP_STRING;
    }

    private static Map<String, @Nullable Object> usage(Outcome outcome) {
        int input = outcome.tokens().prompt();
        int output = outcome.tokens().generated();
        return map(
                "input_tokens",
                input,
                "input_tokens_details",
                map("cached_tokens", outcome.tokens().cached(), "cache_write_tokens", 0),
                "output_tokens",
                output,
                "output_tokens_details",
                map("reasoning_tokens", outcome.reasoningTokens()),
                "total_tokens",
                input + output);
    }

    /** Takes a piece of the reply. */
    void take(ReplyEvent event, Steps steps) {
        switch (event) {
            case ReplyEvent.Reasoning(String more) -> text("reasoning", "rs_", more, steps);
            case ReplyEvent.Answer(String more) -> text("message", "msg_", more, steps);
            case ReplyEvent.CallStarted(int _, String call, String called) -> {
                close(steps);
                begin("call", "fc_");
                callId = "call_" + call;
                name = called;
                steps.begun();
            }
            case ReplyEvent.CallArguments(int _, String json) -> {
                text.append(json);
                steps.added(json);
            }
            case ReplyEvent.Ended(Outcome outcome) -> {
                status = isCut(outcome) ? INCOMPLETE : COMPLETED;
                close(steps);
            }
            case ReplyEvent.Token _, ReplyEvent.Failed _ -> {}
        }
    }

    private void text(String what, String prefix, String more, Steps steps) {
        if (!kind.equals(what)) {
            close(steps);
            begin(what, prefix);
            steps.begun();
        }
        text.append(more);
        steps.added(more);
    }

    private void begin(String what, String prefix) {
        kind = what;
        itemId = Http.id(prefix);
        text.setLength(0);
    }

    private void close(Steps steps) {
        if (!kind.isEmpty()) {
            steps.ending();
            done.add(item());
            kind = "";
        }
    }

    /** Takes a whole reply. */
    void take(WholeReply reply) {
        if (!reply.reasoning().isEmpty()) {
            take(new ReplyEvent.Reasoning(reply.reasoning()), Steps.NONE);
        }
        if (!reply.answer().isEmpty()) {
            take(new ReplyEvent.Answer(reply.answer()), Steps.NONE);
        }
        for (ToolCall call : reply.calls()) {
            take(new ReplyEvent.CallStarted(0, call.id(), call.name()), Steps.NONE);
            take(new ReplyEvent.CallArguments(0, call.arguments()), Steps.NONE);
        }
        take(new ReplyEvent.Ended(reply.outcome()), Steps.NONE);
    }

    boolean isCall() {
        return kind.equals("call");
    }

    boolean isMessage() {
        return kind.equals("message");
    }

    boolean isReasoning() {
        return kind.equals("reasoning");
    }

    String itemId() {
        return itemId;
    }

    String text() {
        return text.toString();
    }

    String name() {
        return name;
    }

    /** Items that are done. */
    int count() {
        return done.size();
    }

    /** The item as it begins. */
    Map<String, @Nullable Object> beginning() {
        return item("in_progress");
    }

    /** The item at its end. */
    Map<String, @Nullable Object> item() {
        return item(status);
    }

    private Map<String, @Nullable Object> item(String status) {
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
                : map("type", "output_text", "text", text.toString(), "annotations", List.of(), "logprobs", List.of());
    }
}
