package dev.jerboa.gateway.dialect.anthropic;

import static dev.jerboa.gateway.dialect.wire.Out.map;
import static dev.jerboa.gateway.dialect.wire.Out.put;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.Proof;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.ServiceTiers;
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
import dev.jerboa.gateway.dialect.conversation.Turns;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Writes a conversation as the body of {@code /v1/messages}. One request. */
public final class MessagesRequestWriter {
    /** What is asked for where neither the client nor the catalogue says how long a reply may be. */
    private static final long USUAL_OUTPUT = 8192;

    private static final long LEAST_BUDGET = 1024;

    private final Conversation talk;
    private final RequestOptions options;
    private final Set<String> warnings;
    private final Calls ids = new Calls();
    private final List<Object> system = new ArrayList<>();
    private final List<Map<String, @Nullable Object>> messages = new ArrayList<>();

    private MessagesRequestWriter(Conversation talk, RequestOptions options) {
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
        return new MessagesRequestWriter(talk, options).request();
    }

    private Request request() {
        talk.refuse(Setting.CHOICES, "messages are one at a time; ask several times, or another endpoint");
        talk.refuse(Setting.LOGPROBS, "Anthropic's dialect has no log-probabilities; ask another endpoint");
        talk.messages().forEach(this::message);
        if (messages.isEmpty() && !system.isEmpty()) { // some clients put all of the prompt there
            warnings.add("messages: instructions alone were sent as the user's, without whom there is no message here");
            say("user", List.copyOf(system));
            system.clear();
        }
        Map<String, @Nullable Object> body = map("model", options.upstreamName());
        long most = most();
        body.put("max_tokens", most);
        if (!system.isEmpty()) {
            body.put("system", system);
        }
        body.put("messages", messages);
        boolean thinks = thinking(body, most);
        tools(body);
        format(body);
        settings(body, thinks);
        if (talk.stream()) {
            body.put("stream", true);
        }
        return new Request(body, List.copyOf(warnings));
    }

    private long most() {
        Long most = talk.whole(Setting.MAX_TOKENS);
        return most != null ? most : options.maxOutput() > 0 ? options.maxOutput() : USUAL_OUTPUT;
    }

    private void settings(Map<String, @Nullable Object> body, boolean thinks) {
        talk.settings().forEach((setting, value) -> {
            switch (setting) {
                case TEMPERATURE -> {
                    double temperature = ((Number) value).doubleValue();
                    if (temperature == 1 && talk.settings().containsKey(Setting.TOP_P)) {
                        return; // as it is without: models of this dialect refuse requests that set both
                    }
                    if (temperature > 1) {
                        warnings.add(
                                talk.name(setting) + ": was lowered to 1, the most that the endpoint's dialect knows");
                    }
                    sampled(body, setting, temperature > 1 ? Long.valueOf(1) : value, thinks && temperature != 1);
                }
                case TOP_P -> topP(body, value, thinks);
                case TOP_K -> sampled(body, setting, value, thinks);
                case STOP -> stop(body, (List<?>) value);
                case USER -> body.put("metadata", map("user_id", value));
                case MAX_TOKENS, PARALLEL_TOOL_CALLS -> {} // said elsewhere
                case SERVICE_TIER -> tier(body, (String) value);
                default -> warnings.add(Request.leftOut(talk.name(setting)));
            }
        });
    }

    private void tier(Map<String, @Nullable Object> body, String tier) {
        String name = talk.name(Setting.SERVICE_TIER);
        String word = ServiceTiers.written(WireDialect.ANTHROPIC, tier).orElse("");
        if (word.isEmpty()) {
            warnings.add(Request.leftOut(name));
        } else if (options.prices("service_tier", word)) {
            body.put("service_tier", word);
        } else {
            warnings.add(Request.unpriced(name));
        }
    }

    private void topP(Map<String, @Nullable Object> body, Object value, boolean thinks) {
        double share = ((Number) value).doubleValue();
        if (!body.containsKey(Setting.TEMPERATURE.text())) {
            sampled(body, Setting.TOP_P, value, thinks && share < 0.95);
        } else if (share != 1) {
            warnings.add(talk.name(Setting.TOP_P) + ": was left out, as models of the endpoint's dialect take it or a"
                    + " temperature, not both");
        }
    }

    /** Texts that end the reply: none is of white space alone here. */
    private void stop(Map<String, @Nullable Object> body, List<?> texts) {
        List<Object> stops = new ArrayList<>();
        for (Object text : texts) {
            if (!String.valueOf(text).isBlank()) {
                stops.add(text);
            } else if (!"".equals(text)) {
                throw new UntranslatableException(
                        talk.name(Setting.STOP),
                        "Anthropic's dialect does not stop at white space; leave it out, or ask another endpoint");
            }
        }
        if (!stops.isEmpty()) {
            body.put("stop_sequences", stops);
        }
    }

