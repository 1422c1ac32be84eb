package dev.jerboa.gateway.dialect.ollama;

import dev.jerboa.gateway.dialect.MalformedRequestException;
import dev.jerboa.gateway.dialect.UntranslatableException;
import dev.jerboa.gateway.dialect.conversation.AnswerForm;
import dev.jerboa.gateway.dialect.conversation.Calls;
import dev.jerboa.gateway.dialect.conversation.Content;
import dev.jerboa.gateway.dialect.conversation.Conversation;
import dev.jerboa.gateway.dialect.conversation.Message;
import dev.jerboa.gateway.dialect.conversation.Part;
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

/** Reads the bodies of {@code /api/chat} and {@code /api/generate}. One request. */
public final class OllamaRequestReader {
    private final Members body;
    private final List<String> warnings = new ArrayList<>();
    private final List<Message> messages = new ArrayList<>();
    /** Calls that have no result yet, in order: results need not say whose they are. */
    private final List<Part.Call> open = new ArrayList<>();

    private int calls;

    private OllamaRequestReader(Members body) {
        this.body = body;
    }

    /** Reads a chat. */
    public static Conversation chat(Map<String, ? extends @Nullable Object> body) {
        OllamaRequestReader reader = new OllamaRequestReader(new Members(body, ""));
        reader.messages();
        return reader.conversation();
    }

    /** Reads a prompt as a chat of one message. */
    public static Conversation generate(Map<String, ? extends @Nullable Object> body) {
        OllamaRequestReader reader = new OllamaRequestReader(new Members(body, ""));
        reader.prompt();
        return reader.conversation();
    }

    private Conversation conversation() {
        if (messages.stream().noneMatch(message -> message.role() != Message.Role.SYSTEM)) {
            throw new MalformedRequestException(
                    body.has("prompt") || body.has("system") ? "prompt" : "messages",
                    "expected something to answer: models are loaded and unloaded where they run");
        }
        List<Tool> tools = new ArrayList<>();
        body.objects("tools").forEach(tool -> tools.add(tool(tool)));
        AnswerForm form = form();
        Thinking thinking = thinking();
        SettingReader settings = settings();
        Boolean stream = body.flag("stream");
        body.known("model", "keep_alive", "truncate", "shift", "top_logprobs");
        body.known("provider", "models", "route", "transforms", "usage");
        body.unread().forEach(field -> warnings.add(Request.leftOut(field)));
        return new Conversation(
                messages,
                tools,
                new ToolChoice.Unsaid(),
                form,
                thinking,
                settings.values(),
                settings.names(),
                !Boolean.FALSE.equals(stream),
                warnings);
    }

    private SettingReader settings() {
        Members options = body.object("options");
        Members set = options == null ? new Members(Map.of(), "options.") : options;
        SettingReader settings = new SettingReader(set);
        Long most = set.whole("num_predict");
        if (most != null && most > 0) { // less is for without a limit
            settings.set(Setting.MAX_TOKENS, most, "options.num_predict");
        }
        settings.number(Setting.TEMPERATURE, "temperature");
        settings.number(Setting.TOP_P, "top_p");
        settings.whole(Setting.TOP_K, "top_k");
        settings.number(Setting.MIN_P, "min_p");
        settings.whole(Setting.SEED, "seed");
        settings.texts(Setting.STOP, "stop");
        settings.number(Setting.PRESENCE_PENALTY, "presence_penalty");
        settings.number(Setting.FREQUENCY_PENALTY, "frequency_penalty");
        settings.number(Setting.REPETITION_PENALTY, "repeat_penalty");
        // how a machine is used is not for an endpoint elsewhere
        set.known("num_ctx", "num_keep", "num_batch", "num_gpu", "main_gpu", "num_thread", "numa", "use_mmap");
        set.known("use_mlock", "low_vram", "f16_kv", "vocab_only", "logits_all", "penalize_newline");
        set.unread().forEach(field -> warnings.add(Request.leftOut(field)));
        if (Boolean.TRUE.equals(body.flag("logprobs"))) {
            settings.set(Setting.LOGPROBS, true, "logprobs");
        }
        return settings;
    }

