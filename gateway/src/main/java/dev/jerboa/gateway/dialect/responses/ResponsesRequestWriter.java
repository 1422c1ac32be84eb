package dev.jerboa.gateway.dialect.responses;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.UntranslatableException;
import dev.jerboa.gateway.dialect.conversation.AnswerForm;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a conversation as the body of {@code /v1/responses}; nothing is kept there. One request. */
public final class ResponsesRequestWriter {
    /** OpenAI refuses a lower limit. */
    private static final long LEAST_OUTPUT = 16;

    private final Conversation talk;
    private final RequestOptions options;
    private final Set<String> warnings;
    private final List<Object> input = new ArrayList<>();
    private boolean proven;

    private ResponsesRequestWriter(Conversation talk, RequestOptions options) {
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
        return new ResponsesRequestWriter(talk, options).request();
    }

    private Request request() {
        talk.refuse(Setting.CHOICES, "responses are one at a time; ask several times, or another endpoint");
        talk.refuse(Setting.LOGPROBS, "log-probabilities are given by endpoints of the client's own dialect only");
        talk.refuse(Setting.STOP, "responses do not stop at texts; ask another endpoint");
        talk.messages().forEach(this::message);
        Map<String, @Nullable Object> body = map("model", options.upstreamName(), "input", input);
        tools(body);
        text(body);
        thinking(body);
        settings(body);
        body.put("store", false);
        if (talk.stream()) {
            body.put("stream", true);
        }
        return new Request(body, List.copyOf(warnings));
    }

    private void settings(Map<String, @Nullable Object> body) {
        talk.settings().forEach((setting, value) -> {
            switch (setting) {
                case MAX_TOKENS -> {
                    if (((Number) value).longValue() < LEAST_OUTPUT) {
                        throw new UntranslatableException(
                                talk.name(setting),
                                "responses are of at least " + LEAST_OUTPUT + " tokens; ask another endpoint");
                    }
                    body.put("max_output_tokens", value);
                }
                case TEMPERATURE, TOP_P, USER -> {
                    if (setting == Setting.USER || options.takes(setting.text())) {
                        body.put(setting.text(), value);
                    } else {
                        warnings.add(talk.name(setting) + ": was left out, as the endpoint does not honour it");
                    }
                }
                case PARALLEL_TOOL_CALLS -> {
                    if (!talk.tools().isEmpty()) {
                        body.put(setting.text(), value);
                    }
                }
                case VERBOSITY -> {} // with the form of the text
                case SERVICE_TIER -> {
                    if (options.prices("service_tier", value)) {
                        body.put("service_tier", value);
                    } else {
                        warnings.add(Request.unpriced(talk.name(setting)));
                    }
                }
                default -> warnings.add(Request.leftOut(talk.name(setting)));
            }
        });
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
        List<Object> content = new ArrayList<>();
        parts.forEach(part -> content.add(part(part)));
        input.add(map("type", "message", "role", role, "content", content.isEmpty() ? "" : content));
    }

    private void result(Part.Result result) {
        boolean texts = result.parts().stream().allMatch(Part.Text.class::isInstance);
        Object output = result.text();
        if (!texts) {
            List<Object> content = new ArrayList<>();
            result.parts().forEach(part -> content.add(part(part)));
            output = content;
        }
        if (result.isError()) {
            warnings.add(Request.leftOut("is_error"));
        }
        input.add(map("type", "function_call_output", "call_id", result.call(), "output", output));
    }

    private void assistant(Message message) {
        List<Object> content = new ArrayList<>();
        for (Part part : message.parts()) {
            switch (part) {
                case Part.Text(String text, Object _) ->
                    content.add(map("type", "output_text", "text", text, "annotations", List.of()));
                case Part.Refusal(String text) -> content.add(map("type", "refusal", "refusal", text));
                case Part.Thought thought -> {
                    say(content);
                    thought(thought);
                }
                case Part.Call(String id, String name, String arguments) -> {
                    say(content);
                    input.add(map("type", "function_call", "call_id", id, "name", name, "arguments", arguments));
                }
                case Part.Image _, Part.Document _, Part.Audio _, Part.Result _ ->
                    throw new UntranslatableException("messages", "an assistant's message has text and calls only");
            }
        }
        say(content);
    }

    private void say(List<Object> content) {
        if (!content.isEmpty()) {
            input.add(map("type", "message", "role", "assistant", "content", List.copyOf(content)));
            content.clear();
        }
    }

    /** Reasoning goes back where its provider can know it again. */
    private void thought(Part.Thought thought) {
        Proof proof = thought.proof();
        if (proof == null || proof.kind() != Proof.Kind.ENCRYPTED) {
            warnings.add("messages: reasoning without the encrypted content of this dialect was left out");
            return;
        }
        proven = true;
        Map<String, @Nullable Object> item = map("type", "reasoning");
        put(item, "id", proof.id().isEmpty() ? null : proof.id());
        item.put(
                "summary",
                thought.text().isEmpty() ? List.of() : List.of(map("type", "summary_text", "text", thought.text())));
        item.put("encrypted_content", proof.data());
        input.add(item);
    }

