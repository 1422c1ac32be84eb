package dev.jerboa.gateway.dialect.ollama;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.UntranslatableException;
import dev.jerboa.gateway.dialect.conversation.AnswerForm;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.conversation.Content;
import dev.jerboa.gateway.dialect.conversation.Conversation;
import dev.jerboa.gateway.dialect.conversation.Message;
import dev.jerboa.gateway.dialect.conversation.Part;
import dev.jerboa.gateway.dialect.conversation.Request;
import dev.jerboa.gateway.dialect.conversation.Setting;
import dev.jerboa.gateway.dialect.conversation.Thinking;
import dev.jerboa.gateway.dialect.conversation.Tool;
import dev.jerboa.gateway.dialect.conversation.ToolChoice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a conversation as the body of {@code /api/chat}. One request. */
public final class OllamaRequestWriter {
    private final Conversation talk;
    private final RequestOptions options;
    private final Set<String> warnings;
    private final List<Object> messages = new ArrayList<>();
    private final Map<String, String> called = new HashMap<>();

    private OllamaRequestWriter(Conversation talk, RequestOptions options) {
        this.talk = talk;
        this.options = options;
        this.warnings = new LinkedHashSet<>(talk.warnings());
    }

    /**
     * The conversation as such a body.
     *
     * @throws UntranslatableException where it cannot be said
     */
    public static Request write(Conversation talk, RequestOptions options) {
        return new OllamaRequestWriter(talk, options).request();
    }

    private Request request() {
        talk.refuse(Setting.CHOICES, "Ollama's dialect has one reply; ask several times, or another endpoint");
        talk.refuse(Setting.LOGPROBS, "log-probabilities are given by endpoints of the client's own dialect only");
        talk.messages().forEach(this::message);
        Map<String, @Nullable Object> body = map("model", options.upstreamName(), "messages", messages);
        tools(body);
        put(
                body,
                "format",
                switch (talk.form()) {
                    case AnswerForm.Free _ -> null;
                    case AnswerForm.Json _ -> "json";
                    case AnswerForm.Schema schema -> schema.schema();
                });
        thinking(body);
        Map<String, @Nullable Object> set = settings();
        if (!set.isEmpty()) {
            body.put("options", set);
        }
        body.put("stream", talk.stream());
        return new Request(body, List.copyOf(warnings));
    }

    private Map<String, @Nullable Object> settings() {
        Map<String, @Nullable Object> set = map();
        talk.settings().forEach((setting, value) -> {
            switch (setting) {
                case MAX_TOKENS -> set.put("num_predict", value);
                case REPETITION_PENALTY -> set.put("repeat_penalty", value);
                case TEMPERATURE, TOP_P, TOP_K, MIN_P, SEED, STOP, PRESENCE_PENALTY, FREQUENCY_PENALTY ->
                    set.put(setting.text(), value);
                case PARALLEL_TOOL_CALLS -> {
                    if (Boolean.FALSE.equals(value)) {
                        warnings.add(Request.leftOut(talk.name(setting)));
                    }
                }
                default -> warnings.add(Request.leftOut(talk.name(setting)));
            }
        });
        return set;
    }

    private void message(Message message) {
        switch (message.role()) {
            case SYSTEM -> said("system", message.parts());
            case USER -> said("user", message.parts());
            case ASSISTANT -> assistant(message);
            case TOOL -> {
                for (Part part : message.parts()) {
                    if (part instanceof Part.Result result) {
                        result(result);
                    }
                }
            }
        }
    }

    private void said(String role, List<Part> parts) {
        messages.add(content(map("role", role), parts));
    }

