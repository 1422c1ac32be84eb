package dev.jerboa.server.ollama;

import static dev.jerboa.server.http.JsonMap.map;

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
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.model.json.Json;
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
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the bodies of {@code /api/chat} and {@code /api/generate}. Thread-safe. */
final class OllamaOrders {
    private static final int MOST_MESSAGES = 4096;
    private static final int MOST_LIKELIEST = 20;
    private static final String THINK = "expected true, false, low, medium, high or max";

    /** Durations as Go writes them, of nothing. */
    private static final Pattern NO_TIME = Pattern.compile("[+-]?0+(\\.0*)?(ns|us|µs|ms|s|m|h)?");

    private final Serving serving;

    OllamaOrders(Serving serving) {
        this.serving = serving;
    }

    /** Whether a request asks for no reply, but for its model to be loaded, or unloaded where {@link #isOver}. */
    boolean isLoad(Fields body, boolean chat) {
        return chat
                ? body.list("messages", MOST_MESSAGES).isEmpty()
                : body.text("prompt", "").isEmpty() && body.text("suffix", "").isEmpty();
    }

    /** Whether a request wants its model to be unloaded after it. */
    static boolean isOver(Fields body) {
        Object time = body.value("keep_alive");
        return (time instanceof Number number && number.doubleValue() == 0)
                || (time instanceof String text && NO_TIME.matcher(text).matches());
    }

    private static int likeliest(Fields body) {
        int top = body.whole("top_logprobs", 0, MOST_LIKELIEST, 0);
        return body.flag("logprobs", false) ? top : Request.NO_LOG_PROBABILITIES;
    }

    ReplyOrder chat(Fields body) {
        Models.Target target = serving.models().find(body.text("model"));
        List<ChatMessage> messages = new ArrayList<>();
        for (Fields message : body.objects("messages", MOST_MESSAGES)) {
            messages.add(message(message));
        }
        List<Map<String, @Nullable Object>> tools = new ArrayList<>();
        body.objects("tools", 128).forEach(tool -> tools.add(Orders.tool(tool)));
        ChatTurn turn = ChatTurn.of(messages, tools, new ToolChoice.Auto(), true, thinking(body), Map.of(), false);
        return order(body, target, Orders.prompt(target.served().model(), turn), turn);
    }

    ReplyOrder generate(Fields body) {
        Models.Target target = serving.models().find(body.text("model"));
        LanguageModel model = target.served().model();
        String text = body.text("prompt", "");
        String suffix = body.text("suffix");
        body.refuse("images", "template");
        boolean raw = body.flag("raw", false);
        List<ChatMessage> messages = new ArrayList<>();
        String system = body.text("system", "");
        if (raw && !system.isEmpty()) {
            throw HttpError.field(
                    "system", "cannot be put into a raw prompt: write it into the prompt, or leave out raw");
        }
        if (!system.isEmpty()) {
            messages.add(ChatMessage.system(system));
        }
        messages.add(ChatMessage.user(text));
        ChatTurn turn = ChatTurn.of(messages, List.of(), new ToolChoice.None(), true, thinking(body), Map.of(), false);
        Prompt prompt;
        if (suffix != null && !suffix.isEmpty()) {
            prompt = model.fill(text, suffix)
                    .orElseThrow(
                            () -> HttpError.field("suffix", "the model's tokenizer has no tokens to fill in with"));
        } else if (raw || !model.hasChatTemplate()) {
            prompt = model.prompt(text);
        } else {
            prompt = Orders.prompt(model, turn);
        }
        return order(body, target, prompt, turn);
    }

    private ReplyOrder order(Fields body, Models.Target target, Prompt prompt, ChatTurn turn) {
        LanguageModel model = target.served().model();
        Fields options = body.object("options");
        Fields set = options == null ? new Fields(map(), "options") : options;
        int most = set.whole("num_predict", -2, Integer.MAX_VALUE, 0);
        int context = set.whole("num_ctx", 0, Integer.MAX_VALUE, 0);
        set.known("num_keep", "num_batch", "num_gpu", "main_gpu", "num_thread", "numa");
        set.known("use_mmap", "use_mlock", "low_vram", "f16_kv", "mirostat_tau", "mirostat_eta");
        set.known("vocab_only", "logits_all", "penalize_newline");
        Ask ask = Ask.of(
                        prompt,
                        SamplingFields.of(
                                set, model.defaultSampling(), model.tokenizer().size()))
                .withMaxTokens(Math.max(0, most))
                .withStops(set.texts("stop", 16))
                .withLikeliest(likeliest(body))
                .withConstraint(Orders.constraint(model, prompt, turn, form(body), "format"))
                .withScope(new Scope(target.adaptation(), ""))
                .withService(serving.service(""));
        body.known("stream", "keep_alive", "truncate", "shift");
        boolean remembered = body.value("context") != null;
        List<String> warnings = Orders.warnings(prompt, body);
        if (remembered) {
            warnings.add("context: is deprecated and was ignored; send the conversation to /api/chat");
        }
        if (context > model.contextLength()) {
            warnings.add("num_ctx: the model was opened with a context of " + model.contextLength() + " tokens");
        }
        return ReplyOrder.of(target, ask, warnings);
    }

    private static AnswerForm form(Fields body) {
        Object format = body.value("format");
        if (format == null || format.equals("")) {
            return new AnswerForm.Free();
        }
        if (format.equals("json")) {
            return new AnswerForm.Json();
        }
        if (format instanceof Map<?, ?>) {
            return new AnswerForm.JsonSchema(JsonOut.line(format));
        }
        throw HttpError.field("format", "expected \"json\" or a JSON schema, found " + JsonOut.line(format));
    }

    private static ReasoningRequest thinking(Fields body) {
        Object think = body.value("think");
        if (think instanceof Boolean on) {
            return new ReasoningRequest(on, null, null);
        }
        if (think instanceof String level) {
            try {
                return new ReasoningRequest(true, ReasoningEffort.valueOf(level.toUpperCase(Locale.ROOT)), null);
            } catch (IllegalArgumentException e) {
                throw HttpError.field("think", THINK + ", found '" + level + "'");
            }
        }
        if (think != null) {
            throw HttpError.field("think", THINK + ", found " + Json.kind(think));
        }
        return ReasoningRequest.unspecified();
    }

    private static ChatMessage message(Fields fields) {
        String role = fields.text("role", "");
        String content = fields.text("content", "");
        fields.refuse("images");
        List<Map<String, @Nullable Object>> calls = new ArrayList<>();
        int number = 0;
        for (Fields call : fields.objects("tool_calls", 128)) {
            Fields function = Orders.named(call, "messages");
            call.known("type");
            function.known("index", "description");
            calls.add(Orders.call(
                    call.text("id", "call" + number++), function.text("name", ""), function.value("arguments")));
        }
        return switch (role) {
            case "system" -> ChatMessage.system(content);
            case "user" -> ChatMessage.user(content);
            case "assistant" -> ChatMessage.calling(content, fields.text("thinking"), calls);
            case "tool" -> ChatMessage.tool(fields.text("tool_call_id", "call0"), fields.text("tool_name"), content);
            default ->
                throw HttpError.field(
                        "messages", "expected the role system, user, assistant or tool, found '" + role + "'");
        };
    }
}
