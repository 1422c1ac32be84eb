package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.generate.AnswerForm;
import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.engine.schedule.Pick;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.reply.Orders;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.Serving;
import dev.jerboa.server.reply.Streaming;
import dev.jerboa.server.reply.WholeReply;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}: texts or tokens that are continued, or with a suffix filled in. Thread-safe. */
final class Completions {
    private static final int MOST_PROMPTS = 64;
    private static final int MOST_TOKENS = 1 << 20;
    private static final int USUAL_TOKENS = 16;
    private static final String OBJECT = "text_completion";

    private final ChatOrders orders;
    private final Serving serving;

    Completions(ChatOrders orders, Serving serving) {
        this.orders = orders;
        this.serving = serving;
    }

    void handle(ServerRequest request, ServerResponse response) {
        Fields body = serving.body(request);
        boolean stream = body.flag("stream", false);
        boolean usage = Chunks.tellsUsage(body);
        boolean echo = body.flag("echo", false);
        ReplyOrder order = order(body);
        Http.warn(response, order.warnings());
        String id = Http.id("cmpl-");
        if (!stream) {
            Http.json(response, whole(order, id, echo));
            return;
        }
        if (echo) {
            throw HttpError.field("echo", "is for answers that are not streamed");
        }
        Streaming.follow(serving.replies(), order, new Chunks(response, order, id, usage, new Texts(order)));
    }

    private ReplyOrder order(Fields body) {
        Models.Target target = serving.models().find(body.text("model"));
        LanguageModel model = target.served().model();
        int likeliest = body.whole("logprobs", 0, 20, Request.NO_LOG_PROBABILITIES);
        int samples = body.whole("n", 1, 8, 1);
        List<Prompt> prompts = prompts(body, model, body.text("suffix"));
        Ask common = orders.common(body, target, prompts.getFirst()).withLikeliest(likeliest);
        if (!body.has("max_tokens") && !body.has("max_completion_tokens")) {
            common = common.withMaxTokens(USUAL_TOKENS);
        }
        AnswerForm form = Forms.of(body);
        List<Ask> asks = new ArrayList<>();
        for (Prompt prompt : prompts) {
            asks.add(common.withPrompt(prompt).withConstraint(constraint(model, prompt, form)));
        }
        body.known("stream", "stream_options", "echo", "store", "metadata", "cache_prompt");
        body.refuse("best_of", "use_beam_search", "min_tokens", "prompt_logprobs");
        return ReplyOrder.of(target, asks, samples, Orders.warnings(prompts.getFirst(), body));
    }

    private static @Nullable Constraint constraint(LanguageModel model, Prompt prompt, AnswerForm form) {
        try {
            return model.constraint(prompt, new ToolChoice.None(), true, form);
        } catch (ConstraintException e) {
            throw HttpError.field("response_format", String.valueOf(e.getMessage()));
        }
    }

    private static List<Prompt> prompts(Fields body, LanguageModel model, @Nullable String suffix) {
        Object value = body.value("prompt");
        List<Prompt> prompts = new ArrayList<>();
        if (value instanceof String text) {
            prompts.add(suffix == null ? model.prompt(text) : fill(model, text, suffix));
        } else if (value instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof Long) {
            prompts.add(model.prompt(Tokens.ids("prompt", body.list("prompt", MOST_TOKENS), model)));
        } else {
            for (Object one : body.list("prompt", MOST_PROMPTS)) {
                if (one instanceof String text) {
                    prompts.add(suffix == null ? model.prompt(text) : fill(model, text, suffix));
                } else if (one instanceof List<?> ids) {
                    prompts.add(model.prompt(Tokens.ids("prompt", new ArrayList<>(ids), model)));
                } else {
                    throw HttpError.field("prompt", "expected texts or lists of token ids");
                }
            }
        }
        if (prompts.isEmpty()) {
            throw HttpError.field("prompt", "expected a text, a list of texts, or token ids");
        }
        for (Prompt prompt : prompts) {
            if (prompt.ids().length == 0) {
                throw HttpError.field("prompt", "has no tokens");
            }
        }
        return prompts;
    }

