package dev.jerboa.server.gateway;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.RefusalReason;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.relay.Caller;
import dev.jerboa.gateway.relay.Gateway;
import dev.jerboa.gateway.relay.Refusal;
import dev.jerboa.gateway.relay.RelayObserver;
import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.ClientGoneException;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.http.Routes;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The routes that ask models, of every dialect. Thread-safe. */
public final class Inference implements HttpService {
    /** What is taken for a body whose length is not said before it comes. */
    private static final long UNKNOWN_BYTES = 64 << 10;

    /** Nobody came for so long: whoever kept a connection from before has been told to leave it. */
    private static final long QUIET_NANOS = 500_000_000;

    private static final long MOST_LINGER_NANOS = 3_000_000_000L;
    private static final List<HeaderName> TOLD = List.of(
            HeaderNames.create(ClientRequest.ANTHROPIC_VERSION), HeaderNames.create(ClientRequest.ANTHROPIC_BETA));

    /** As some clients of OpenAI's ask. */
    private static final String SHORT_PATH = "/chat/completions";

    private final Gateway gateway;
    private final RelayObserver observer;
    private final int mostBytes;
    private final boolean usageAlways;
    private final Room room;
    private volatile boolean draining;
    private volatile long lastArrival = System.nanoTime() - QUIET_NANOS;

    /**
     * @param observer is told of what is refused here
     * @param mostBytes the longest body of a request
     * @param usageAlways whether streams tell their counts where clients do not say
     * @param room how much may be under way at once
     */
    Inference(Gateway gateway, RelayObserver observer, int mostBytes, boolean usageAlways, Room room) {
        this.gateway = gateway;
        this.observer = observer;
        this.mostBytes = mostBytes;
        this.usageAlways = usageAlways;
        this.room = room;
    }

    @Override
    public void routing(HttpRules rules) {
        Routes routes = new Routes(rules);
        for (ClientForm form : ClientForm.values()) {
            routes.post(form.path(), (request, response) -> serve(form, request, response));
            if (form.path().startsWith("/v1/")) { // where OpenRouter has it
                routes.post("/api" + form.path(), (request, response) -> serve(form, request, response));
            }
        }
        routes.post(SHORT_PATH, (request, response) -> serve(ClientForm.CHAT, request, response));
        routes.refuseOthers();
    }

    /** What clients speak that ask models at a path. */
    static Optional<ClientForm> form(String path) {
        return path.equals(SHORT_PATH) ? Optional.of(ClientForm.CHAT) : ClientForm.at(path);
    }

    private void serve(ClientForm form, ServerRequest request, ServerResponse response) {
        Caller caller = request.context().get(Caller.class).orElse(Caller.ANYBODY);
        if (caller.key().isPresent() && !caller.key().get().may(Scope.INFERENCE)) {
            throw refused(
                    form,
                    caller,
                    RefusalReason.SCOPE,
                    HttpError.of(
                            HttpError.Kind.FORBIDDEN, "the key is not for asking models: it has no scope inference"));
        }
        lastArrival = System.nanoTime();
        try (Room.Place place = enter(form, caller)) {
            if (draining) {
                throw refused(
                        form,
                        caller,
                        RefusalReason.STOPPING,
                        HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping"));
            }
            long said = Math.clamp(request.headers().contentLength().orElse(UNKNOWN_BYTES), 0, mostBytes);
            take(place, said, form, caller);
            Body.Whole body = Body.whole(request, mostBytes);
            take(place, Math.max(0, body.bytes().length - said), form, caller);
            Client client = new Client(request, response);
            Surface surface = GatewayServer.surface(request);
            ClientRequest asked = new ClientRequest(
                    form,
                    body.bytes(),
                    body.object(),
                    told(request),
                    usageAlways || surface == Surface.OPENROUTER,
                    surface);
            Optional<UsageEvent> event = gateway.serve(caller, asked, client);
            if (event.isPresent() && event.get().outcome().cancelCause().equals("client")) {
                throw new ClientGoneException("the client went away before its reply had ended");
            }
            client.finish();
        }
    }

    private Room.Place enter(ClientForm form, Caller caller) {
        try {
            return room.enter();
        } catch (HttpError full) {
            throw refused(form, caller, RefusalReason.FULL, full);
        }
    }

    private void take(Room.Place place, long bytes, ClientForm form, Caller caller) {
        try {
            place.take(bytes);
        } catch (HttpError full) {
            throw refused(form, caller, RefusalReason.FULL, full);
        }
    }

    /** Lets it be counted that a request is refused; gives the error back. */
    private HttpError refused(ClientForm form, Caller caller, RefusalReason reason, HttpError error) {
        observer.refused(new Refusal(form.text(), caller.keyId(), reason));
        return error;
    }

    /** What endpoints are told of the head of a request. */
    private static Map<String, String> told(ServerRequest request) {
        Map<String, String> told = new HashMap<>();
        for (HeaderName name : TOLD) {
            if (request.headers().contains(name)) {
                told.put(name.lowerCase(), String.join(",", request.headers().values(name)));
            }
        }
        return told;
    }

    /**
     * Takes no more requests, and waits until those under way have ended, but not longer than {@code most}; then a moment until nobody comes
     * any more, as a request that meets the end of its connection cannot know whether it was served.
     */
    public void drain(Duration most) {
        draining = true;
        long end = System.nanoTime() + most.toNanos();
        awaitWhile(end, () -> room.requests() > 0);
        awaitWhile(
                System.nanoTime() + MOST_LINGER_NANOS,
                () -> room.requests() > 0 || System.nanoTime() - lastArrival < QUIET_NANOS);
    }

    private static void awaitWhile(long end, BooleanSupplier busy) {
        while (busy.getAsBoolean() && System.nanoTime() - end < 0) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
