package dev.jerboa.gateway.dialect.chat;

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
import dev.jerboa.gateway.dialect.conversation.Proofs;
import dev.jerboa.gateway.dialect.conversation.Request;
import dev.jerboa.gateway.dialect.conversation.Setting;
import dev.jerboa.gateway.dialect.conversation.Thinking;
import dev.jerboa.gateway.dialect.conversation.Tool;
import dev.jerboa.gateway.dialect.conversation.ToolChoice;
import dev.jerboa.gateway.dialect.conversation.Turns;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a conversation as the body of a chat completion. One request. */
public final class ChatRequestWriter {
    private static final Set<Setting> PLAIN = Set.of(
            Setting.TEMPERATURE,
            Setting.TOP_P,
            Setting.TOP_K,
            Setting.MIN_P,
            Setting.SEED,
            Setting.STOP,
            Setting.PRESENCE_PENALTY,
            Setting.FREQUENCY_PENALTY,
            Setting.REPETITION_PENALTY,
            Setting.LOGIT_BIAS,
            Setting.USER,
            Setting.VERBOSITY);

    private final Conversation talk;
    private final RequestOptions options;
    private final Set<String> warnings;
    private final List<Object> messages = new ArrayList<>();

    private ChatRequestWriter(Conversation talk, RequestOptions options) {
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
        return new ChatRequestWriter(talk, options).request();
    }

    private Request request() {
        talk.refuse(Setting.LOGPROBS, "log-probabilities are given by endpoints of the client's own dialect only");
        int turn = Turns.beginning(talk.messages());
        for (int i = 0; i < talk.messages().size(); i++) {
            message(talk.messages().get(i), i >= turn);
        }
        Map<String, @Nullable Object> body = map("model", options.upstreamName(), "messages", messages);
        tools(body);
        put(body, "response_format", format());
        thinking(body);
        settings(body);
        if (talk.stream()) {
            body.put("stream", true);
            body.put("stream_options", map("include_usage", true));
        }
        return new Request(body, List.copyOf(warnings));
    }

    private void settings(Map<String, @Nullable Object> body) {
        Long most = talk.whole(Setting.MAX_TOKENS);
        if (most != null) {
            boolean newer = options.names("max_completion_tokens") && !options.names("max_tokens");
            body.put(newer ? "max_completion_tokens" : "max_tokens", most);
        }
        if (!talk.tools().isEmpty() && talk.settings().get(Setting.PARALLEL_TOOL_CALLS) instanceof Boolean parallel) {
            body.put("parallel_tool_calls", parallel);
        }
        Object tier = talk.settings().get(Setting.SERVICE_TIER);
        if (tier != null && options.prices("service_tier", tier)) {
            body.put("service_tier", tier);
        } else if (tier != null) {
            warnings.add(Request.unpriced(talk.name(Setting.SERVICE_TIER)));
        }
        talk.settings().forEach((setting, value) -> {
            if (PLAIN.contains(setting)) {
                if (options.takes(setting.text()) || setting == Setting.USER) {
                    body.put(setting.text(), value);
                } else {
                    warnings.add(talk.name(setting) + ": was left out, as the endpoint does not honour it");
                }
            }
        });
    }

    private void message(Message message, boolean inTurn) {
        switch (message.role()) {
            case SYSTEM -> messages.add(map("role", "system", "content", content(message.parts())));
            case USER -> messages.add(map("role", "user", "content", content(message.parts())));
            case ASSISTANT -> assistant(message, inTurn);
            case TOOL -> results(message);
        }
    }

    private void results(Message message) {
        List<Part> shown = new ArrayList<>();
        for (Part part : message.parts()) {
            if (part instanceof Part.Result result) {
                messages.add(map("role", "tool", "tool_call_id", result.call(), "content", result.text()));
                for (Part inner : result.parts()) {
                    if (!(inner instanceof Part.Text)) {
                        shown.add(inner);
                    }
                }
                if (result.isError()) {
                    warnings.add(Request.leftOut("is_error"));
                }
            }
        }
        if (!shown.isEmpty()) {
            warnings.add("messages: images of a tool's result were put into a message of the user behind it");
            messages.add(map("role", "user", "content", content(shown)));
        }
    }

