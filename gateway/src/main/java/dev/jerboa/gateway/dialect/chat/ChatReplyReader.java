package dev.jerboa.gateway.dialect.chat;

import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.conversation.Proofs;
import dev.jerboa.gateway.dialect.reply.CallIndex;
import dev.jerboa.gateway.dialect.reply.ErrorReader;
import dev.jerboa.gateway.dialect.reply.EventReader;
import dev.jerboa.gateway.dialect.usage.Counts;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads chat completions and completions, with what providers have made of them. One reply. */
public final class ChatReplyReader implements EventReader {
    private final CallIndex calls = new CallIndex();
    private boolean begun;
    private boolean done;
    private boolean finished;
    private @Nullable Usage usage;
    private @Nullable Long costNanos;
    private ToolUses tools = ToolUses.NONE;
    private String tier = "";

    @Override
    public void event(Map<String, ? extends @Nullable Object> event, Consumer<ReplyPiece> out) {
        begin(event, out);
        for (Object element : Tree.list(event, "choices")) {
            Map<String, ? extends @Nullable Object> choice = Tree.object(element);
            said(choice, Tree.object(choice, "delta"), out);
            counts(choice); // Moonshot's place
        }
        counts(Tree.object(event, "x_groq"));
        counts(event);
        if (event.get("error") != null) {
            out.accept(ErrorReader.failed(event));
        }
    }

    @Override
    public void whole(Map<String, ? extends @Nullable Object> body, Consumer<ReplyPiece> out) {
        if (body.get("error") != null || Tree.list(body, "choices").isEmpty()) {
            counts(body);
            out.accept(ErrorReader.failed(body));
            return;
        }
        begin(body, out);
        for (Object element : Tree.list(body, "choices")) {
            Map<String, ? extends @Nullable Object> choice = Tree.object(element);
            said(choice, Tree.object(choice, "message"), out);
        }
        counts(body);
        done = true;
    }

    @Override
    public void marker(String data) {
        done |= data.equals("[DONE]");
    }

    @Override
    public boolean isOver() {
        return done;
    }

    @Override
    public boolean mayEnd() {
        return done || finished;
    }

    @Override
    public ReplyPiece.Used used() {
        return new ReplyPiece.Used(usage, costNanos, new Service(tier, tools));
    }

    private void begin(Map<String, ? extends @Nullable Object> event, Consumer<ReplyPiece> out) {
        if (event.get("service_tier") instanceof String word) {
            tier = Service.tier(word);
        }
        if (!begun) {
            begun = true;
            out.accept(new ReplyPiece.Begun(Tree.text(event, "id"), Tree.text(event, "model")));
        }
    }

    /** Usage may come several times, each time the sum until then. */
    private void counts(Map<String, ? extends @Nullable Object> holder) {
        if (holder.get("usage") instanceof Map<?, ?> told) {
            usage = Counts.chat(Tree.object(told));
            costNanos = Counts.costNanos(Tree.object(told));
            tools = Counts.tools(Tree.object(told));
        }
    }

    private void said(
            Map<String, ? extends @Nullable Object> choice,
            Map<String, ? extends @Nullable Object> message,
            Consumer<ReplyPiece> out) {
        int index = Tree.whole(choice, "index", 0);
        reasoning(index, message, out);
        content(index, message.get("content"), out);
        content(index, choice.get("text"), out);
        if (!Tree.text(message, "refusal").isEmpty()) {
            out.accept(new ReplyPiece.Refusal(index, Tree.text(message, "refusal")));
        }
        for (Object call : Tree.list(message, "tool_calls")) {
            call(index, Tree.object(call), out);
        }
        if (choice.get("finish_reason") instanceof String reason) {
            finished = true;
            Object stop = choice.get("stop_reason"); // vLLM's
            String said = Tree.text(choice, "native_finish_reason"); // OpenRouter's, of whom it asked
            out.accept(new ReplyPiece.Finished(
                    index,
                    reason(reason, calls.count(index) > 0),
                    said.isEmpty() ? reason : said,
                    stop instanceof String text ? text : null));
        }
    }

    /** Why a choice ended, in the words that the gateway has. */
    static String reason(String reason, boolean calls) {
        return switch (reason) {
            case "tool_calls", "function_call" -> "tool_calls";
            case "length", "max_tokens", "model_length", "MAX_TOKENS" -> "length";
            case "content_filter", "sensitive", "SAFETY" -> "content_filter";
            case "error", "network_error" -> "error";
            default -> calls ? "tool_calls" : "stop";
        };
    }

    private static void content(int choice, @Nullable Object content, Consumer<ReplyPiece> out) {
        if (content instanceof String text && !text.isEmpty()) {
            out.accept(new ReplyPiece.Text(choice, text));
        } else if (content instanceof Iterable<?> parts) {
            for (Object element : parts) { // Mistral's way of telling reasoning apart
                Map<String, ? extends @Nullable Object> part = Tree.object(element);
                content(choice, part.get("text"), out);
                for (Object thought : Tree.list(part, "thinking")) {
                    reasoning(choice, Tree.text(Tree.object(thought), "text"), out);
                }
            }
        }
    }

    private static void reasoning(int choice, String text, Consumer<ReplyPiece> out) {
        if (!text.isEmpty()) {
            out.accept(new ReplyPiece.Reasoning(choice, text));
        }
    }

    private static void reasoning(
            int choice, Map<String, ? extends @Nullable Object> message, Consumer<ReplyPiece> out) {
        String text = Tree.text(message, "reasoning_content");
        text = text.isEmpty() ? Tree.text(message, "reasoning") : text;
        reasoning(choice, text, out);
        for (Object element : Tree.list(message, "reasoning_details")) {
            Map<String, ? extends @Nullable Object> detail = Tree.object(element);
            if (text.isEmpty()) {
                reasoning(choice, Tree.text(detail, "text") + Tree.text(detail, "summary"), out);
            }
            Proof proof = proof(detail);
            if (proof != null) {
                out.accept(new ReplyPiece.ReasoningProof(choice, proof));
            }
        }
    }

    private static @Nullable Proof proof(Map<String, ? extends @Nullable Object> detail) {
        String id = Tree.text(detail, "id");
        if (!Tree.text(detail, "signature").isEmpty()) {
            return Proofs.read(Tree.text(detail, "signature"), Proof.Kind.SIGNATURE, id);
        }
        boolean anthropic = Tree.text(detail, "format").startsWith("anthropic");
        return Proofs.read(Tree.text(detail, "data"), anthropic ? Proof.Kind.REDACTED : Proof.Kind.ENCRYPTED, id);
    }

    private void call(int choice, Map<String, ? extends @Nullable Object> call, Consumer<ReplyPiece> out) {
        Map<String, ? extends @Nullable Object> function = Tree.object(call, "function");
        String id = Tree.text(call, "id");
        int number = calls.of(choice, Tree.whole(call, "index", -1), id);
        if (number < 0) {
            number = -1 - number;
            out.accept(new ReplyPiece.CallBegun(choice, number, id, Tree.text(function, "name")));
        }
        Object arguments = function.get("arguments");
        String json = arguments instanceof Map<?, ?> ? Calls.text(arguments) : Tree.text(function, "arguments");
        if (!json.isEmpty()) {
            out.accept(new ReplyPiece.CallArguments(choice, number, json));
        }
    }
}