    /** Puts texts, one after the other, and images. */
    private Map<String, @Nullable Object> content(Map<String, @Nullable Object> message, List<Part> parts) {
        StringBuilder text = new StringBuilder();
        List<Object> images = new ArrayList<>();
        for (Part part : parts) {
            switch (part) {
                case Part.Text(String more, Object cache) -> {
                    if (cache != null) {
                        warnings.add(Request.leftOut("cache_control"));
                    }
                    text.append(text.isEmpty() ? "" : "\n\n").append(more);
                }
                case Part.Refusal(String more) ->
                    text.append(text.isEmpty() ? "" : "\n\n").append(more);
                case Part.Image image -> images.add(image(image));
                case Part.Document(Content.Plain(String more), String _, Object _) ->
                    text.append(text.isEmpty() ? "" : "\n\n").append(more);
                case Part.Document _ ->
                    throw new UntranslatableException(
                            "messages", "Ollama's dialect has no documents; ask another endpoint");
                case Part.Audio _ ->
                    throw new UntranslatableException(
                            "messages", "Ollama's dialect has no audio; ask another endpoint");
                case Part.Thought _, Part.Call _, Part.Result _ ->
                    throw new UntranslatableException("messages", "only assistants think and call tools");
            }
        }
        message.put("content", text.toString());
        put(message, "images", images.isEmpty() ? null : images);
        return message;
    }

    private static Object image(Part.Image image) {
        if (image.content() instanceof Content.Data(String _, String base64)) {
            return base64;
        }
        throw new UntranslatableException(
                "messages",
                "Ollama's dialect has images by their data only; send it as a data: URL, or ask another endpoint");
    }

    private void assistant(Message message) {
        StringBuilder thinking = new StringBuilder();
        List<Object> calls = new ArrayList<>();
        List<Part> said = new ArrayList<>();
        for (Part part : message.parts()) {
            switch (part) {
                case Part.Thought(String text, Object _) -> thinking.append(text);
                case Part.Call(String id, String name, String arguments) -> {
                    called.put(id, name);
                    calls.add(map("id", id, "function", map("name", name, "arguments", Calls.object(arguments))));
                }
                default -> said.add(part);
            }
        }
        Map<String, @Nullable Object> out = content(map("role", "assistant"), said);
        put(out, "thinking", thinking.isEmpty() ? null : thinking.toString());
        put(out, "tool_calls", calls.isEmpty() ? null : calls);
        messages.add(out);
    }

    private void result(Part.Result result) {
        Map<String, @Nullable Object> out = content(map("role", "tool"), result.parts());
        String name = result.name().isEmpty() ? called.getOrDefault(result.call(), "") : result.name();
        put(out, "tool_name", name.isEmpty() ? null : name);
        out.put("tool_call_id", result.call());
        if (result.isError()) {
            warnings.add(Request.leftOut("is_error"));
        }
        messages.add(out);
    }

    private void tools(Map<String, @Nullable Object> body) {
        if (talk.choice() instanceof ToolChoice.Required || talk.choice() instanceof ToolChoice.Named) {
            throw new UntranslatableException(
                    "tool_choice",
                    "Ollama's dialect cannot require a call; leave it to the model, or ask another endpoint");
        }
        if (talk.tools().isEmpty() || talk.choice() instanceof ToolChoice.None) {
            return; // tools that are not there are not called
        }
        List<Object> tools = new ArrayList<>();
        for (Tool tool : talk.tools()) {
            Map<String, @Nullable Object> function = map("name", tool.name(), "description", tool.description());
            function.put(
                    "parameters",
                    tool.parameters() == null ? map("type", "object", "properties", map()) : tool.parameters());
            tools.add(map("type", "function", "function", function));
        }
        body.put("tools", tools);
    }

    private void thinking(Map<String, @Nullable Object> body) {
        Thinking thinking = talk.thinking();
        if (thinking.isOff()) {
            body.put("think", false);
        } else if (thinking.isOn()) {
            body.put(
                    "think",
                    switch (thinking.nearestEffort()) {
                        case "minimal", "low" -> "low";
                        case "medium" -> "medium";
                        case "high", "xhigh", "max" -> "high";
                        default -> true;
                    });
        }
    }
}