    private Object part(Part part) {
        return switch (part) {
            case Part.Text(String text, Object cache) -> {
                if (cache != null) {
                    warnings.add(Request.leftOut("cache_control"));
                }
                yield map("type", "input_text", "text", text);
            }
            case Part.Image image -> image(image);
            case Part.Document document -> document(document);
            case Part.Refusal(String text) -> map("type", "input_text", "text", text);
            case Part.Audio _ ->
                throw new UntranslatableException("messages", "the endpoint's dialect has no audio in its input");
            case Part.Thought _, Part.Call _, Part.Result _ ->
                throw new UntranslatableException("messages", "only assistants think and call tools");
        };
    }

    private static Object image(Part.Image image) {
        Map<String, @Nullable Object> part = map("type", "input_image");
        switch (image.content()) {
            case Content.Data data -> part.put("image_url", data.url());
            case Content.Url(String url) -> part.put("image_url", url);
            case Content.File _, Content.Plain _ ->
                throw new UntranslatableException(
                        "messages", "an image by the id of a file is known to its provider only");
        }
        part.put("detail", image.detail().isEmpty() ? "auto" : image.detail());
        return part;
    }

    private static Object document(Part.Document document) {
        return switch (document.content()) {
            case Content.Data data ->
                map(
                        "type",
                        "input_file",
                        "filename",
                        document.name().isEmpty() ? "document" : document.name(),
                        "file_data",
                        data.url());
            case Content.Url(String url) -> map("type", "input_file", "file_url", url);
            case Content.Plain(String text) -> map("type", "input_text", "text", text);
            case Content.File _ ->
                throw new UntranslatableException(
                        "messages", "a document by the id of a file is known to its provider only");
        };
    }

    private void tools(Map<String, @Nullable Object> body) {
        if (talk.tools().isEmpty()) {
            return;
        }
        List<Object> tools = new ArrayList<>();
        for (Tool tool : talk.tools()) {
            Map<String, @Nullable Object> one = map("type", "function", "name", tool.name());
            put(one, "description", tool.description().isEmpty() ? null : tool.description());
            one.put(
                    "parameters",
                    tool.parameters() == null ? map("type", "object", "properties", map()) : tool.parameters());
            one.put("strict", Boolean.TRUE.equals(tool.strict())); // strict is what responses take for unsaid
            if (tool.cache() != null) {
                warnings.add(Request.leftOut("cache_control"));
            }
            tools.add(one);
        }
        body.put("tools", tools);
        put(
                body,
                "tool_choice",
                switch (talk.choice()) {
                    case ToolChoice.Unsaid _ -> null;
                    case ToolChoice.Auto _ -> "auto";
                    case ToolChoice.None _ -> "none";
                    case ToolChoice.Required _ -> "required";
                    case ToolChoice.Named(String name) -> map("type", "function", "name", name);
                });
    }

    private void text(Map<String, @Nullable Object> body) {
        Map<String, @Nullable Object> text = map();
        switch (talk.form()) {
            case AnswerForm.Free _ -> {}
            case AnswerForm.Json _ -> text.put("format", map("type", "json_object"));
            case AnswerForm.Schema schema -> {
                Map<String, @Nullable Object> format = map(
                        "type",
                        "json_schema",
                        "name",
                        schema.name().isEmpty() ? "answer" : schema.name(),
                        "schema",
                        schema.schema());
                put(format, "description", schema.description().isEmpty() ? null : schema.description());
                put(format, "strict", schema.strict());
                text.put("format", format);
            }
        }
        put(text, "verbosity", talk.settings().get(Setting.VERBOSITY));
        if (!text.isEmpty()) {
            body.put("text", text);
        }
    }

    private void thinking(Map<String, @Nullable Object> body) {
        Thinking thinking = talk.thinking();
        if (thinking.isOn() || proven) {
            body.put("include", List.of("reasoning.encrypted_content"));
        }
        if (!thinking.isOn() && !(thinking.isOff() && options.names("reasoning"))) {
            if (thinking.isOff()) {
                warnings.add("thinking: was left as the endpoint has it, which is not known to be able to do without");
            }
            return;
        }
        Map<String, @Nullable Object> reasoning = map();
        String effort = thinking.isOff() ? "none" : thinking.nearestEffort();
        put(reasoning, "effort", effort.isEmpty() ? null : effort.equals("max") ? "xhigh" : effort);
        if (!thinking.hidden() && !thinking.isOff()) {
            reasoning.put("summary", thinking.summary().isEmpty() ? "auto" : thinking.summary());
        }
        body.put("reasoning", reasoning);
    }
}
