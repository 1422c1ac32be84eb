package dev.jerboa.server.gateway;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.dialect.Answerer;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.translation.Passage;
import dev.jerboa.gateway.dialect.translation.Translation;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.upstream.CallResult;
import dev.jerboa.gateway.upstream.EndpointCaller;
import dev.jerboa.gateway.upstream.Estimates;
import dev.jerboa.gateway.upstream.FailureKind;
import dev.jerboa.gateway.upstream.ReplySink;
import dev.jerboa.gateway.upstream.Tail;
import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.ClientGoneException;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.Handler;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Asks the engine in this process, by the handlers that serve it without a gateway too. Thread-safe. */
public final class LocalCaller implements EndpointCaller {
    /** Fields of a request that are for the gateway. */
    private static final String[] OURS = {"models", "provider", "route", "transforms", "plugins", "preset", "usage"};

    private final Map<String, Handler> handlers;

    /** @param handlers by the paths of clients' forms */
    public LocalCaller(Map<String, Handler> handlers) {
        this.handlers = Map.copyOf(handlers);
    }

    @Override
    public CallResult call(
            ClientRequest request, String id, Endpoint endpoint, Provider provider, int key, ReplySink sink) {
        LocalReply reply = new LocalReply();
        Handler handler = handlers.get(request.form().path());
        if (handler == null || !(sink instanceof Client client) || sink.isOpen()) {
            return refused(
                    endpoint, reply, FailureKind.NOT_HERE, 0, "refused", "this machine cannot go on with the reply");
        }
        client.request().context().register(new Body.Given(body(request, endpoint)));
        client.response().header("X-Generation-Id", id);
        Passage passage = Translation.of(request.form(), WireDialect.LOCAL)
                .orElseThrow()
                .passage(request, new Answerer(id, endpoint.model(), provider.name()));
        HeldStream[] stream = new HeldStream[1];
        boolean[] refused = new boolean[1];
        client.response().streamFilter(below -> {
            if (refused[0]) { // what is sent now is somebody else's, and ends as it always does
                return below;
            }
            stream[0] = new HeldStream(below, passage, () -> !request.stream() || reply.hasEnded());
            return stream[0];
        });
        try {
            ScopedValue.where(LocalReply.CURRENT, reply).call(() -> {
                handler.handle(client.request(), client.response());
                return true;
            });
        } catch (ClientGoneException e) {
            return ended(request, endpoint, reply, FailureKind.CLIENT_GONE, stream[0]);
        } catch (HttpError e) {
            refused[0] = true;
            return refused(endpoint, reply, e);
        } catch (Exception e) {
            throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
        }
        if (stream[0] != null) {
            client.begunBy(stream[0].below());
        }
        return ended(request, endpoint, reply, FailureKind.NONE, stream[0]);
    }

    private static Map<String, @Nullable Object> body(ClientRequest request, Endpoint endpoint) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>(request.body());
        for (String name : OURS) {
            body.remove(name);
        }
        body.put("model", endpoint.upstreamName());
        if (request.stream() && request.tellsUsage() && request.form().dialect() == WireDialect.OPENAI) {
            Map<Object, @Nullable Object> options = new LinkedHashMap<>();
            if (body.get("stream_options") instanceof Map<?, ?> given) {
                options.putAll(given);
            }
            options.put("include_usage", true);
            body.put("stream_options", options);
        }
        return body;
    }

    private static CallResult refused(Endpoint endpoint, LocalReply reply, HttpError error) {
        String message = error.message();
        int status = error.kind().status();
        return switch (error.kind()) {
            case NO_MODEL, PROMPT_TOO_LONG, NOT_IMPLEMENTED ->
                refused(endpoint, reply, FailureKind.NOT_HERE, status, "refused", message);
            case OVERLOADED, INTERNAL, CONFLICT ->
                refused(endpoint, reply, FailureKind.SERVER, status, "server_error", message);
            case TIMEOUT -> refused(endpoint, reply, FailureKind.SERVER, status, "timeout", message);
            case BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, TOO_LARGE ->
                refused(endpoint, reply, FailureKind.INVALID, status, "invalid", message);
        };
    }

    private static CallResult refused(
            Endpoint endpoint, LocalReply reply, FailureKind kind, int status, String outcome, String message) {
        return CallResult.refused(
                new Attempt(endpoint.id(), status, outcome, reply.elapsedMillis(), false),
                CallResult.Ending.of(kind, status, message));
    }

    private static CallResult ended(
            ClientRequest request, Endpoint endpoint, LocalReply reply, FailureKind kind, @Nullable HeldStream stream) {
        boolean whole = kind == FailureKind.NONE;
        if (stream != null) {
            stream.end();
        }
        Optional<Usage> told = reply.usage();
        if (told.isEmpty() && whole && stream != null) {
            told = stream.usage(); // of vectors, which no order of replies stands behind
        }
        Usage usage =
                told.orElseGet(() -> Usage.of(Estimates.promptTokens(request), Estimates.tokens(reply.textBytes())));
        Quality quality = told.isEmpty() ? Quality.ESTIMATED : whole ? Quality.PROVIDER : Quality.PARTIAL;
        return new CallResult(
                new Attempt(endpoint.id(), 200, whole ? "ok" : "client_gone", reply.elapsedMillis(), true),
                CallResult.Ending.of(kind, 200, ""),
                UsageEvent.Used.of(usage, quality),
                OptionalLong.empty(),
                new CallResult.Reply(
                        whole ? reply.finish() : "cancelled",
                        whole ? reply.finish() : "",
                        reply.toolCalls(),
                        reply.textBytes(),
                        reply.firstTokenMicros()),
                whole && stream != null ? stream::tail : Tail.NONE);
    }
}
