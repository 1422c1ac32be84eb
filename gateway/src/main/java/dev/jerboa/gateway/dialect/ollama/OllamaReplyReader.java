package dev.jerboa.gateway.dialect.ollama;

import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.reply.ErrorReader;
import dev.jerboa.gateway.dialect.reply.EventReader;
import dev.jerboa.gateway.dialect.usage.Counts;
import dev.jerboa.gateway.dialect.wire.Tree;
import dev.jerboa.gateway.money.Usage;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads replies of Ollama's chat and generate. One reply. */
public final class OllamaReplyReader implements EventReader {
    private boolean begun;
    private boolean over;
    private int calls;
    private @Nullable Usage usage;

    @Override
    public void event(Map<String, ? extends @Nullable Object> line, Consumer<ReplyPiece> out) {
        if (line.get("error") != null) {
            out.accept(ErrorReader.failed(line));
            return;
        }
        if (!begun) {
            begun = true;
            out.accept(new ReplyPiece.Begun("", Tree.text(line, "model")));
        }
        Map<String, ? extends @Nullable Object> message = Tree.object(line, "message");
        reasoning(Tree.text(message, "thinking") + Tree.text(line, "thinking"), out);
        text(Tree.text(message, "content") + Tree.text(line, "response"), out);
        for (Object element : Tree.list(message, "tool_calls")) {
            Map<String, ? extends @Nullable Object> call = Tree.object(element);
            Map<String, ? extends @Nullable Object> function = Tree.object(call, "function");
            out.accept(new ReplyPiece.CallBegun(0, calls, Tree.text(call, "id"), Tree.text(function, "name")));
            out.accept(new ReplyPiece.CallArguments(0, calls, Calls.text(function.get("arguments"))));
            calls++;
        }
        if (Boolean.TRUE.equals(line.get("done"))) {
            over = true;
            usage = Counts.ollama(line);
            String reason = Tree.text(line, "done_reason");
            out.accept(new ReplyPiece.Finished(
                    0, reason.equals("length") ? "length" : calls > 0 ? "tool_calls" : "stop", reason, null));
        }
    }

    private static void reasoning(String text, Consumer<ReplyPiece> out) {
        if (!text.isEmpty()) {
            out.accept(new ReplyPiece.Reasoning(0, text));
        }
    }

    private static void text(String text, Consumer<ReplyPiece> out) {
        if (!text.isEmpty()) {
            out.accept(new ReplyPiece.Text(0, text));
        }
    }

    @Override
    public void whole(Map<String, ? extends @Nullable Object> body, Consumer<ReplyPiece> out) {
        event(body, out);
    }

    @Override
    public void marker(String data) {}

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public ReplyPiece.Used used() {
        return new ReplyPiece.Used(usage, null);
    }
}