    private void prompt() {
        for (String field : List.of("suffix", "template", "context")) {
            if (body.has(field) && !"".equals(body.value(field))) {
                throw new UntranslatableException(field, "only endpoints of Ollama's dialect know it");
            }
        }
        if (Boolean.TRUE.equals(body.flag("raw"))) {
            throw new UntranslatableException("raw", "only endpoints of Ollama's dialect take prompts as they are");
        }
        if (!body.text("system").isEmpty()) {
            messages.add(new Message(Message.Role.SYSTEM, List.of(Part.Text.of(body.text("system")))));
        }
        List<Part> parts = said(body, "prompt");
        if (!parts.isEmpty()) {
            messages.add(new Message(Message.Role.USER, parts));
        }
    }

    private static List<Part> said(Members members, String name) {
        List<Part> parts = new ArrayList<>();
        if (!members.text(name).isEmpty()) {
            parts.add(Part.Text.of(members.text(name)));
        }
        for (String image : members.texts("images")) {
            Content content = Content.ofUrl(image);
            parts.add(new Part.Image(
                    content instanceof Content.Data ? content : new Content.Data(Content.imageType(image), image),
                    "",
                    null));
        }
        return parts;
    }

    private void messages() {
        for (Members message : body.objects("messages")) {
            String role = message.text("role");
            List<Part> parts = said(message, "content");
            switch (role) {
                case "system" -> messages.add(new Message(Message.Role.SYSTEM, parts));
                case "user" -> messages.add(new Message(Message.Role.USER, parts));
                case "assistant" -> assistant(message, parts);
                case "tool" -> result(message, parts);
                default ->
                    throw new MalformedRequestException(
                            message.path("role"), "expected system, user, assistant or tool, found '" + role + "'");
            }
        }
    }

    private void assistant(Members message, List<Part> said) {
        List<Part> parts = new ArrayList<>();
        if (!message.text("thinking").isEmpty()) {
            parts.add(new Part.Thought(message.text("thinking"), null));
        }
        parts.addAll(said);
        open.clear();
        for (Members call : message.objects("tool_calls")) {
            Members function = call.object("function");
            if (function == null) {
                throw new MalformedRequestException(call.path("function"), "expected an object, found null");
            }
            String id = call.text("id");
            Part.Call made = new Part.Call(
                    id.isEmpty() ? "call_" + calls : id,
                    function.text("name"),
                    Calls.text(function.value("arguments")));
            calls++;
            open.add(made);
            parts.add(made);
        }
        messages.add(new Message(Message.Role.ASSISTANT, parts));
    }

    private void result(Members message, List<Part> said) {
        String id = message.text("tool_call_id");
        String name = message.has("tool_name") ? message.text("tool_name") : message.text("name");
        Part.Call call = answered(id, name);
        String of = call == null ? id : call.id();
        Part result = new Part.Result(of.isEmpty() ? "call_" + calls++ : of, name, said, false, null);
        List<Part> parts = new ArrayList<>();
        if (!messages.isEmpty() && messages.getLast().role() == Message.Role.TOOL) {
            parts.addAll(messages.removeLast().parts());
        }
        parts.add(result);
        messages.add(new Message(Message.Role.TOOL, parts));
    }

    /** The call that a result answers: by its id, by the name of its tool, or the first that has none yet. */
    private Part.@Nullable Call answered(String id, String name) {
        if (!id.isEmpty()) {
            open.removeIf(call -> call.id().equals(id));
            return null;
        }
        for (Part.Call call : open) {
            if (name.isEmpty() || call.name().equals(name)) {
                open.remove(call);
                return call;
            }
        }
        return open.isEmpty() ? null : open.removeFirst();
    }

    private static Tool tool(Members tool) {
        Members function = tool.object("function");
        if (function == null) {
            throw new UntranslatableException(
                    tool.path("type"), "only functions can be put to endpoints of another dialect");
        }
        Members parameters = function.object("parameters");
        return new Tool(
                function.text("name"),
                function.text("description"),
                parameters == null ? null : parameters.all(),
                function.flag("strict"),
                null);
    }

    private AnswerForm form() {
        return switch (body.value("format")) {
            case null -> new AnswerForm.Free();
            case Map<?, ?> schema -> new AnswerForm.Schema("", "", Json.asObject(schema, "format"), null);
            case Object other when other.equals("") -> new AnswerForm.Free();
            case Object other when other.equals("json") -> new AnswerForm.Json();
            case Object other -> throw body.wrong("format", "\"json\" or a JSON schema", other);
        };
    }

    private Thinking thinking() {
        return switch (body.value("think")) {
            case null -> Thinking.UNSAID;
            case Boolean on -> new Thinking(on, "", 0, false, "");
            case String level -> Thinking.ofEffort(level);
            case Object other -> throw body.wrong("think", "true, false, low, medium, high or max", other);
        };
    }
}
