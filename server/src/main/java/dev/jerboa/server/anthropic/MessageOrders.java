package dev.jerboa.server.anthropic;

import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.ReasoningEffort;
import dev.jerboa.engine.chat.ReasoningRequest;
import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.generate.AnswerForm;
import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.ChatTurn;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.reply.Orders;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.SamplingFields;
import dev.jerboa.server.reply.Serving;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the body of a message request. Thread-safe. */
final class MessageOrders {
    private final Serving serving;

    MessageOrders(Serving serving) {
        this.serving = serving;
    }

    ReplyOrder order(Fields body) {
        Models.Target target = serving.models().find(body.text("model"));
        LanguageModel model = target.served().model();
        ChatTurn turn = turn(body);
        Prompt prompt = Orders.prompt(model, turn);
        if (!body.has("max_tokens")) {
            throw HttpError.field("max_tokens", "is needed: the most tokens of the reply");
        }
        SamplingOptions sampling = SamplingFields.of(
                body, model.defaultSampling(), model.tokenizer().size());
        Fields metadata = body.object("metadata");
        String user = metadata == null ? "" : metadata.text("user_id", "");
        Ask ask = Ask.of(prompt, sampling)
                .withMaxTokens(body.whole("max_tokens", 1, Integer.MAX_VALUE, 1))
                .withStops(body.texts("stop_sequences", 16))
                .withConstraint(Orders.constraint(model, prompt, turn, form(body), "output_config.format"))
                .withScope(new Scope(target.adaptation(), ""))
                .withService(serving.service(user));
        known(body);
        return ReplyOrder.of(target, ask, Orders.warnings(prompt, body));
    }

    /** Fields that mean nothing here. */
    void known(Fields body) {
        body.known("stream", "service_tier", "betas", "context_management", "container", "cache_control");
        body.known("model", "output_config", "output_format");
        body.refuse("mcp_servers");
    }

    /** The form of the answer, which clients before {@code output_config} sent as {@code output_format}. */
    private static AnswerForm form(Fields body) {
        Fields config = body.object("output_config");
        Fields format = config == null ? null : config.object("format");
        format = format == null ? body.object("output_format") : format;
        if (format == null) {
            return new AnswerForm.Free();
        }
        format.known("type");
        Object schema = format.value("schema");
        return schema == null ? new AnswerForm.Json() : new AnswerForm.JsonSchema(JsonOut.line(schema));
    }

    /** The conversation alone, of requests that count its tokens. */
    ChatTurn turn(Fields body) {
        List<ChatMessage> messages = new ArrayList<>();
        String system = text(body, "system");
        if (!system.isEmpty()) {
            messages.add(ChatMessage.system(system));
        }
        for (Fields message : body.objects("messages", 4096)) {
            message(message, messages);
        }
        Fields choice = body.object("tool_choice");
        boolean parallel = choice == null || !choice.flag("disable_parallel_tool_use", false);
        // an assistant's message at the end is the beginning of the reply
        boolean continued = !messages.isEmpty()
                && messages.getLast().role().equals("assistant")
                && messages.getLast().toolCalls().isEmpty();
        return ChatTurn.of(messages, tools(body), choice(choice), parallel, thinking(body), Map.of(), continued);
    }

    private static List<Map<String, @Nullable Object>> tools(Fields body) {
        List<Map<String, @Nullable Object>> tools = new ArrayList<>();
        for (Fields tool : body.objects("tools", 128)) {
            String type = tool.text("type", "custom");
            if (!type.equals("custom")) {
                throw HttpError.field("tools", "expected tools with an input_schema, found one of type '" + type + "'");
            }
            tool.known("cache_control", "strict");
            tools.add(Orders.function(tool, tool.value("input_schema")));
        }
        return tools;
    }

    private static ToolChoice choice(@Nullable Fields choice) {
        if (choice == null) {
            return new ToolChoice.Auto();
        }
        String type = choice.text("type", "");
        return switch (type) {
            case "auto" -> new ToolChoice.Auto();
            case "any" -> new ToolChoice.Required();
            case "tool" -> new ToolChoice.Named(choice.text("name", ""));
            case "none" -> new ToolChoice.None();
            default ->
                throw HttpError.field("tool_choice.type", "expected auto, any, tool or none, found '" + type + "'");
        };
    }

    private static ReasoningRequest thinking(Fields body) {
        Fields config = body.object("output_config");
        ReasoningEffort effort = config == null ? null : Orders.effort("output_config.effort", config.text("effort"));
        Fields thinking = body.object("thinking");
        if (thinking == null) {
            return new ReasoningRequest(null, effort, null);
        }
        String type = thinking.text("type", "");
        Boolean on = switch (type) {
            case "enabled" -> Boolean.TRUE;
            case "disabled" -> Boolean.FALSE;
            case "adaptive" -> null; // the model decides
            default ->
                throw HttpError.field("thinking.type", "expected enabled, adaptive or disabled, found '" + type + "'");
        };
        thinking.known("display");
        Long budget = thinking.whole("budget_tokens", 0, Integer.MAX_VALUE);
        return new ReasoningRequest(on, effort, budget == null ? null : budget.intValue());
    }

    /** A message, which becomes several where it has results of tools. */
    private static void message(Fields message, List<ChatMessage> out) {
        String role = message.text("role", "");
        if (!role.equals("user") && !role.equals("assistant")) {
            throw HttpError.field("messages", "expected the role user or assistant, found '" + role + "'");
        }
        if (message.value("content") instanceof String text) {
            out.add(role.equals("user") ? ChatMessage.user(text) : ChatMessage.assistant(text));
            return;
        }
        StringBuilder text = new StringBuilder();
        StringBuilder thinking = new StringBuilder();
        List<Map<String, @Nullable Object>> calls = new ArrayList<>();
        for (Fields block : message.objects("content", 4096)) {
            block.known("cache_control", "citations", "signature");
            String type = block.text("type", "");
            switch (type) {
                case "text" -> text.append(block.text("text", ""));
                case "thinking" -> thinking.append(block.text("thinking", ""));
                case "redacted_thinking" -> block.known("data");
                case "tool_use" ->
                    calls.add(Orders.call(block.text("id", ""), block.text("name", ""), block.value("input")));
                case "tool_result" -> {
                    block.known("is_error");
                    out.add(ChatMessage.tool(block.text("tool_use_id", ""), null, text(block, "content")));
                }
                default -> throw HttpError.field("messages", "content of type '" + type + "' is not supported here");
            }
        }
        if (role.equals("assistant")) {
            out.add(ChatMessage.calling(text.toString(), thinking.isEmpty() ? null : thinking.toString(), calls));
        } else if (!text.isEmpty()) {
            out.add(ChatMessage.user(text.toString()));
        }
    }

    /** A string, or blocks of text. */
    private static String text(Fields fields, String name) {
        if (fields.value(name) instanceof String text) {
            return text;
        }
        StringBuilder text = new StringBuilder();
        for (Fields block : fields.objects(name, 4096)) {
            block.known("cache_control", "citations");
            String type = block.text("type", "text");
            if (!type.equals("text")) {
                throw HttpError.field(name, "content of type '" + type + "' is not supported here");
            }
            text.append(text.isEmpty() ? "" : "\n").append(block.text("text", ""));
        }
        return text.toString();
    }
}