    private void assistant(Message message, boolean inTurn) {
        StringBuilder text = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        List<Object> details = new ArrayList<>();
        List<Object> calls = new ArrayList<>();
        String refusal = "";
        for (Part part : message.parts()) {
            switch (part) {
                case Part.Text(String more, Object _) -> text.append(more);
                case Part.Refusal(String more) -> refusal = more;
                case Part.Thought(String more, Proof proof) -> {
                    thought.append(more);
                    detail(more, proof, details);
                }
                case Part.Call(String id, String name, String arguments) ->
                    calls.add(map("id", id, "type", "function", "function", map("name", name, "arguments", arguments)));
                case Part.Image _, Part.Document _, Part.Audio _, Part.Result _ ->
                    throw new UntranslatableException("messages", "an assistant's message has text and calls only");
            }
        }
        Map<String, @Nullable Object> out =
                map("role", "assistant", "content", text.isEmpty() && !calls.isEmpty() ? null : text.toString());
        if (!refusal.isEmpty()) {
            out.put("refusal", refusal);
        }
        if (options.names("reasoning")) {
            put(out, "reasoning", thought.isEmpty() ? null : thought.toString());
            put(out, "reasoning_details", details.isEmpty() ? null : details);
        } else if (inTurn && !calls.isEmpty() && !thought.isEmpty()) {
            out.put("reasoning_content", thought.toString()); // DeepSeek wants it back until its turn is over
        }
        put(out, "tool_calls", calls.isEmpty() ? null : calls);
        messages.add(out);
    }

    private static void detail(String text, @Nullable Proof proof, List<Object> details) {
        int index = details.size();
        if (proof == null) {
            details.add(map("type", "reasoning.text", "text", text, "index", index));
            return;
        }
        switch (proof.kind()) {
            case SIGNATURE ->
                details.add(map(
                        "type",
                        "reasoning.text",
                        "text",
                        text,
                        "signature",
                        proof.data(),
                        "format",
                        "anthropic-claude-v1",
                        "index",
                        index));
            case REDACTED ->
                details.add(map(
                        "type",
                        "reasoning.encrypted",
                        "data",
                        proof.data(),
                        "format",
                        "anthropic-claude-v1",
                        "index",
                        index));
            case ENCRYPTED -> {
                if (!text.isEmpty()) {
                    details.add(map("type", "reasoning.summary", "summary", text, "index", index));
                }
                details.add(map(
                        "type",
                        "reasoning.encrypted",
                        "data",
                        Proofs.write(proof, Proof.Kind.ENCRYPTED),
                        "id",
                        proof.id(),
                        "format",
                        "openai-responses-v1",
                        "index",
                        index));
            }
        }
    }

    /** A text where there is one alone, parts otherwise. */
    private Object content(List<Part> parts) {
        if (parts.isEmpty()) {
            return "";
        }
        if (parts.size() == 1
                && parts.getFirst() instanceof Part.Text(String text, Object cache)
                && cache(cache) == null) {
            return text;
        }
        List<Object> out = new ArrayList<>();
        for (Part part : parts) {
            out.add(
                    switch (part) {
                        case Part.Text(String text, Object cache) -> {
                            Map<String, @Nullable Object> one = map("type", "text", "text", text);
                            put(one, "cache_control", cache(cache));
                            yield one;
                        }
                        case Part.Image image -> image(image);
                        case Part.Document document -> file(document);
                        case Part.Audio(String base64, String format) ->
                            map("type", "input_audio", "input_audio", map("data", base64, "format", format));
                        case Part.Refusal(String text) -> map("type", "text", "text", text);
                        case Part.Thought _, Part.Call _, Part.Result _ ->
                            throw new UntranslatableException("messages", "only assistants think and call tools");
                    });
        }
        return out;
    }