    private void sampled(Map<String, @Nullable Object> body, Setting setting, Object value, boolean withThinking) {
        if (withThinking) {
            warnings.add(talk.name(setting) + ": was left out, as it cannot be set together with thinking");
        } else if (options.takes(setting.text())) {
            body.put(setting.text(), value);
        } else {
            warnings.add(talk.name(setting) + ": was left out, as the endpoint does not honour it");
        }
    }

    private void message(Message message) {
        List<Object> blocks = new ArrayList<>();
        message.parts().forEach(part -> block(part, blocks));
        if (message.role() == Message.Role.SYSTEM) {
            if (!messages.isEmpty()) {
                warnings.add("messages: instructions within the conversation were moved to its beginning");
            }
            system.addAll(blocks);
        } else if (!blocks.isEmpty()) {
            say(message.role() == Message.Role.ASSISTANT ? "assistant" : "user", blocks);
        }
    }

    /** Adds to what the same role has just said: roles take turns here, and results are the user's. */
    private void say(String role, List<Object> blocks) {
        Map<String, @Nullable Object> last = messages.isEmpty() ? map() : messages.getLast();
        if (role.equals(last.get("role")) && last.get("content") instanceof List<?> before) {
            List<Object> both = new ArrayList<>(before);
            both.addAll(blocks);
            last.put("content", both);
        } else {
            messages.add(map("role", role, "content", blocks));
        }
    }

    private void block(Part part, List<Object> out) {
        switch (part) {
            case Part.Text(String text, Object cache) -> text(text, cache, out);
            case Part.Refusal(String text) -> text(text, null, out);
            case Part.Image image ->
                out.add(cached(map("type", "image", "source", source(image.content())), image.cache()));
            case Part.Document document -> {
                Map<String, @Nullable Object> block = map("type", "document", "source", document(document.content()));
                put(block, "title", document.name().isEmpty() ? null : document.name());
                out.add(cached(block, document.cache()));
            }
            case Part.Thought thought -> thought(thought, out);
            case Part.Call(String id, String name, String arguments) ->
                out.add(map("type", "tool_use", "id", ids.plain(id), "name", name, "input", Calls.object(arguments)));
            case Part.Result result -> result(result, out);
            case Part.Audio _ ->
                throw new UntranslatableException("messages", "Anthropic's dialect has no audio; ask another endpoint");
        }
    }

    /** Blocks of text must not be empty, nor of white space alone. */
    private static void text(String text, @Nullable Object cache, List<Object> out) {
        if (!text.isBlank()) {
            out.add(cached(map("type", "text", "text", text), cache));
        }
    }

    private static Map<String, @Nullable Object> cached(Map<String, @Nullable Object> block, @Nullable Object cache) {
        put(block, "cache_control", cache);
        return block;
    }

    private void result(Part.Result result, List<Object> out) {
        List<Object> content = new ArrayList<>();
        result.parts().forEach(part -> block(part, content));
        Map<String, @Nullable Object> block = map("type", "tool_result", "tool_use_id", ids.plain(result.call()));
        if (!content.isEmpty()) {
            block.put("content", content);
        }
        if (result.isError()) {
            block.put("is_error", true);
        }
        out.add(cached(block, result.cache()));
    }

    /** Reasoning goes back where its provider can know it again. */
    private void thought(Part.Thought thought, List<Object> out) {
        Proof proof = thought.proof();
        if (proof != null && proof.kind() == Proof.Kind.SIGNATURE) {
            out.add(map("type", "thinking", "thinking", thought.text(), "signature", proof.data()));
        } else if (proof != null && proof.kind() == Proof.Kind.REDACTED) {
            out.add(map("type", "redacted_thinking", "data", proof.data()));
        } else {
            warnings.add("messages: reasoning without Anthropic's signature was left out");
        }
    }

    private static Object source(Content content) {
        return switch (content) {
            case Content.Data(String type, String base64) ->
                map("type", "base64", "media_type", type.equals("image/jpg") ? "image/jpeg" : type, "data", base64);
            case Content.Url(String url) -> map("type", "url", "url", url);
            case Content.Plain(String text) -> map("type", "text", "media_type", "text/plain", "data", text);
            case Content.File _ ->
                throw new UntranslatableException("messages", "a file by its id is known to its provider only");
        };
    }

