package dev.jerboa.server.openai;

import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.ReasoningEffort;
import dev.jerboa.engine.chat.ReasoningRequest;
import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.ChatTurn;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.engine.schedule.Service;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.reply.Orders;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.SamplingFields;
import dev.jerboa.server.reply.Serving;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the body of a chat completion. Thread-safe. */
final class ChatOrders {
    private static final int MOST_TOOLS = 128;
    private static final int MOST_STOPS = 16;
    private static final int MOST_CHOICES = 8;
    private static final int MOST_LIKELIEST = 20;

    private final Serving serving;

    ChatOrders(Serving serving) {
        this.serving = serving;
    }

    /** The conversation alone, of bodies that ask for the prompt only. */
    ChatTurn turn(Fields body) {
        List<Map<String, @Nullable Object>> tools = new ArrayList<>();
        body.objects("tools", MOST_TOOLS).forEach(tool -> tools.add(Orders.tool(tool)));
        body.refuse("functions", "function_call");
        List<ChatMessage> messages = Messages.of(body);
        boolean continued = body.flag("continue_final_message", false);
        body.known("add_generation_prompt");
        if (continued && !messages.getLast().role().equals("assistant")) {
            throw HttpError.field("continue_final_message", "the last message is not the assistant's");
        }
        return ChatTurn.of(
                messages,
                tools,
                choice(body),
                body.flag("parallel_tool_calls", true),
                reasoning(body),
                variables(body),
                continued);
    }

    /** A chat completion. */
    ReplyOrder order(Fields body) {
        Models.Target target = serving.models().find(body.text("model"));
        LanguageModel model = target.served().model();
        ChatTurn turn = turn(body);
        Prompt prompt = Orders.prompt(model, turn);
        Ask ask = common(body, target, prompt);
        ask = ask.withConstraint(Orders.constraint(model, prompt, turn, Forms.of(body), "response_format"))
                .withLikeliest(likeliest(body));
        body.known("stream", "stream_options", "store", "metadata", "service_tier", "safety_identifier");
        body.known("prompt_cache_key", "prompt_cache_retention", "prediction", "cache_prompt", "id_slot");
        body.refuse("audio", "web_search_options", "best_of", "use_beam_search", "min_tokens");
        int choices = body.whole("n", 1, MOST_CHOICES, 1);
        return ReplyOrder.of(target, List.of(ask), choices, Orders.warnings(prompt, body));
    }

    /** What chat completions and completions have in common. */
    Ask common(Fields body, Models.Target target, Prompt prompt) {
        LanguageModel model = target.served().model();
        int most = body.has("max_completion_tokens")
                ? body.whole("max_completion_tokens", 1, Integer.MAX_VALUE, 0)
                : body.whole("max_tokens", -1, Integer.MAX_VALUE, -1);
        if (most == 0) {
            throw HttpError.field("max_tokens", "expected at least 1, or -1 for as many as there is room for");
        }
        body.known("max_tokens");
        Scope scope = new Scope(target.adaptation(), body.text("cache_salt", ""));
        return Ask.of(
                        prompt,
                        SamplingFields.of(
                                body, model.defaultSampling(), model.tokenizer().size()))
                .withMaxTokens(Math.max(0, most))
                .withStops(body.texts("stop", MOST_STOPS))
                .withIgnoreEnd(body.flag("ignore_eos", false))
                .withScope(scope)
                .withService(service(body));
    }

    private Service service(Fields body) {
        Long priority = body.whole("priority", -1000, 1000);
        Double seconds = body.number("timeout", 0, 86_400);
        return serving.service(
                body.text("user", ""),
                priority == null ? 0 : -priority.intValue(), // vLLM serves small numbers first
                seconds == null ? serving.longest() : Duration.ofNanos((long) (seconds * 1e9)));
    }

    private static int likeliest(Fields body) {
        int top = body.whole("top_logprobs", 0, MOST_LIKELIEST, 0);
        if (!body.flag("logprobs", false)) {
            if (top > 0) {
                throw HttpError.field("top_logprobs", "is for requests with logprobs: true");
            }
            return Request.NO_LOG_PROBABILITIES;
        }
        return top;
    }

    private static ToolChoice choice(Fields body) {
        Object value = body.value("tool_choice");
        if (value == null) {
            return new ToolChoice.Auto();
        }
        if (value instanceof Map<?, ?>) {
            Fields named = body.object("tool_choice");
            Fields function = named == null ? null : named.object("function");
            String name = function == null ? null : function.text("name");
            if (named != null) {
                named.known("type");
            }
            if (name != null) {
                return new ToolChoice.Named(name);
            }
        }
        return switch (value.toString()) {
            case "none" -> new ToolChoice.None();
            case "auto" -> new ToolChoice.Auto();
            case "required" -> new ToolChoice.Required();
            default ->
                throw HttpError.field("tool_choice", "expected none, auto, required or {\"function\": {\"name\": …}}");
        };
    }

    static ReasoningRequest reasoning(Fields body) {
        ReasoningEffort effort = Orders.effort("reasoning_effort", body.text("reasoning_effort"));
        Boolean thinking = body.has("enable_thinking") ? body.flag("enable_thinking", true) : null;
        Integer budget = null;
        Fields reasoning = body.object("reasoning");
        if (reasoning != null) {
            effort = effort == null ? Orders.effort("reasoning.effort", reasoning.text("effort")) : effort;
            Long most = reasoning.whole("max_tokens", 0, Integer.MAX_VALUE);
            budget = most == null ? null : most.intValue();
            thinking = reasoning.has("enabled") ? Boolean.valueOf(reasoning.flag("enabled", true)) : thinking;
            reasoning.known("exclude", "summary");
        }
        return new ReasoningRequest(thinking, effort, budget);
    }

    private static Map<String, @Nullable Object> variables(Fields body) {
        Fields variables = body.object("chat_template_kwargs");
        body.refuse("chat_template", "documents");
        return variables == null ? Map.of() : variables.all();
    }
}