    private @Nullable Object cache(@Nullable Object cache) {
        if (cache != null && !options.names("cache_control")) {
            warnings.add(Request.leftOut("cache_control"));
            return null;
        }
        return cache;
    }

    private Object image(Part.Image image) {
        Map<String, @Nullable Object> url = map(
                "url",
                switch (image.content()) {
                    case Content.Data data -> data.url();
                    case Content.Url(String address) -> address;
                    case Content.File _, Content.Plain _ ->
                        throw new UntranslatableException(
                                "messages", "an image by the id of a file is known to its provider only");
                });
        put(url, "detail", image.detail().isEmpty() ? null : image.detail());
        Map<String, @Nullable Object> part = map("type", "image_url", "image_url", url);
        put(part, "cache_control", cache(image.cache()));
        return part;
    }

    private Object file(Part.Document document) {
        return switch (document.content()) {
            case Content.Data data -> {
                Map<String, @Nullable Object> file =
                        map("filename", document.name().isEmpty() ? "document" : document.name());
                file.put("file_data", data.url());
                yield map("type", "file", "file", file);
            }
            case Content.Plain(String text) -> map("type", "text", "text", text);
            case Content.Url _ ->
                throw new UntranslatableException("messages", "the endpoint's dialect has no documents by URL");
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
            Map<String, @Nullable Object> function = map("name", tool.name());
            put(function, "description", tool.description().isEmpty() ? null : tool.description());
            put(function, "parameters", tool.parameters());
            put(function, "strict", tool.strict());
            Map<String, @Nullable Object> one = map("type", "function", "function", function);
            put(one, "cache_control", cache(tool.cache()));
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
                    case ToolChoice.Named(String name) -> map("type", "function", "function", map("name", name));
                });
    }

    private @Nullable Object format() {
        return switch (talk.form()) {
            case AnswerForm.Free _ -> null;
            case AnswerForm.Json _ -> map("type", "json_object");
            case AnswerForm.Schema schema -> {
                Map<String, @Nullable Object> named =
                        map("name", schema.name().isEmpty() ? "answer" : schema.name(), "schema", schema.schema());
                put(named, "description", schema.description().isEmpty() ? null : schema.description());
                put(named, "strict", schema.strict());
                yield map("type", "json_schema", "json_schema", named);
            }
        };
    }

    private void thinking(Map<String, @Nullable Object> body) {
        Thinking thinking = talk.thinking();
        if (!thinking.isOn() && !thinking.isOff()) {
            return;
        }
        if (options.names("reasoning")) {
            Map<String, @Nullable Object> reasoning = map();
            if (thinking.isOff()) {
                reasoning.put("enabled", false);
            } else if (thinking.budget() > 0) {
                reasoning.put("max_tokens", thinking.budget());
            } else if (!thinking.effort().isEmpty()) {
                reasoning.put("effort", effort(thinking.effort()));
            } else {
                reasoning.put("enabled", true);
            }
            if (thinking.hidden()) {
                reasoning.put("exclude", true);
            }
            body.put("reasoning", reasoning);
            return;
        }
        boolean said = false;
        if (options.names("thinking")) {
            body.put("thinking", map("type", thinking.isOff() ? "disabled" : "enabled"));
            said = true;
        }
        String effort = thinking.isOff() ? "none" : thinking.nearestEffort();
        boolean can = thinking.isOff() ? options.names("reasoning_effort") && !said : options.takes("reasoning_effort");
        if (can && (!said || !effort.isEmpty())) {
            body.put("reasoning_effort", effort.isEmpty() ? "medium" : effort(effort));
            said = true;
        }
        if (!said) {
            warnings.add("thinking: was left out, as the endpoint is not known to honour it");
        }
    }

    /** OpenAI's words for efforts end with xhigh. */
    private static String effort(String effort) {
        return effort.equals("max") ? "xhigh" : effort;
    }
}
