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
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** The routes that ask models, of every dialect. Thread-safe. */
public final class Inference implements HttpService {
    /** Nobody came for so long: whoever kept a connection from before has been told to leave it. */
    private static final long QUIET_NANOS = 500_000_000;

    private static final long MOST_LINGER_NANOS = 3_000_000_000L;

    private final Gateway gateway;
    private final int mostBytes;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean draining;
    private volatile long lastArrival = System.nanoTime() - QUIET_NANOS;

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
        lastArrival = System.nanoTime();
        try {
            if (draining) {
                throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
            }
            Body.Whole body = Body.whole(request, mostBytes);
            Client client = new Client(request, response);
            Optional<UsageEvent> event =
                    gateway.serve(caller, new ClientRequest(form, body.bytes(), body.object()), client);
            if (event.isPresent() && event.get().cancelCause().equals("client")) {
                throw new ClientGoneException("the client went away before its reply had ended");
            }
            client.finish();
        } finally {
            inFlight.decrementAndGet();
        }
    }

    /**
     * Takes no more requests, and waits until those under way have ended, but not longer than {@code most}; then a moment until nobody comes
     * any more, as a request that meets the end of its connection cannot know whether it was served.
     */
    public void drain(Duration most) {
        draining = true;
        long end = System.nanoTime() + most.toNanos();
        awaitWhile(end, () -> inFlight.get() > 0);
        awaitWhile(
                System.nanoTime() + MOST_LINGER_NANOS,
                () -> inFlight.get() > 0 || System.nanoTime() - lastArrival < QUIET_NANOS);
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
