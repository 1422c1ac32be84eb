package dev.jerboa.gateway.dialect.responses;

import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.UntranslatableException;
import dev.jerboa.gateway.dialect.conversation.AnswerForm;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.conversation.Content;
import dev.jerboa.gateway.dialect.conversation.Conversation;
import dev.jerboa.gateway.dialect.conversation.Message;
import dev.jerboa.gateway.dialect.conversation.Part;
import dev.jerboa.gateway.dialect.conversation.Proofs;
import dev.jerboa.gateway.dialect.conversation.Request;
import dev.jerboa.gateway.dialect.conversation.Setting;
import dev.jerboa.gateway.dialect.conversation.SettingReader;
import dev.jerboa.gateway.dialect.conversation.Thinking;
import dev.jerboa.gateway.dialect.conversation.Tool;
import dev.jerboa.gateway.dialect.conversation.ToolChoice;
import dev.jerboa.gateway.dialect.wire.Members;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the body of {@code /v1/responses}. One request. */
public final class ResponsesRequestReader {
    private final Members body;
    private final List<String> warnings = new ArrayList<>();
    private final List<Message> messages = new ArrayList<>();

    private ResponsesRequestReader(Members body) {
        this.body = body;
    }

    public static Conversation read(Map<String, ? extends @Nullable Object> body) {
        return new ResponsesRequestReader(new Members(body, "")).conversation();
    }

    private Conversation conversation() {
        for (String field : List.of("previous_response_id", "conversation", "prompt")) {
            if (body.has(field)) {
                throw new UntranslatableException(
                        field, "is kept by one provider only; send the whole conversation as input");
            }
        }
        if (Boolean.TRUE.equals(body.flag("background"))) {
            throw new UntranslatableException("background", "only endpoints of OpenAI's responses know it");
        }
        input();
        List<Tool> tools = new ArrayList<>();
        body.objects("tools").forEach(tool -> tools.add(tool(tool)));
        ToolChoice choice = choice();
        Members text = body.object("text");
        AnswerForm form = form(text);
        Thinking thinking = thinking();
        SettingReader settings = settings(text);
        body.known(
                "model", "stream", "stream_options", "store", "include", "prompt_cache_key", "prompt_cache_retention");
        body.known("background", "provider", "models", "route", "transforms", "usage");
        if ("disabled".equals(body.all().get("truncation"))) {
            body.known("truncation");
        }
        body.unread().forEach(field -> warnings.add(Request.leftOut(field)));
        return new Conversation(
                messages,
                tools,
                choice,
                form,
                thinking,
                settings.values(),
                settings.names(),
                Boolean.TRUE.equals(body.flag("stream")),
                warnings);
    }

    private SettingReader settings(@Nullable Members text) {
        SettingReader settings = new SettingReader(body);
        settings.whole(Setting.MAX_TOKENS, "max_output_tokens");
        settings.number(Setting.TEMPERATURE, "temperature");
        settings.number(Setting.TOP_P, "top_p");
        settings.text(Setting.USER, "safety_identifier");
        settings.text(Setting.USER, "user");
        settings.flag(Setting.PARALLEL_TOOL_CALLS, "parallel_tool_calls");
        settings.text(Setting.SERVICE_TIER, "service_tier");
        settings.whole(Setting.LOGPROBS, "top_logprobs");
        settings.dropWhere(Setting.LOGPROBS, Long.valueOf(0));
        if (body.texts("include").contains("message.output_text.logprobs")) {
            settings.set(Setting.LOGPROBS, true, "include");
        }
        if (text != null && !text.text("verbosity").isEmpty()) {
            settings.set(Setting.VERBOSITY, text.text("verbosity"), "text.verbosity");
        }
        return settings;
    }

    private void input() {
        if (!body.text("instructions").isEmpty()) {
            add(Message.Role.SYSTEM, Part.Text.of(body.text("instructions")));
        }
        if (body.value("input") instanceof String text) {
            messages.add(new Message(Message.Role.USER, List.of(Part.Text.of(text))));
            return;
        }
        for (Members item : body.objects("input")) {
            item(item);
        }
        if (messages.isEmpty()) {
            throw new MalformedRequestException("input", "expected a text or a list of items");
        }
    }

    /** What an assistant thinks, says and calls is one message until somebody else speaks; so are results of tools. */
    private void add(Message.Role role, Part part) {
        List<Part> parts = new ArrayList<>();
        boolean joins = role == Message.Role.ASSISTANT || role == Message.Role.TOOL;
        if (joins && !messages.isEmpty() && messages.getLast().role() == role) {
            parts.addAll(messages.removeLast().parts());
        }
        parts.add(part);
        messages.add(new Message(role, parts));
    }

    private void item(Members item) {
        String type = item.text("type");
        switch (type.isEmpty() ? "message" : type) {
            case "message" -> message(item);
            case "reasoning" -> reasoning(item);
            case "function_call" ->
                add(
                        Message.Role.ASSISTANT,
                        new Part.Call(item.text("call_id"), item.text("name"), Calls.text(item.value("arguments"))));
            case "function_call_output" ->
                add(Message.Role.TOOL, new Part.Result(item.text("call_id"), "", content(item, "output"), false, null));
            default ->
                throw new UntranslatableException(
                        item.path("type"),
                        "items of type '" + type + "' cannot be put to endpoints of another dialect");
        }
    }

