package dev.jerboa.gateway.dialect.anthropic;

import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.conversation.Proofs;
import dev.jerboa.gateway.dialect.reply.ErrorReader;
import dev.jerboa.gateway.dialect.reply.EventReader;
import dev.jerboa.gateway.dialect.usage.Counts;
import dev.jerboa.gateway.dialect.usage.MessageCounts;
import dev.jerboa.gateway.dialect.wire.Tree;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads messages of Anthropic. One reply. */
public final class MessagesReplyReader implements EventReader {
    private final MessageCounts counts = new MessageCounts();
    private final StringBuilder signature = new StringBuilder();
    /** The call that is open; −1 where none is. */
    private int call = -1;
    /** The arguments with which a call began, for providers that tell them at once. */
    private String arguments = "";

    private boolean told;

    private int calls;
    private boolean finished;
    private boolean over;
    private @Nullable Long costNanos;

    @Override
    public void event(Map<String, ? extends @Nullable Object> event, Consumer<ReplyPiece> out) {
        switch (Tree.text(event, "type")) {
            case "message_start" -> {
                Map<String, ? extends @Nullable Object> message = Tree.object(event, "message");
                out.accept(new ReplyPiece.Begun(Tree.text(message, "id"), Tree.text(message, "model")));
                counts.begin(Tree.object(message, "usage"));
            }
            case "content_block_start" -> begin(Tree.object(event, "content_block"), out);
            case "content_block_delta" -> delta(Tree.object(event, "delta"), out);
            case "content_block_stop" -> stop(out);
            case "message_delta" -> {
                counts(event);
                finish(Tree.object(event, "delta"), out);
            }
            case "message_stop" -> over = true;
            case "error" -> out.accept(ErrorReader.failed(event));
            default -> {}
        }
    }

    @Override
    public void whole(Map<String, ? extends @Nullable Object> body, Consumer<ReplyPiece> out) {
        if (!body.containsKey("content")) {
            out.accept(ErrorReader.failed(body));
            return;
        }
        out.accept(new ReplyPiece.Begun(Tree.text(body, "id"), Tree.text(body, "model")));
        for (Object element : Tree.list(body, "content")) {
            begin(Tree.object(element), out);
            stop(out);
        }
        counts(body);
        finish(body, out);
        over = true;
    }

    @Override
    public void marker(String data) {}

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public boolean mayEnd() {
        return over || finished;
    }

    @Override
    public ReplyPiece.Used used() {
        // of a message that has ended without its output, nothing is known; of one that was cut, the prompt is
        return new ReplyPiece.Used(
                finished && !counts.tellsOutput() ? null : counts.usage(), costNanos, counts.service());
    }

    private void counts(Map<String, ? extends @Nullable Object> holder) {
        if (holder.get("usage") instanceof Map<?, ?> told) {
            counts.see(Tree.object(told));
            Long cost = Counts.costNanos(Tree.object(told));
            costNanos = cost == null ? costNanos : cost;
        }
    }

    private void begin(Map<String, ? extends @Nullable Object> block, Consumer<ReplyPiece> out) {
        signature.setLength(0);
        call = -1;
        switch (Tree.text(block, "type")) {
            case "text" -> text(Tree.text(block, "text"), out);
            case "thinking" -> {
                thinking(Tree.text(block, "thinking"), out);
                signature.append(Tree.text(block, "signature"));
            }
            case "redacted_thinking" -> {
                Proof proof = Proofs.read(Tree.text(block, "data"), Proof.Kind.REDACTED, "");
                if (proof != null) {
                    out.accept(new ReplyPiece.ReasoningProof(0, proof));
                }
            }
            case "tool_use" -> {
                call = calls++;
                out.accept(new ReplyPiece.CallBegun(0, call, Tree.text(block, "id"), Tree.text(block, "name")));
                Map<String, ? extends @Nullable Object> input = Tree.object(block, "input");
                arguments = Calls.text(input);
                told = false;
            }
            default -> {} // what a provider's own tools do is not the client's to answer
        }
    }

    private static void text(String text, Consumer<ReplyPiece> out) {
        if (!text.isEmpty()) {
            out.accept(new ReplyPiece.Text(0, text));
        }
    }

    private static void thinking(String text, Consumer<ReplyPiece> out) {
        if (!text.isEmpty()) {
            out.accept(new ReplyPiece.Reasoning(0, text));
        }
    }

    private void delta(Map<String, ? extends @Nullable Object> delta, Consumer<ReplyPiece> out) {
        switch (Tree.text(delta, "type")) {
            case "text_delta" -> text(Tree.text(delta, "text"), out);
            case "thinking_delta" -> thinking(Tree.text(delta, "thinking"), out);
            case "signature_delta" -> signature.append(Tree.text(delta, "signature"));
            case "input_json_delta" -> {
                String json = Tree.text(delta, "partial_json");
                if (call >= 0 && !json.isEmpty()) {
                    told = true;
                    out.accept(new ReplyPiece.CallArguments(0, call, json));
                }
            }
            default -> {}
        }
    }

    private void stop(Consumer<ReplyPiece> out) {
        Proof proof = Proofs.read(signature.toString(), Proof.Kind.SIGNATURE, "");
        if (proof != null) {
            out.accept(new ReplyPiece.ReasoningProof(0, proof));
        }
        if (call >= 0 && !told) {
            out.accept(new ReplyPiece.CallArguments(0, call, arguments));
        }
        signature.setLength(0);
        call = -1;
    }

    private void finish(Map<String, ? extends @Nullable Object> holder, Consumer<ReplyPiece> out) {
        String reason = Tree.text(holder, "stop_reason");
        if (!reason.isEmpty() && !finished) {
            finished = true;
            String stop = Tree.text(holder, "stop_sequence");
            out.accept(new ReplyPiece.Finished(0, reason(reason), reason, stop.isEmpty() ? null : stop));
        }
    }

    /** Why a message ended, in the words that the gateway has. */
    static String reason(String reason) {
        return switch (reason) {
            case "max_tokens", "model_context_window_exceeded" -> "length";
            case "tool_use" -> "tool_calls";
            case "refusal" -> "content_filter";
            default -> "stop";
        };
    }
}
