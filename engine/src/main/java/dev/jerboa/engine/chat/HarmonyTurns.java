package dev.jerboa.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts a conversation as harmony's template takes it: one call a message, with either thinking or content beside it. */
final class HarmonyTurns {
    private HarmonyTurns() {}

    static List<ChatMessage> of(List<ChatMessage> messages) {
        List<ChatMessage> left = new ArrayList<>(messages);
        List<ChatMessage> out = new ArrayList<>();
        while (!left.isEmpty()) {
            ChatMessage message = left.removeFirst();
            if (message.toolCalls().isEmpty()) {
                out.add(message);
            } else {
                boolean first = true;
                for (Map<String, @Nullable Object> call : message.toolCalls()) {
                    out.add(one(message, call, first));
                    addResult(call.get("id"), message.toolCalls().size() > 1, left, out);
                    first = false;
                }
            }
        }
        return out;
    }

    private static ChatMessage one(ChatMessage message, Map<String, @Nullable Object> call, boolean first) {
        String thinking = message.reasoning();
        String content = message.content();
        if (thinking != null && !content.isEmpty()) {
            thinking = thinking + "\n\n" + content;
            content = "";
        }
        return new ChatMessage(
                message.role(), first ? content : "", first ? thinking : null, List.of(call), null, message.name());
    }

    /** Moves the result of a call to behind it, where several calls were made at once. */
    private static void addResult(@Nullable Object id, boolean several, List<ChatMessage> left, List<ChatMessage> out) {
        for (int i = 0; several && i < left.size() && left.get(i).role().equals("tool"); i++) {
            if (id == null || Objects.equals(left.get(i).toolCallId(), id)) {
                out.add(left.remove(i));
                return;
            }
        }
    }
}