    private void message(Members item) {
        List<Part> parts = content(item, "content");
        String role = item.text("role");
        switch (role) {
            case "system", "developer" -> messages.add(new Message(Message.Role.SYSTEM, parts));
            case "user" -> messages.add(new Message(Message.Role.USER, parts));
            case "assistant" -> parts.forEach(part -> add(Message.Role.ASSISTANT, part));
            default ->
                throw new MalformedRequestException(
                        item.path("role"), "expected system, developer, user or assistant, found '" + role + "'");
        }
    }

    private void reasoning(Members item) {
        StringBuilder text = new StringBuilder();
        for (Members part : item.objects("content")) {
            text.append(part.text("text"));
        }
        if (text.isEmpty()) {
            for (Members part : item.objects("summary")) {
                text.append(text.isEmpty() ? "" : "\n\n").append(part.text("text"));
            }
        }
        Proof proof = Proofs.read(item.text("encrypted_content"), Proof.Kind.ENCRYPTED, item.text("id"));
        if (!text.isEmpty() || proof != null) {
            add(Message.Role.ASSISTANT, new Part.Thought(text.toString(), proof));
        }
    }

    private static List<Part> content(Members item, String name) {
        Object value = item.value(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof String text) {
            return text.isEmpty() ? List.of() : List.of(Part.Text.of(text));
        }
        List<Part> parts = new ArrayList<>();
        for (Members part : item.objects(name)) {
            parts.add(part(part));
        }
        return parts;
    }

    private static Part part(Members part) {
        String type = part.text("type");
        return switch (type) {
            case "input_text", "output_text", "text" -> Part.Text.of(part.text("text"));
            case "refusal" -> new Part.Refusal(part.text("refusal"));
            case "input_image" ->
                new Part.Image(
                        part.has("file_id")
                                ? new Content.File(part.text("file_id"))
                                : Content.ofUrl(part.text("image_url")),
                        part.text("detail"),
                        null);
            case "input_file" -> file(part);
            case "input_audio" -> {
                Members audio = part.object("input_audio");
                Members from = audio == null ? part : audio;
                yield new Part.Audio(from.text("data"), from.text("format"));
            }
            default ->
                throw new UntranslatableException(
                        part.path("type"),
                        "content of type '" + type + "' cannot be put to endpoints of another dialect");
        };
    }

    private static Part file(Members part) {
        Content content;
        if (part.has("file_id")) {
            content = new Content.File(part.text("file_id"));
        } else if (part.has("file_url")) {
            content = new Content.Url(part.text("file_url"));
        } else {
            content = Content.ofUrl(part.text("file_data"));
            if (content instanceof Content.Url(String base64)) {
                content = new Content.Data("application/pdf", base64);
            }
        }
        return new Part.Document(content, part.text("filename"), null);
    }

    private static Tool tool(Members tool) {
        String type = tool.text("type");
        if (!type.equals("function")) {
            throw new UntranslatableException(
                    tool.path("type"),
                    "only functions can be put to endpoints of another dialect, found '" + type + "'");
        }
        Members parameters = tool.object("parameters");
        return new Tool(
                tool.text("name"),
                tool.text("description"),
                parameters == null ? null : parameters.all(),
                tool.flag("strict"),
                null);
    }

    private ToolChoice choice() {
        Object value = body.value("tool_choice");
        if (value instanceof Map<?, ?> map) {
            if ("function".equals(map.get("type")) && map.get("name") instanceof String name) {
                return new ToolChoice.Named(name);
            }
            throw new UntranslatableException("tool_choice", "only a function can be named, found " + map.get("type"));
        }
        return switch (String.valueOf(value)) {
            case "null" -> new ToolChoice.Unsaid();
            case "auto" -> new ToolChoice.Auto();
            case "none" -> new ToolChoice.None();
            case "required" -> new ToolChoice.Required();
            default -> throw body.wrong("tool_choice", "none, auto, required or a function", value);
        };
    }

    private static AnswerForm form(@Nullable Members text) {
        Members format = text == null ? null : text.object("format");
        if (format == null) {
            return new AnswerForm.Free();
        }
        String type = format.text("type");
        return switch (type) {
            case "", "text" -> new AnswerForm.Free();
            case "json_object" -> new AnswerForm.Json();
            case "json_schema" -> {
                Members schema = format.object("schema");
                if (schema == null) {
                    throw format.wrong("schema", "a JSON schema", null);
                }
                yield new AnswerForm.Schema(
                        format.text("name"), format.text("description"), schema.all(), format.flag("strict"));
            }
            default ->
                throw new UntranslatableException(
                        "text.format.type", "expected text, json_object or json_schema, found '" + type + "'");
        };
    }

    private Thinking thinking() {
        Members reasoning = body.object("reasoning");
        if (reasoning == null) {
            return Thinking.UNSAID;
        }
        Thinking effort = Thinking.ofEffort(reasoning.text("effort"));
        return new Thinking(effort.enabled(), effort.effort(), 0, false, reasoning.text("summary"));
    }
}
