package dev.jerboa.server.openai;

import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.reply.Orders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The messages of a chat completion. */
final class Messages {
    private static final int MOST = 4096;

    private Messages() {}

    static List<ChatMessage> of(Fields body) {
        List<ChatMessage> messages = new ArrayList<>();
        for (Fields message : body.objects("messages", MOST)) {
            messages.add(message(message));
        }
        if (messages.isEmpty()) {
            throw HttpError.field("messages", "expected at least one message");
        }
        return messages;
    }

    private static ChatMessage message(Fields fields) {
        String role = fields.text("role", "");
        String name = fields.text("name");
        fields.known("refusal", "annotations", "audio");
        String content = content(fields);
        return switch (role) {
            case "system", "developer" -> ChatMessage.system(content);
            case "user" -> new ChatMessage("user", content, null, List.of(), null, name);
            case "assistant" -> assistant(fields, content);
            case "tool" -> ChatMessage.tool(fields.text("tool_call_id", ""), name, content);
            default ->
                throw HttpError.field(
                        "messages",
                        "expected the role system, developer, user, assistant or tool, found '" + role + "'");
        };
    }

    private static ChatMessage assistant(Fields fields, String content) {
        String reasoning =
                fields.has("reasoning_content") ? fields.text("reasoning_content") : fields.text("reasoning");
        fields.known("reasoning", "reasoning_content", "reasoning_details", "function_call");
        List<Map<String, @Nullable Object>> calls = new ArrayList<>();
        for (Fields call : fields.objects("tool_calls", 128)) {
            Fields function = Orders.named(call, "messages");
            if (!(function.value("arguments") instanceof Map<?, ?>)) {
                function.text("arguments");
            }
            function.all();
            calls.add(call.all());
        }
        return ChatMessage.calling(content, reasoning, calls);
    }

    private static String content(Fields fields) {
        Object value = fields.value("content");
        if (value == null) {
            return "";
        }
        try {
            return ChatMessage.text(value);
        } catch (IllegalArgumentException e) {
            throw HttpError.field("messages", String.valueOf(e.getMessage()));
        }
    }
}