    private static Prompt fill(LanguageModel model, String before, String after) {
        return model.fill(before, after)
                .orElseThrow(() -> HttpError.field(
                        "suffix", "the model's tokenizer has no tokens to fill in with, so text cannot be filled in"));
    }

    private Map<String, @Nullable Object> whole(ReplyOrder order, String id, boolean echo) {
        Tokenizer tokenizer = order.target().served().model().tokenizer();
        List<Object> choices = new ArrayList<>();
        List<WholeReply> all = serving.replies().whole(order);
        for (int i = 0; i < all.size(); i++) {
            WholeReply reply = all.get(i);
            String before = echo ? tokenizer.decode(order.asks().get(i).prompt().ids(), false) : "";
            Map<String, @Nullable Object> choice = map("index", i, "text", before + reply.answer());
            choice.put(
                    "logprobs",
                    order.ask().likeliest() < 0 ? null : logprobs(reply.tokens(), tokenizer, before.length()));
            choice.put("finish_reason", Shapes.finishReason(reply.outcome(), false));
            choice.put("stop_reason", Shapes.stopReason(reply.outcome()));
            choices.add(choice);
        }
        Map<String, @Nullable Object> answer = Shapes.head(id, OBJECT, order, Http.now());
        answer.put("choices", choices);
        Shapes.count(answer, order, all.stream().map(WholeReply::outcome).toList());
        return answer;
    }

    /** The older shape of log-probabilities. */
    private static Map<String, @Nullable Object> logprobs(
            List<ReplyEvent.Token> tokens, Tokenizer tokenizer, int offset) {
        List<Object> texts = new ArrayList<>();
        List<Object> logs = new ArrayList<>();
        List<Object> tops = new ArrayList<>();
        List<Object> offsets = new ArrayList<>();
        int at = offset;
        for (ReplyEvent.Token token : tokens) {
            Pick pick = token.pick();
            texts.add(tokenizer.decode(new int[] {pick.id()}, true));
            logs.add(pick.logProbability());
            Map<String, @Nullable Object> top = new LinkedHashMap<>();
            for (int i = 0; i < pick.likeliest().length; i++) {
                top.putIfAbsent(
                        tokenizer.decode(new int[] {pick.likeliest()[i]}, true), pick.likeliestLogProbabilities()[i]);
            }
            tops.add(top);
            offsets.add(at);
            at += token.text().length();
        }
        return map("tokens", texts, "token_logprobs", logs, "top_logprobs", tops, "text_offset", offsets);
    }

    /** What is added to texts, piece by piece. */
    private static final class Texts implements Chunks.Form {
        private final Tokenizer tokenizer;
        /** Of each choice, the characters that have been told, with and without the last part. */
        private final int[] written;

        private final int[] before;

        Texts(ReplyOrder order) {
            this.tokenizer = order.target().served().model().tokenizer();
            this.written = new int[order.choices()];
            this.before = new int[order.choices()];
        }

        @Override
        public String object() {
            return OBJECT;
        }

        @Override
        public @Nullable Map<String, @Nullable Object> part(int choice, ReplyEvent event) {
            before[choice] = written[choice];
            return switch (event) {
                case ReplyEvent.Answer(String text) -> {
                    written[choice] += text.length();
                    yield map("text", text);
                }
                case ReplyEvent.Ended(Outcome outcome) -> {
                    Map<String, @Nullable Object> last = map("text", "");
                    Chunks.finish(last, outcome, false);
                    yield last;
                }
                case ReplyEvent.Token _,
                        ReplyEvent.Reasoning _,
                        ReplyEvent.CallStarted _,
                        ReplyEvent.CallArguments _,
                        ReplyEvent.Failed _ -> null;
            };
        }

        @Override
        public Object logprobs(int choice, List<ReplyEvent.Token> tokens) {
            return Completions.logprobs(tokens, tokenizer, before[choice]);
        }
    }
}