    private static Object document(Content content) {
        if (content instanceof Content.Data(String type, String base64) && type.startsWith("text/")) {
            try {
                return source(
                        new Content.Plain(new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException e) {
                throw new UntranslatableException("messages", "a document is not base64: " + e.getMessage());
            }
        }
        return source(content);
    }

    private void tools(Map<String, @Nullable Object> body) {
        List<Object> tools = new ArrayList<>();
        for (Tool tool : talk.tools()) {
            Map<String, @Nullable Object> one = map("name", tool.name());
            put(one, "description", tool.description().isEmpty() ? null : tool.description());
            one.put("input_schema", schema(tool));
            if (Boolean.TRUE.equals(tool.strict())) {
                one.put("strict", true);
            }
            tools.add(cached(one, tool.cache()));
        }
        ToolChoice choice = talk.choice();
        if (tools.isEmpty() && talk.hasCalls()) {
            // calls of earlier turns need their tools to be known
            names().forEach(name -> tools.add(map("name", name, "input_schema", map("type", "object"))));
            choice = new ToolChoice.None();
        }
        if (tools.isEmpty()) {
            return;
        }
        body.put("tools", tools);
        Boolean parallel = (Boolean) talk.settings().get(Setting.PARALLEL_TOOL_CALLS);
        Map<String, @Nullable Object> chosen = switch (choice) {
            case ToolChoice.Unsaid _ -> map("type", "auto");
            case ToolChoice.Auto _ -> map("type", "auto");
            case ToolChoice.None _ -> map("type", "none");
            case ToolChoice.Required _ -> map("type", "any");
            case ToolChoice.Named(String name) -> map("type", "tool", "name", name);
        };
        if (Boolean.FALSE.equals(parallel) && !(choice instanceof ToolChoice.None)) {
            chosen.put("disable_parallel_tool_use", true);
        }
        if (!(choice instanceof ToolChoice.Unsaid) || chosen.size() > 1) {
            body.put("tool_choice", chosen);
        }
    }

    /** Parameters as a schema that says that they are an object, which OpenAI's form does not ask for. */
    private static Map<String, ? extends @Nullable Object> schema(Tool tool) {
        Map<String, ? extends @Nullable Object> parameters = tool.parameters();
        if (parameters != null && parameters.containsKey("type")) {
            return parameters;
        }
        Map<String, @Nullable Object> schema = map("type", "object");
        if (parameters != null) {
            schema.putAll(parameters);
        }
        return schema;
    }

    private Set<String> names() {
        Set<String> names = new TreeSet<>();
        for (Message message : talk.messages()) {
            for (Part part : message.parts()) {
                if (part instanceof Part.Call call) {
                    names.add(call.name());
                }
            }
        }
        return names;
    }

    private void format(Map<String, @Nullable Object> body) {
        switch (talk.form()) {
            case AnswerForm.Free _ -> {}
            case AnswerForm.Json _ ->
                throw new UntranslatableException(
                        "response_format",
                        "Anthropic's dialect has JSON by a schema only; send one, or ask another endpoint");
            case AnswerForm.Schema schema ->
                config(body).put("format", map("type", "json_schema", "schema", schema.schema()));
        }
    }

    private static Map<String, @Nullable Object> config(Map<String, @Nullable Object> body) {
        if (body.get("output_config") instanceof Map<?, ?> config) {
            return dev.jerboa.model.json.Json.asObject(config, "output_config");
        }
        Map<String, @Nullable Object> config = map();
        body.put("output_config", config);
        return config;
    }

    /** Whether there is thinking. */
    private boolean thinking(Map<String, @Nullable Object> body, long most) {
        Thinking thinking = talk.thinking();
        if (!thinking.isOn()) {
            return false; // off is how the dialect has it by itself, and some models refuse to be told
        }
        if (talk.choice() instanceof ToolChoice.Required || talk.choice() instanceof ToolChoice.Named) {
            warnings.add("thinking: was left out, as a call that is required cannot be thought about here");
            return false;
        }
        Map<String, @Nullable Object> written = map();
        if (options.takes("output_config")) {
            written.put("type", "adaptive");
            String effort = effort(thinking.nearestEffort());
            if (!effort.isEmpty()) {
                config(body).put("effort", effort);
            }
        } else {
            if (most <= LEAST_BUDGET) {
                warnings.add("thinking: was left out, as it takes more than " + LEAST_BUDGET + " tokens of the reply");
                return false;
            }
            if (isWithinUnprovenTurn()) {
                warnings.add("thinking: was left out for the rest of a turn whose calls were not thought about here");
                return false;
            }
            written.put("type", "enabled");
            written.put("budget_tokens", Math.min(thinking.nearestBudget(most), most - 1));
        }
        if (thinking.hidden() && options.takes("output_config")) {
            written.put("display", "omitted");
        }
        body.put("thinking", written);
        return true;
    }

    /** Anthropic's words for efforts begin with low. */
    private static String effort(String effort) {
        return effort.equals("minimal") ? "low" : effort;
    }

    /** Whether results are to be gone on from whose calls had no thinking that can be given back: with a budget, that is refused. */
    private boolean isWithinUnprovenTurn() {
        List<Message> all = talk.messages();
        for (int i = Turns.beginning(all); i < all.size(); i++) {
            Message message = all.get(i);
            if (message.hasCalls() && message.parts().stream().noneMatch(MessagesRequestWriter::isProven)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isProven(Part part) {
        return part instanceof Part.Thought thought
                && thought.proof() != null
                && thought.proof().kind() != Proof.Kind.ENCRYPTED;
    }
}
