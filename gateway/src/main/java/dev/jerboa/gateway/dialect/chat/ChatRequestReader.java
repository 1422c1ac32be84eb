package dev.jerboa.gateway.dialect.chat;

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
import dev.jerboa.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the body of a chat completion. One request. */
public final class ChatRequestReader {
    private final Members body;
    private final List<String> warnings = new ArrayList<>();

    private ChatRequestReader(Members body) {
        this.body = body;
    }

    public static Conversation read(Map<String, ? extends @Nullable Object> body) {
        return new ChatRequestReader(new Members(body, "")).conversation();
    }

    private Conversation conversation() {
        refuseOthers();
        List<Message> messages = new ArrayList<>();
        for (Members message : body.objects("messages")) {
            message(message, messages);
        }
        if (messages.isEmpty()) {
            throw new MalformedRequestException("messages", "expected at least one message");
        }
        List<Tool> tools = new ArrayList<>();
        body.objects("tools").forEach(tool -> tools.add(tool(tool)));
        ToolChoice choice = choice();
        AnswerForm form = form();
        Thinking thinking = thinking();
        SettingReader settings = settings();
        body.known("model", "stream", "stream_options", "store", "prompt_cache_key", "prompt_cache_retention");
        body.known("provider", "models", "route", "transforms", "usage", "modalities");
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

    private void refuseOthers() {
        for (String field : List.of("functions", "function_call", "audio", "web_search_options", "plugins", "prompt")) {
            if (body.has(field)) {
                throw new UntranslatableException(field, "only endpoints of OpenAI's chat dialect know it");
            }
        }
    }

    private SettingReader settings() {
        SettingReader settings = new SettingReader(body);
        settings.whole(Setting.MAX_TOKENS, "max_tokens");
        settings.whole(Setting.MAX_TOKENS, "max_completion_tokens");
        settings.number(Setting.TEMPERATURE, "temperature");
        settings.number(Setting.TOP_P, "top_p");
        settings.whole(Setting.TOP_K, "top_k");
        settings.number(Setting.MIN_P, "min_p");
        settings.whole(Setting.SEED, "seed");
        settings.texts(Setting.STOP, "stop");
        settings.number(Setting.PRESENCE_PENALTY, "presence_penalty");
        settings.number(Setting.FREQUENCY_PENALTY, "frequency_penalty");
        settings.number(Setting.REPETITION_PENALTY, "repetition_penalty");
        settings.object(Setting.LOGIT_BIAS, "logit_bias");
        settings.text(Setting.USER, "safety_identifier");
        settings.text(Setting.USER, "user");
        settings.text(Setting.VERBOSITY, "verbosity");
        settings.flag(Setting.PARALLEL_TOOL_CALLS, "parallel_tool_calls");
        settings.text(Setting.SERVICE_TIER, "service_tier");
        settings.whole(Setting.CHOICES, "n");
        settings.dropWhere(Setting.CHOICES, Long.valueOf(1));
        settings.flag(Setting.LOGPROBS, "logprobs");
        settings.dropWhere(Setting.LOGPROBS, false);
        if (!settings.values().containsKey(Setting.LOGPROBS)) {
            settings.whole(Setting.LOGPROBS, "top_logprobs");
            settings.dropWhere(Setting.LOGPROBS, Long.valueOf(0));
        }
        body.known("top_logprobs");
        return settings;
    }

    private void message(Members message, List<Message> out) {
        String role = message.text("role");
        if (message.has("name") && !role.equals("tool")) {
            warnings.add(Request.leftOut(message.path("name")));
        }
        switch (role) {
            case "system", "developer" -> out.add(new Message(Message.Role.SYSTEM, content(message)));
            case "user" -> out.add(new Message(Message.Role.USER, content(message)));
            case "assistant" -> out.add(new Message(Message.Role.ASSISTANT, assistant(message)));
            case "tool" -> tool(message, out);
            case "function" ->
                throw new UntranslatableException(
                        message.path("role"), "only endpoints of OpenAI's chat dialect know it; write tool instead");
            default ->
                throw new MalformedRequestException(
                        message.path("role"),
                        "expected system, developer, user, assistant or tool, found '" + role + "'");
        }
    }

    /** The results of the calls of one message are one message. */
    private void tool(Members message, List<Message> out) {
        Part result = new Part.Result(
                message.text("tool_call_id"),
                message.text("name"),
                content(message),
                false,
                message.value("cache_control"));
        List<Part> parts = new ArrayList<>();
        if (!out.isEmpty() && out.getLast().role() == Message.Role.TOOL) {
            parts.addAll(out.removeLast().parts());
        }
        parts.add(result);
        out.add(new Message(Message.Role.TOOL, parts));
    }

    private List<Part> assistant(Members message) {
        List<Part> parts = new ArrayList<>(thoughts(message));
        parts.addAll(content(message));
        if (!message.text("refusal").isEmpty()) {
            parts.add(new Part.Refusal(message.text("refusal")));
        }
        for (Members call : message.objects("tool_calls")) {
            Members function = call.object("function");
            if (function == null) {
                throw new UntranslatableException(
                        call.path("type"), "only calls of functions can be put to endpoints of another dialect");
            }
            parts.add(new Part.Call(call.text("id"), function.text("name"), Calls.text(function.value("arguments"))));
        }
        if (message.has("function_call")) {
            throw new UntranslatableException(message.path("function_call"), "write tool_calls instead");
        }
        return parts;
    }

    /** Reasoning of an earlier reply, in any of the three ways in which it is given back. */
    private static List<Part> thoughts(Members message) {
        List<Part> thoughts = new ArrayList<>();
        for (Members detail : message.objects("reasoning_details")) {
            String id = detail.text("id");
            switch (detail.text("type")) {
                case "reasoning.text" ->
                    thoughts.add(new Part.Thought(
                            detail.text("text"), Proofs.read(detail.text("signature"), Proof.Kind.SIGNATURE, id)));
                case "reasoning.summary" -> thoughts.add(new Part.Thought(detail.text("summary"), null));
                case "reasoning.encrypted" -> {
                    Proof.Kind kind =
                            detail.text("format").startsWith("anthropic") ? Proof.Kind.REDACTED : Proof.Kind.ENCRYPTED;
                    thoughts.add(new Part.Thought("", Proofs.read(detail.text("data"), kind, id)));
                }
                default -> {}
            }
        }
        if (!thoughts.isEmpty()) {
            return joined(thoughts);
        }
        String text = message.text("reasoning_content");
        text = text.isEmpty() && message.value("reasoning") instanceof String other ? other : text;
        return text.isEmpty() ? List.of() : List.of(new Part.Thought(text, null));
    }

    /** A text and the proof behind it are one thought, however many pieces they came in. */
    private static List<Part> joined(List<Part> thoughts) {
        List<Part> joined = new ArrayList<>();
        for (Part part : thoughts) {
            Part.Thought next = (Part.Thought) part;
            boolean alone = next.proof() != null && next.proof().kind() == Proof.Kind.REDACTED;
            if (!alone
                    && !joined.isEmpty()
                    && joined.getLast() instanceof Part.Thought(String text, Proof proof)
                    && proof == null) {
                joined.removeLast();
                joined.add(new Part.Thought(text + next.text(), next.proof()));
            } else {
                joined.add(next);
            }
        }
        return joined;
    }

    private List<Part> content(Members message) {
        Object value = message.value("content");
        if (value == null) {
            return List.of();
        }
        if (value instanceof String text) {
            return text.isEmpty() ? List.of() : List.of(Part.Text.of(text));
        }
        List<Part> parts = new ArrayList<>();
        for (Members part : message.objects("content")) {
            parts.add(part(part));
        }
        return parts;
    }

    private static Part part(Members part) {
        Object cache = part.value("cache_control");
        String type = part.text("type");
        return switch (type) {
            case "text", "input_text", "output_text" -> new Part.Text(part.text("text"), cache);
            case "refusal" -> new Part.Refusal(part.text("refusal"));
            case "image_url" -> {
                Members image = part.value("image_url") instanceof String ? null : part.object("image_url");
                String url = image == null ? part.text("image_url") : image.text("url");
                yield new Part.Image(Content.ofUrl(url), image == null ? "" : image.text("detail"), cache);
            }
            case "input_audio" -> {
                Members audio = required(part, "input_audio");
                yield new Part.Audio(audio.text("data"), audio.text("format"));
            }
            case "file" -> file(required(part, "file"), cache);
            default ->
                throw new UntranslatableException(
                        part.path("type"),
                        "content of type '" + type + "' cannot be put to endpoints of another dialect");
        };
    }

    private static Part file(Members file, @Nullable Object cache) {
        Content content =
                file.has("file_id") ? new Content.File(file.text("file_id")) : Content.ofUrl(file.text("file_data"));
        if (content instanceof Content.Url(String url) && !url.startsWith("http")) {
            content = new Content.Data("application/pdf", url);
        }
        return new Part.Document(content, file.text("filename"), cache);
    }

    private static Members required(Members members, String name) {
        Members object = members.object(name);
        if (object == null) {
            throw new MalformedRequestException(members.path(name), "expected an object, found null");
        }
        return object;
    }

    private static Tool tool(Members tool) {
        String type = tool.text("type");
        Members function = tool.object("function");
        if (function == null || !(type.isEmpty() || type.equals("function"))) {
            throw new UntranslatableException(
                    tool.path("type"),
                    "only functions can be put to endpoints of another dialect, found '" + type + "'");
        }
        Members parameters = function.object("parameters");
        return new Tool(
                function.text("name"),
                function.text("description"),
                parameters == null ? null : parameters.all(),
                function.flag("strict"),
                tool.value("cache_control"));
    }

    private ToolChoice choice() {
        Object value = body.value("tool_choice");
        if (value == null) {
            return new ToolChoice.Unsaid();
        }
        if (value instanceof Map<?, ?>) {
            Members choice = required(body, "tool_choice");
            Members function = choice.object("function");
            if (function != null) {
                return new ToolChoice.Named(function.text("name"));
            }
            throw new UntranslatableException(
                    "tool_choice",
                    "only a function can be named, found " + choice.all().get("type"));
        }
        return switch (String.valueOf(value)) {
            case "auto" -> new ToolChoice.Auto();
            case "none" -> new ToolChoice.None();
            case "required", "any" -> new ToolChoice.Required();
            default -> throw body.wrong("tool_choice", "none, auto, required or a function", value);
        };
    }

    private AnswerForm form() {
        Members format = body.object("response_format");
        if (format == null) {
            return new AnswerForm.Free();
        }
        String type = format.text("type");
        return switch (type) {
            case "", "text" -> new AnswerForm.Free();
            case "json_object" -> new AnswerForm.Json();
            case "json_schema" -> {
                Members named = required(format, "json_schema");
                yield new AnswerForm.Schema(
                        named.text("name"),
                        named.text("description"),
                        required(named, "schema").all(),
                        named.flag("strict"));
            }
            default ->
                throw new UntranslatableException(
                        "response_format.type",
                        "expected text, json_object or json_schema for endpoints of another dialect, found '" + type
                                + "'");
        };
    }

    /** The several ways of saying how much to think: OpenAI's, OpenRouter's, DeepSeek's, and those of Qwen and vLLM. */
    private Thinking thinking() {
        Thinking said = Thinking.ofEffort(body.text("reasoning_effort"));
        boolean hidden = Boolean.FALSE.equals(body.flag("include_reasoning"));
        if (body.value("reasoning") instanceof Map<?, ?>) {
            Members reasoning = required(body, "reasoning");
            Long budget = reasoning.whole("max_tokens");
            Boolean enabled = reasoning.flag("enabled");
            Thinking effort = reasoning.has("effort") ? Thinking.ofEffort(reasoning.text("effort")) : said;
            hidden |= Boolean.TRUE.equals(reasoning.flag("exclude"));
            said = new Thinking(
                    enabled == null ? effort.enabled() : enabled,
                    effort.effort(),
                    budget == null ? 0 : budget,
                    false,
                    reasoning.text("summary"));
        }
        Boolean on = body.flag("enable_thinking");
        if (body.value("thinking") instanceof Map<?, ?> map) {
            on = "disabled".equals(map.get("type")) ? Boolean.FALSE : Boolean.TRUE;
        }
        if (body.value("chat_template_kwargs") instanceof Map<?, ?> arguments
                && Json.asObject(arguments, "chat_template_kwargs").get("enable_thinking") instanceof Boolean flag) {
            on = flag;
        }
        Boolean enabled = on == null ? said.enabled() : on;
        return new Thinking(enabled, said.effort(), said.budget(), hidden, said.summary());
    }
}
