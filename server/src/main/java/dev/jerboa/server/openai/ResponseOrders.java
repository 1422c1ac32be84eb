package dev.jerboa.server.openai;

import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.generate.AnswerForm;
import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.ChatTurn;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Prompt;
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

/** Reads the body of {@code /v1/responses}. Nothing is kept between requests: the client sends the whole conversation. Thread-safe. */
final class ResponseOrders {
    private final Serving serving;

    ResponseOrders(Serving serving) {
        this.serving = serving;
    }

    ReplyOrder order(Fields body) {
        Models.Target target = serving.models().find(body.text("model"));
        LanguageModel model = target.served().model();
        if (body.has("previous_response_id") || body.has("conversation")) {
            throw HttpError.field(
                    "previous_response_id", "responses are not kept here: send the whole conversation as input");
        }
        body.refuse("background", "prompt", "max_tool_calls");
        ChatTurn turn = ChatTurn.of(
                input(body),
                tools(body),
                choice(body),
                body.flag("parallel_tool_calls", true),
                ChatOrders.reasoning(body),
                Map.of(),
                false);
        Prompt prompt = Orders.prompt(model, turn);
        Ask ask = Ask.of(
                        prompt,
                        SamplingFields.of(
                                body, model.defaultSampling(), model.tokenizer().size()))
                .withMaxTokens(body.whole("max_output_tokens", 1, Integer.MAX_VALUE, 0))
                .withConstraint(Orders.constraint(model, prompt, turn, form(body), "text.format"))
                .withScope(new Scope(target.adaptation(), ""))
                .withService(serving.service(body.text("user", "")));
        body.known("stream", "stream_options", "store", "metadata", "truncation", "service_tier");
        body.known("prompt_cache_key", "prompt_cache_retention", "safety_identifier");
        body.refuse("top_logprobs");
        List<String> included = body.texts("include", 16);
        List<String> warnings = Orders.warnings(prompt, body);
        for (String part : included) {
            if (!part.equals("reasoning.encrypted_content")) { // reasoning is there in the clear
                warnings.add("include: " + part + " is not supported here and was ignored");
            }
        }
        return ReplyOrder.of(target, ask, warnings);
    }

    private static List<ChatMessage> input(Fields body) {
        List<ChatMessage> messages = new ArrayList<>();
        String instructions = body.text("instructions", "");
        if (!instructions.isEmpty()) {
            messages.add(ChatMessage.system(instructions));
        }
        if (body.value("input") instanceof String text) {
            messages.add(ChatMessage.user(text));
            return messages;
        }
        StringBuilder thinking = new StringBuilder();
        for (Fields item : body.objects("input", 4096)) {
            item(item, messages, thinking);
        }
        if (messages.isEmpty()) {
            throw HttpError.field("input", "expected a text or a list of items");
        }
        return messages;
    }

    private static void item(Fields item, List<ChatMessage> out, StringBuilder thinking) {
        item.known("id", "status");
        String type = item.text("type", "message");
        switch (type) {
            case "message" -> message(item, out, thinking);
            case "reasoning" -> {
                item.known("summary", "encrypted_content");
                for (Fields part : item.objects("content", 1024)) {
                    part.known("type");
                    thinking.append(part.text("text", ""));
                }
            }
            case "function_call" -> call(item, out, thinking);
            case "function_call_output" ->
                out.add(ChatMessage.tool(item.text("call_id", ""), null, text(item, "output")));
            default -> throw HttpError.field("input", "items of type '" + type + "' are not supported here");
        }
    }

    private static void message(Fields item, List<ChatMessage> out, StringBuilder thinking) {
        String role = item.text("role", "");
        String text = text(item, "content");
        switch (role) {
            case "system", "developer" -> out.add(ChatMessage.system(text));
            case "user" -> out.add(ChatMessage.user(text));
            case "assistant" -> out.add(ChatMessage.assistant(text, taken(thinking)));
            default ->
                throw HttpError.field(
                        "input", "expected the role system, developer, user or assistant, found '" + role + "'");
        }
    }

    /** A call belongs to the assistant's message before it. */
    private static void call(Fields item, List<ChatMessage> out, StringBuilder thinking) {
        Map<String, @Nullable Object> call =
                Orders.call(item.text("call_id", ""), item.text("name", ""), item.text("arguments", "{}"));
        ChatMessage last = out.isEmpty() ? null : out.getLast();
        List<Map<String, @Nullable Object>> calls = new ArrayList<>();
        String content = "";
        String reasoning = taken(thinking);
        if (last != null && last.role().equals("assistant")) {
            out.removeLast();
            calls.addAll(last.toolCalls());
            content = last.content();
            reasoning = reasoning == null ? last.reasoning() : reasoning;
        }
        calls.add(call);
        out.add(ChatMessage.calling(content, reasoning, calls));
    }

    private static @Nullable String taken(StringBuilder thinking) {
        String text = thinking.isEmpty() ? null : thinking.toString();
        thinking.setLength(0);
        return text;
    }

    private static String text(Fields item, String name) {
        if (item.value(name) instanceof String text) {
            return text;
        }
        StringBuilder text = new StringBuilder();
        for (Fields part : item.objects(name, 1024)) {
            part.known("annotations", "logprobs");
            String type = part.text("type", "");
            if (!type.equals("input_text") && !type.equals("output_text") && !type.equals("text")) {
                throw HttpError.field("input", "content of type '" + type + "' is not supported here");
            }
            text.append(part.text("text", ""));
        }
        return text.toString();
    }

    private static List<Map<String, @Nullable Object>> tools(Fields body) {
        List<Map<String, @Nullable Object>> tools = new ArrayList<>();
        for (Fields tool : body.objects("tools", 128)) {
            String type = tool.text("type", "function");
            if (!type.equals("function")) {
                throw HttpError.field("tools", "expected tools of type function, found '" + type + "'");
            }
            tool.known("strict");
            tools.add(Orders.function(tool, tool.value("parameters")));
        }
        return tools;
    }

    private static ToolChoice choice(Fields body) {
        Object value = body.value("tool_choice");
        if (value instanceof Map<?, ?>) {
            Fields named = body.object("tool_choice");
            String name = named == null ? null : named.text("name");
            if (named != null) {
                named.known("type");
            }
            if (name != null) {
                return new ToolChoice.Named(name);
            }
        }
        return switch (String.valueOf(value)) {
            case "null", "auto" -> new ToolChoice.Auto();
            case "none" -> new ToolChoice.None();
            case "required" -> new ToolChoice.Required();
            default ->
                throw HttpError.field(
                        "tool_choice", "expected none, auto, required or {\"type\": \"function\", \"name\": …}");
        };
    }

    private static AnswerForm form(Fields body) {
        Fields text = body.object("text");
        Fields format = text == null ? null : text.object("format");
        if (text != null) {
            text.known("verbosity");
        }
        if (format == null) {
            return new AnswerForm.Free();
        }
        format.known("name", "strict", "description");
        String type = format.text("type", "text");
        Object schema = format.value("schema");
        return switch (type) {
            case "text" -> new AnswerForm.Free();
            case "json_object" -> new AnswerForm.Json();
            case "json_schema" ->
                schema == null ? new AnswerForm.Json() : new AnswerForm.JsonSchema(JsonOut.line(schema));
            default ->
                throw HttpError.field(
                        "text.format.type", "expected text, json_object or json_schema, found '" + type + "'");
        };
    }
}
