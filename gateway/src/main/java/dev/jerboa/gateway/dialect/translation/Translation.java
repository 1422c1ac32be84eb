package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.Ending;
import dev.jerboa.gateway.dialect.EndpointError;
import dev.jerboa.gateway.dialect.EndpointRequest;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.dialect.ReplyPiece;
import dev.jerboa.gateway.dialect.ReplyReader;
import dev.jerboa.gateway.dialect.ReplyWriter;
import dev.jerboa.gateway.dialect.RequestOptions;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.dialect.UntranslatableException;
import dev.jerboa.gateway.dialect.anthropic.MessagesReplyReader;
import dev.jerboa.gateway.dialect.anthropic.MessagesReplyWriter;
import dev.jerboa.gateway.dialect.anthropic.MessagesRequestReader;
import dev.jerboa.gateway.dialect.anthropic.MessagesRequestWriter;
import dev.jerboa.gateway.dialect.anthropic.MessagesTap;
import dev.jerboa.gateway.dialect.chat.ChatErrors;
import dev.jerboa.gateway.dialect.chat.ChatReplyReader;
import dev.jerboa.gateway.dialect.chat.ChatReplyWriter;
import dev.jerboa.gateway.dialect.chat.ChatRequestReader;
import dev.jerboa.gateway.dialect.chat.ChatRequestWriter;
import dev.jerboa.gateway.dialect.chat.ChatTap;
import dev.jerboa.gateway.dialect.conversation.Conversation;
import dev.jerboa.gateway.dialect.conversation.Request;
import dev.jerboa.gateway.dialect.embedding.EmbeddingReader;
import dev.jerboa.gateway.dialect.embedding.EmbeddingRequests;
import dev.jerboa.gateway.dialect.embedding.EmbeddingWriter;
import dev.jerboa.gateway.dialect.ollama.OllamaReplyReader;
import dev.jerboa.gateway.dialect.ollama.OllamaReplyWriter;
import dev.jerboa.gateway.dialect.ollama.OllamaRequestReader;
import dev.jerboa.gateway.dialect.ollama.OllamaRequestWriter;
import dev.jerboa.gateway.dialect.ollama.OllamaTap;
import dev.jerboa.gateway.dialect.reply.BodyReader;
import dev.jerboa.gateway.dialect.reply.ErrorReader;
import dev.jerboa.gateway.dialect.reply.EventReader;
import dev.jerboa.gateway.dialect.reply.ReplyHead;
import dev.jerboa.gateway.dialect.reply.Tap;
import dev.jerboa.gateway.dialect.responses.ResponsesReplyReader;
import dev.jerboa.gateway.dialect.responses.ResponsesReplyWriter;
import dev.jerboa.gateway.dialect.responses.ResponsesRequestReader;
import dev.jerboa.gateway.dialect.responses.ResponsesRequestWriter;
import dev.jerboa.gateway.dialect.responses.ResponsesTap;
import dev.jerboa.gateway.dialect.wire.Out;
import dev.jerboa.gateway.dialect.wire.Tree;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** How requests of a client's form are put to endpoints of a dialect, and replies back. Thread-safe. */
public final class Translation {
    private final ClientForm from;
    private final WireDialect to;

    private Translation(ClientForm from, WireDialect to) {
        this.from = from;
        this.to = to;
    }

    /** The translation between two; empty where there is none, and {@link #refusal} says why. */
    public static Optional<Translation> of(ClientForm from, WireDialect to) {
        return refusal(from, to).isEmpty() ? Optional.of(new Translation(from, to)) : Optional.empty();
    }

    /** Why a form cannot be put to endpoints of a dialect, in words for the client; empty where it can. */
    public static String refusal(ClientForm from, WireDialect to) {
        if (to == WireDialect.LOCAL || to == from.dialect()) {
            return "";
        }
        return switch (from) {
            case CHAT, RESPONSES, MESSAGES, OLLAMA_CHAT, OLLAMA_GENERATE -> "";
            case COMPLETIONS ->
                "completions of a text can be put to endpoints of OpenAI's dialect only; the model's is of the dialect "
                        + to.text() + ": send a chat";
            case EMBEDDINGS, OLLAMA_EMBED ->
                to == WireDialect.OPENAI || to == WireDialect.OLLAMA
                        ? ""
                        : "embeddings can be had from endpoints of OpenAI's dialect and of Ollama's; the model's is of the dialect "
                                + to.text();
        };
    }

