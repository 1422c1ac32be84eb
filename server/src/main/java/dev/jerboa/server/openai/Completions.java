package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.engine.schedule.Pick;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.EventStream;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.reply.Replies;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.ReplyWriter;
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

    private final Models models;
    private final ChatOrders orders;
    private final Replies replies;
    private final int mostBytes;

    Completions(Models models, ChatOrders orders, Replies replies, int mostBytes) {
        this.models = models;
        this.orders = orders;
        this.replies = replies;
        this.mostBytes = mostBytes;
    }

    void handle(ServerRequest request, ServerResponse response) {
        Fields body = Body.fields(request, mostBytes);
        boolean stream = body.flag("stream", false);
        Fields streamOptions = body.object("stream_options");
        boolean usage = streamOptions != null && streamOptions.flag("include_usage", false);
        boolean echo = body.flag("echo", false);
        List<ReplyOrder> all = orders(body);
        Http.warn(response, all.getFirst().warnings());
        String id = Http.id("cmpl-");
        if (!stream) {
            Http.json(response, whole(all, id, echo));
            return;
        }
        if (all.size() > 1 || echo) {
            throw HttpError.field("stream", "is for one prompt without echo");
        }
        new Writer(response, all.getFirst(), id, usage).follow();
    }

    private List<ReplyOrder> orders(Fields body) {
        Models.Target target = models.find(body.text("model"));
        LanguageModel model = target.served().model();
        int likeliest = body.whole("logprobs", 0, 20, Request.NO_LOG_PROBABILITIES);
        int choices = body.whole("n", 1, 8, 1);
        String suffix = body.text("suffix");
        List<ReplyOrder> all = new ArrayList<>();
        for (Prompt prompt : prompts(body, model, suffix)) {
            Ask ask = orders.common(body, target, prompt).withLikeliest(likeliest);
            if (!body.has("max_tokens") && !body.has("max_completion_tokens")) {
                ask = ask.withMaxTokens(USUAL_TOKENS);
            }
            try {
                ask = ask.withConstraint(model.constraint(prompt, new ToolChoice.None(), true, Forms.of(body)));
            } catch (ConstraintException e) {
                throw HttpError.field("response_format", String.valueOf(e.getMessage()));
            }
            body.known("stream", "stream_options", "echo", "store", "metadata", "cache_prompt");
            body.refuse("best_of", "use_beam_search", "min_tokens", "prompt_logprobs");
            List<String> warnings = new ArrayList<>();
            body.unread().forEach(name -> warnings.add("the field " + name + " is not known and was ignored"));
            all.add(new ReplyOrder(target, ask, choices, warnings));
        }
        return all;
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

    private Map<String, @Nullable Object> whole(List<ReplyOrder> all, String id, boolean echo) {
        List<Object> choices = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        int prompts = 0;
        for (ReplyOrder order : all) {
            Tokenizer tokenizer = order.target().served().model().tokenizer();
            String before = echo ? tokenizer.decode(order.ask().prompt().ids(), false) : "";
            List<WholeReply> replies1 = replies.whole(order);
            for (WholeReply reply : replies1) {
                Map<String, @Nullable Object> choice = map("index", choices.size(), "text", before + reply.answer());
                choice.put(
                        "logprobs",
                        order.ask().likeliest() < 0 ? null : logprobs(reply.tokens(), tokenizer, before.length()));
                choice.put("finish_reason", Shapes.finishReason(reply.outcome(), false));
                choice.put("stop_reason", Shapes.stopReason(reply.outcome()));
                choices.add(choice);
                outcomes.add(reply.outcome());
            }
            prompts += replies1.getFirst().outcome().tokens().prompt();
        }
        Map<String, @Nullable Object> usage = Shapes.usage(outcomes);
        usage.put("prompt_tokens", prompts);
        usage.put("total_tokens", prompts + (Integer) java.util.Objects.requireNonNull(usage.get("completion_tokens")));
        return map(
                "id",
                id,
                "object",
                "text_completion",
                "created",
                Http.now(),
                "model",
                all.getFirst().target().name(),
                "choices",
                choices,
                "usage",
                usage);
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

    private final class Writer implements ReplyWriter {
        private final ServerResponse response;
        private final ReplyOrder order;
        private final String id;
        private final boolean usage;
        private final long created = Http.now();
        private final List<ReplyEvent.Token> tokens = new ArrayList<>();
        private @Nullable EventStream out;
        private int written;

        Writer(ServerResponse response, ReplyOrder order, String id, boolean usage) {
            this.response = response;
            this.order = order;
            this.id = id;
            this.usage = usage;
        }

        void follow() {
            List<Outcome> outcomes;
            try {
                outcomes = replies.follow(order, this);
            } catch (RuntimeException e) {
                if (out == null) {
                    throw e;
                }
                out.data(map("error", Errors.body(e)));
                out.flush();
                out.close();
                return;
            }
            EventStream stream = stream();
            if (usage) {
                Map<String, @Nullable Object> last = chunk(List.of());
                last.put("usage", Shapes.usage(outcomes));
                stream.data(last);
            }
            stream.done();
            stream.flush();
            stream.close();
        }

        private EventStream stream() {
            if (out == null) {
                out = EventStream.events(response);
            }
            return out;
        }

        private Map<String, @Nullable Object> chunk(List<Object> choices) {
            return map(
                    "id",
                    id,
                    "object",
                    "text_completion",
                    "created",
                    created,
                    "model",
                    order.target().name(),
                    "choices",
                    choices);
        }

        private void send(int choice, String text, @Nullable String reason, @Nullable Object stop) {
            Tokenizer tokenizer = order.target().served().model().tokenizer();
            Map<String, @Nullable Object> one = map("index", choice, "text", text);
            one.put("logprobs", order.ask().likeliest() < 0 ? null : logprobs(tokens, tokenizer, written));
            tokens.clear();
            written += text.length();
            one.put("finish_reason", reason);
            if (stop != null) {
                one.put("stop_reason", stop);
            }
            stream().data(chunk(List.of(one)));
        }

        @Override
        public void piece(int choice, ReplyEvent event) {
            switch (event) {
                case ReplyEvent.Token token -> tokens.add(token);
                case ReplyEvent.Answer(String text) -> send(choice, text, null, null);
                case ReplyEvent.Ended(Outcome outcome) ->
                    send(choice, "", Shapes.finishReason(outcome, false), Shapes.stopReason(outcome));
                case ReplyEvent.Failed(RuntimeException cause) -> throw cause;
                case ReplyEvent.Reasoning _, ReplyEvent.CallStarted _, ReplyEvent.CallArguments _ -> {}
            }
        }

        @Override
        public void flush() {
            stream().flush();
        }

        @Override
        public void quiet() {
            stream().keepAlive();
        }
    }
}
