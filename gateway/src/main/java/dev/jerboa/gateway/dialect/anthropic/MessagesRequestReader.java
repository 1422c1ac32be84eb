package dev.jerboa.gateway.dialect.anthropic;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.ServiceTiers;
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

/** Reads the body of {@code /v1/messages}. One request. */
public final class MessagesRequestReader {
    private final Members body;
    private final List<String> warnings = new ArrayList<>();

    private MessagesRequestReader(Members body) {
        this.body = body;
    }

    public static Conversation read(Map<String, ? extends @Nullable Object> body) {
        return new MessagesRequestReader(new Members(body, "")).conversation();
    }

    private Conversation conversation() {
        if (!body.list("mcp_servers").isEmpty()) {
            throw new UntranslatableException("mcp_servers", "only endpoints of Anthropic's dialect know them");
        }
        List<Message> messages = new ArrayList<>();
        List<Part> system = content(body, "system");
        if (!system.isEmpty()) {
            messages.add(new Message(Message.Role.SYSTEM, system));
        }
        for (Members message : body.objects("messages")) {
            message(message, messages);
        }
        if (messages.stream().noneMatch(message -> message.role() != Message.Role.SYSTEM)) {
            throw new MalformedRequestException("messages", "expected at least one message");
        }
        List<Tool> tools = new ArrayList<>();
        body.objects("tools").forEach(tool -> tools.add(tool(tool)));
        SettingReader settings = settings();
        ToolChoice choice = choice(settings);
        AnswerForm form = form();
        Thinking thinking = thinking();
        body.known("model", "stream", "mcp_servers", "provider", "models", "route", "transforms", "usage");
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

    private SettingReader settings() {
        SettingReader settings = new SettingReader(body);
        settings.whole(Setting.MAX_TOKENS, "max_tokens");
        settings.number(Setting.TEMPERATURE, "temperature");
        settings.number(Setting.TOP_P, "top_p");
        settings.whole(Setting.TOP_K, "top_k");
        settings.texts(Setting.STOP, "stop_sequences");
        String tier = body.text("service_tier");
        if (!tier.isEmpty()) {
            settings.set(Setting.SERVICE_TIER, ServiceTiers.read(WireDialect.ANTHROPIC, tier), "service_tier");
        }
        Members metadata = body.object("metadata");
        if (metadata != null && !metadata.text("user_id").isEmpty()) {
            settings.set(Setting.USER, metadata.text("user_id"), "metadata.user_id");
        }
        return settings;
    }

    /** Results of tools are a message of their own, before or behind what else the user's message says. */
    private void message(Members message, List<Message> out) {
        String role = message.text("role");
        if (role.equals("assistant")) {
            out.add(new Message(Message.Role.ASSISTANT, content(message, "content")));
        } else if (role.equals("system")) {
            out.add(new Message(Message.Role.SYSTEM, content(message, "content")));
        } else if (role.equals("user")) {
            List<Part> said = new ArrayList<>();
            List<Part> results = new ArrayList<>();
            for (Part part : content(message, "content")) {
                (part instanceof Part.Result ? results : said).add(part);
            }
            if (!results.isEmpty()) {
                out.add(new Message(Message.Role.TOOL, results));
            }
            if (!said.isEmpty() || results.isEmpty()) {
                out.add(new Message(Message.Role.USER, said));
            }
        } else {
            throw new MalformedRequestException(
                    message.path("role"), "expected user or assistant, found '" + role + "'");
        }
    }

    private static List<Part> content(Members members, String name) {
        Object value = members.value(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof String text) {
            return text.isEmpty() ? List.of() : List.of(Part.Text.of(text));
        }
        List<Part> parts = new ArrayList<>();
        for (Members block : members.objects(name)) {
            parts.add(block(block));
        }
        return parts;
    }

    private static Part block(Members block) {
        Object cache = block.value("cache_control");
        String type = block.text("type");
        return switch (type) {
            case "text" -> new Part.Text(block.text("text"), cache);
            case "image" -> new Part.Image(source(block), "", cache);
            case "document" -> new Part.Document(source(block), block.text("title"), cache);
            case "thinking" ->
                new Part.Thought(
                        block.text("thinking"), Proofs.read(block.text("signature"), Proof.Kind.SIGNATURE, ""));
            case "redacted_thinking" -> new Part.Thought("", Proofs.read(block.text("data"), Proof.Kind.REDACTED, ""));
            case "tool_use" -> new Part.Call(block.text("id"), block.text("name"), Calls.text(block.value("input")));
            case "tool_result" ->
                new Part.Result(
                        block.text("tool_use_id"),
                        "",
                        content(block, "content"),
                        Boolean.TRUE.equals(block.flag("is_error")),
                        cache);
            default ->
                throw new UntranslatableException(
                        block.path("type"),
                        "content of type '" + type + "' cannot be put to endpoints of another dialect");
        };
    }

    private static Content source(Members block) {
        Members source = block.object("source");
        if (source == null) {
            throw new MalformedRequestException(block.path("source"), "expected an object, found null");
        }
        String type = source.text("type");
        return switch (type) {
            case "base64" -> new Content.Data(source.text("media_type"), source.text("data"));
            case "url" -> new Content.Url(source.text("url"));
            case "file" -> new Content.File(source.text("file_id"));
            case "text" -> new Content.Plain(source.text("data"));
            default ->
                throw new UntranslatableException(
                        source.path("type"), "a source of type '" + type + "' is known to Anthropic's dialect only");
        };
    }

    private static Tool tool(Members tool) {
        String type = tool.text("type");
        if (!type.isEmpty() && !type.equals("custom")) {
            throw new UntranslatableException(
                    tool.path("type"), "tools of type '" + type + "' are known to their provider only");
        }
        Members schema = tool.object("input_schema");
        return new Tool(
                tool.text("name"),
                tool.text("description"),
                schema == null ? null : schema.all(),
                tool.flag("strict"),
                tool.value("cache_control"));
    }

    private ToolChoice choice(SettingReader settings) {
        Members choice = body.object("tool_choice");
        if (choice == null) {
            return new ToolChoice.Unsaid();
        }
        Boolean alone = choice.flag("disable_parallel_tool_use");
        if (alone != null) {
            settings.set(Setting.PARALLEL_TOOL_CALLS, !alone, "tool_choice.disable_parallel_tool_use");
        }
        String type = choice.text("type");
        return switch (type) {
            case "auto" -> new ToolChoice.Auto();
            case "any" -> new ToolChoice.Required();
            case "none" -> new ToolChoice.None();
            case "tool" -> new ToolChoice.Named(choice.text("name"));
            default -> throw choice.wrong("type", "auto, any, tool or none", type);
        };
    }

    private AnswerForm form() {
        Members config = body.object("output_config");
        Members format = config == null ? body.object("output_format") : config.object("format");
        if (format == null) {
            return new AnswerForm.Free();
        }
        Members schema = format.object("schema");
        if (!format.text("type").equals("json_schema") || schema == null) {
            throw format.wrong("type", "json_schema with a schema", format.all().get("type"));
        }
        return new AnswerForm.Schema("", "", schema.all(), true);
    }

    private Thinking thinking() {
        Members config = body.object("output_config");
        String effort = config == null ? "" : config.text("effort");
        Members thinking = body.object("thinking");
        if (thinking == null) {
            return Thinking.UNSAID; // an effort without thinking is about the length of the answer
        }
        String type = thinking.text("type");
        boolean hidden = thinking.text("display").equals("omitted");
        return switch (type) {
            case "disabled" -> new Thinking(false, "", 0, false, "");
            case "adaptive" -> new Thinking(true, effort, 0, hidden, "");
            case "enabled" -> {
                Long budget = thinking.whole("budget_tokens");
                yield new Thinking(true, effort, budget == null ? 0 : budget, hidden, "");
            }
            default -> throw thinking.wrong("type", "enabled, adaptive or disabled", type);
        };
    }
}