    /** Whether bytes go through as they are: the reply then goes through {@link #passage}, otherwise by {@link #reader} and {@link #writer}. */
    public boolean isPassthrough() {
        return to == WireDialect.LOCAL || to == from.dialect();
    }

    /**
     * What the endpoint is sent. In the same dialect these are the client's bytes, with the fields that must change changed in place.
     *
     * @throws UntranslatableException where the dialect cannot express it: ask another endpoint
     * @throws dev.jerboa.gateway.dialect.MalformedRequestException where the request is not one of its form
     */
    public EndpointRequest request(ClientRequest request, RequestOptions options) {
        if (isPassthrough()) {
            return Passthrough.request(request, options);
        }
        Map<String, ? extends @Nullable Object> body = request.body();
        if (from == ClientForm.EMBEDDINGS || from == ClientForm.OLLAMA_EMBED) {
            boolean ollama = to == WireDialect.OLLAMA;
            Request written =
                    ollama ? EmbeddingRequests.toOllama(body, options) : EmbeddingRequests.toOpenAi(body, options);
            return sent(ollama ? ClientForm.OLLAMA_EMBED : ClientForm.EMBEDDINGS, written);
        }
        Conversation talk = read(body);
        return switch (to) {
            case OPENAI -> sent(ClientForm.CHAT, ChatRequestWriter.write(talk, options));
            case RESPONSES -> sent(ClientForm.RESPONSES, ResponsesRequestWriter.write(talk, options));
            case ANTHROPIC -> sent(ClientForm.MESSAGES, MessagesRequestWriter.write(talk, options));
            case OLLAMA -> sent(ClientForm.OLLAMA_CHAT, OllamaRequestWriter.write(talk, options));
            case LOCAL -> throw new IllegalStateException("the local engine takes requests as they are");
        };
    }

    private static EndpointRequest sent(ClientForm form, Request request) {
        return new EndpointRequest(form.path(), Out.json(request.body()), request.warnings());
    }

    private Conversation read(Map<String, ? extends @Nullable Object> body) {
        return switch (from) {
            case CHAT -> ChatRequestReader.read(body);
            case RESPONSES -> ResponsesRequestReader.read(body);
            case MESSAGES -> MessagesRequestReader.read(body);
            case OLLAMA_CHAT -> OllamaRequestReader.chat(body);
            case OLLAMA_GENERATE -> OllamaRequestReader.generate(body);
            case COMPLETIONS, EMBEDDINGS, OLLAMA_EMBED -> throw new IllegalStateException(from + " is no conversation");
        };
    }

    /** A reader of the reply to a request. */
    public ReplyReader reader(ClientRequest request) {
        return new BodyReader(eventReader(), to == WireDialect.OLLAMA, request.stream());
    }

    private EventReader eventReader() {
        boolean vectors = from == ClientForm.EMBEDDINGS || from == ClientForm.OLLAMA_EMBED;
        WireDialect dialect = to == WireDialect.LOCAL ? from.dialect() : to;
        return switch (dialect) {
            case OPENAI -> vectors ? new EmbeddingReader(false) : new ChatReplyReader();
            case RESPONSES -> new ResponsesReplyReader();
            case ANTHROPIC -> new MessagesReplyReader();
            case OLLAMA -> vectors ? new EmbeddingReader(true) : new OllamaReplyReader();
            case LOCAL -> throw new IllegalStateException("clients do not speak " + dialect);
        };
    }

    /**
     * A writer of the reply to a request.
     *
     * @param answerer who the client is told has answered
     */
    public ReplyWriter writer(ClientRequest request, Answerer answerer) {
        Map<String, ? extends @Nullable Object> body = request.body();
        ReplyHead head = head(request, answerer);
        return switch (from) {
            case CHAT -> new ChatReplyWriter(head, true);
            case COMPLETIONS -> new ChatReplyWriter(head, false);
            case RESPONSES -> new ResponsesReplyWriter(head, body);
            case MESSAGES -> new MessagesReplyWriter(head);
            case OLLAMA_CHAT -> new OllamaReplyWriter(head, true);
            case OLLAMA_GENERATE -> new OllamaReplyWriter(head, false);
            case EMBEDDINGS -> new EmbeddingWriter(head, false, "base64".equals(body.get("encoding_format")));
            case OLLAMA_EMBED -> new EmbeddingWriter(head, true, false);
        };
    }

