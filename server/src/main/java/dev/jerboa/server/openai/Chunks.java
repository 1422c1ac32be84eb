package dev.jerboa.server.openai;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.server.http.EventStream;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.reply.ReplyEvent;
import dev.jerboa.server.reply.ReplyOrder;
import dev.jerboa.server.reply.Streaming;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A stream of chunks, as chat completions and completions have them: each says something of one choice. One thread. */
final class Chunks implements Streaming.Dialect {
    /** What chunks say. */
    interface Form {
        /** The kind of object that a chunk is. */
        String object();

        /** What an event says of its choice, but for its log-probabilities; null for nothing. */
        @Nullable
        Map<String, @Nullable Object> part(int choice, ReplyEvent event);

        /** The log-probabilities of the tokens of the last part. */
        Object logprobs(int choice, List<ReplyEvent.Token> tokens);
    }

    private final ServerResponse response;
    private final ReplyOrder order;
    private final String id;
    private final boolean usage;
    private final Form form;
    private final long created = Http.now();
    /** Of each choice, the tokens that have not been told. */
    private final List<List<ReplyEvent.Token>> tokens = new ArrayList<>();

    /** @param usage whether a last chunk tells the counts, as {@link #tellsUsage} has it */
    Chunks(ServerResponse response, ReplyOrder order, String id, boolean usage, Form form) {
        this.response = response;
        this.order = order;
        this.id = id;
        this.usage = usage;
        this.form = form;
        for (int i = 0; i < order.choices(); i++) {
            tokens.add(new ArrayList<>());
        }
    }

    /** Whether a request wants the counts in its stream. */
    static boolean tellsUsage(Fields body) {
        Fields options = body.object("stream_options");
        if (options == null) {
            return false;
        }
        options.known("include_obfuscation", "continuous_usage_stats");
        return options.flag("include_usage", false);
    }

    @Override
    public EventStream open() {
        return EventStream.events(response);
    }

    @Override
    public void error(EventStream out, RuntimeException error) {
        Map<String, @Nullable Object> last = head();
        last.put("error", Errors.body(error));
        last.put("choices", List.of(map("index", 0, "delta", map("content", ""), "finish_reason", "error")));
        out.data(last);
    }

    @Override
    public void piece(EventStream out, int choice, ReplyEvent event) {
        if (event instanceof ReplyEvent.Token token) {
            tokens.get(choice).add(token);
            return;
        }
        Map<String, @Nullable Object> part = form.part(choice, event);
        if (part == null) {
            return;
        }
        Map<String, @Nullable Object> one = map("index", choice);
        one.putAll(part);
        one.put("logprobs", order.ask().likeliest() < 0 ? null : form.logprobs(choice, tokens.get(choice)));
        one.putIfAbsent("finish_reason", null);
        tokens.get(choice).clear();
        Map<String, @Nullable Object> chunk = head();
        chunk.put("choices", List.of(one));
        if (usage) {
            chunk.put("usage", null);
        }
        out.data(chunk);
    }

    @Override
    public void end(EventStream out, List<Outcome> outcomes) {
        if (usage) {
            Map<String, @Nullable Object> last = head();
            last.put("choices", List.of());
            Shapes.count(last, order, outcomes);
            out.data(last);
        }
        out.done();
    }

    private Map<String, @Nullable Object> head() {
        return Shapes.head(id, form.object(), order, created);
    }

    /** How a choice ended, for {@link Form#part}. */
    static void finish(Map<String, @Nullable Object> part, Outcome outcome, boolean calls) {
        part.put("finish_reason", Shapes.finishReason(outcome, calls));
        Object stop = Shapes.stopReason(outcome);
        if (stop != null) {
            part.put("stop_reason", stop);
        }
    }
}
