package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.price.MachineClock;
import dev.jerboa.gateway.upstream.ReplySink;
import java.util.Optional;

/**
 * Serves requests: the door to this package. Thread-safe.
 *
 * <p>Where a client goes away, the endpoint is left at once, and what is known by then is billed: the endpoint's own counts where it has
 * told them (quality partial), otherwise estimates from the bytes of the prompt and of what was relayed (quality estimated).
 */
public final class Gateway {
    private final Parts parts;
    private final Ulids ulids = new Ulids();
    private final KeyRing keys = new KeyRing(System::nanoTime);
    private final RetryBudget retries = new RetryBudget();
    private final MachineClock machine = new MachineClock();

    public Gateway(Parts parts) {
        this.parts = parts;
    }

    /**
     * Serves a request to its end: its reply, or an error in its own form. When this returns, the request is in the ledger.
     *
     * @param sink where the reply goes; nothing has been sent. The last bytes have been given to it, but not flushed
     * @return what was recorded; empty where nobody was asked
     * @throws RuntimeException of the sink's, where the client is gone
     */
    public Optional<UsageEvent> serve(Caller caller, ClientRequest request, ReplySink sink) {
        retries.request();
        return new Request(this, caller, request, sink).serve();
    }

    Parts parts() {
        return parts;
    }

    Ulids ulids() {
        return ulids;
    }

    KeyRing keys() {
        return keys;
    }

    RetryBudget retries() {
        return retries;
    }

    MachineClock machine() {
        return machine;
    }
}
