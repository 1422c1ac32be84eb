package dev.jerboa.server.gateway;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.relay.Caller;
import dev.jerboa.gateway.relay.Gateway;
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
import java.util.concurrent.atomic.AtomicInteger;

/** The routes that ask models, of every dialect. Thread-safe. */
public final class Inference implements HttpService {
    private static final List<HeaderName> TOLD = List.of(
            HeaderNames.create(ClientRequest.ANTHROPIC_VERSION), HeaderNames.create(ClientRequest.ANTHROPIC_BETA));

    private final Gateway gateway;
    private final int mostBytes;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean draining;

    /** @param mostBytes the longest body of a request */
    public Inference(Gateway gateway, int mostBytes) {
        this.gateway = gateway;
        this.mostBytes = mostBytes;
    }

    @Override
    public void routing(HttpRules rules) {
        Routes routes = new Routes(rules);
        for (ClientForm form : ClientForm.values()) {
            routes.post(form.path(), (request, response) -> serve(form, request, response));
        }
        routes.post("/chat/completions", (request, response) -> serve(ClientForm.CHAT, request, response));
        routes.refuseOthers();
    }

    private void serve(ClientForm form, ServerRequest request, ServerResponse response) {
        Caller caller = request.context().get(Caller.class).orElse(Caller.ANYBODY);
        if (caller.key().isPresent() && !caller.key().get().may(Scope.INFERENCE)) {
            throw HttpError.of(HttpError.Kind.FORBIDDEN, "the key is not for asking models: it has no scope inference");
        }
        inFlight.incrementAndGet();
        try {
            if (draining) {
                throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
            }
            Body.Whole body = Body.whole(request, mostBytes);
            Client client = new Client(request, response);
            Optional<UsageEvent> event =
                    gateway.serve(caller, new ClientRequest(form, body.bytes(), body.object(), told(request)), client);
            if (event.isPresent() && event.get().cancelCause().equals("client")) {
                throw new ClientGoneException("the client went away before its reply had ended");
            }
            client.finish();
        } finally {
            inFlight.decrementAndGet();
        }
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

    /** Takes no more requests, and waits until those under way have ended, but not longer than {@code most}. */
    public void drain(Duration most) {
        draining = true;
        long end = System.nanoTime() + most.toNanos();
        while (inFlight.get() > 0 && System.nanoTime() < end) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