    private ReplyHead head(ClientRequest request, Answerer answerer) {
        return new ReplyHead(
                request.stream(),
                answerer,
                Instant.now().getEpochSecond(),
                request.tellsUsage(),
                isHidden(request.body()),
                request.surface());
    }

    private boolean isHidden(Map<String, ? extends @Nullable Object> body) {
        return switch (from) {
            case CHAT ->
                Boolean.TRUE.equals(Tree.object(body, "reasoning").get("exclude"))
                        || Boolean.FALSE.equals(body.get("include_reasoning"));
            case MESSAGES -> "omitted".equals(Tree.object(body, "thinking").get("display"));
            case COMPLETIONS, EMBEDDINGS, RESPONSES, OLLAMA_CHAT, OLLAMA_GENERATE, OLLAMA_EMBED -> false;
        };
    }

    /** A way through for the reply to a request, where {@link #isPassthrough}; it leaves the model's name as it is. */
    public Passage passage(ClientRequest request) {
        return passage(request, Optional.empty(), HeadSplice.ofNothing());
    }

    /**
     * A way through for the reply to a request, where {@link #isPassthrough}.
     *
     * @param answerer who the client is told has answered
     */
    public Passage passage(ClientRequest request, Answerer answerer) {
        boolean openRouter = request.surface() == Surface.OPENROUTER && from.dialect() == WireDialect.OPENAI;
        return passage(
                request,
                Optional.of(answerer),
                openRouter ? HeadSplice.ofAll(answerer) : HeadSplice.ofModel(answerer.model()));
    }

    private Passage passage(ClientRequest request, Optional<Answerer> answerer, HeadSplice head) {
        boolean lines = from.dialect() == WireDialect.OLLAMA;
        boolean openAi = from.dialect() == WireDialect.OPENAI || from.dialect() == WireDialect.RESPONSES;
        boolean told = from.dialect() != WireDialect.OPENAI || !request.stream() || request.tellsUsage();
        boolean toldAgain = (from == ClientForm.CHAT || from == ClientForm.COMPLETIONS) && request.stream() && told;
        return new Passage(new Passage.Plan(
                tap(),
                eventReader(),
                lines,
                request.stream(),
                told,
                openAi,
                answerer.filter(_ -> toldAgain).map(by -> counts(request, by)),
                head));
    }

    /** Of a reply with the id of who answers, or the endpoint's own where its bytes have that. */
    private Passage.CountsWriter counts(ClientRequest request, Answerer answerer) {
        return (tally, usage, cost) -> {
            boolean theirs =
                    request.surface() != Surface.OPENROUTER && !tally.id().isEmpty();
            Answerer by = theirs ? new Answerer(tally.id(), answerer.model(), answerer.provider()) : answerer;
            ChatReplyWriter writer = new ChatReplyWriter(head(request, by), from == ClientForm.CHAT);
            OptionalLong upstream = tally.costNanos();
            writer.piece(
                    new ReplyPiece.Used(usage, upstream.isEmpty() ? null : upstream.getAsLong(), tally.service()),
                    (_, _, _) -> {});
            return writer.counts(
                    usage,
                    new Ending(Optional.of(usage), cost, 0, 0, tally.service().tier()));
        };
    }

    private Tap tap() {
        return switch (from) {
            case CHAT, COMPLETIONS, EMBEDDINGS -> new ChatTap();
            case RESPONSES -> new ResponsesTap();
            case MESSAGES -> new MessagesTap();
            case OLLAMA_CHAT, OLLAMA_GENERATE, OLLAMA_EMBED -> new OllamaTap();
        };
    }

    /** Reads the body of an answer that is not a reply; whatever it is, there is a message. */
    public static EndpointError error(int status, byte[] body) {
        return ErrorReader.read(status, body);
    }

    /** The body of an error in a form's own shape, for a request that has no reply; the type of the body is {@code application/json}. */
    public static byte[] errorBody(ClientForm form, ReplyError error, Surface surface) {
        return Out.json(
                switch (form.dialect()) {
                    case ANTHROPIC -> MessagesReplyWriter.errorBody(error.kind(), error.message());
                    case OLLAMA -> OllamaReplyWriter.errorBody(error.message());
                    case OPENAI, RESPONSES, LOCAL -> ChatErrors.body(error, surface);
                });
    }
}
