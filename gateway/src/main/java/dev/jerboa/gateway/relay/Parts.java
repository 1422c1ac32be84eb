package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.config.RetryConfig;
import dev.jerboa.gateway.ledger.Ledger;
import dev.jerboa.gateway.route.Router;
import dev.jerboa.gateway.upstream.EndpointCaller;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What a gateway is made of.
 *
 * @param node what events call this process
 * @param router the present one: a new catalogue is a new router
 * @param remote asks endpoints elsewhere
 * @param local asks the engine in this process
 * @param total how long a request may take with all its attempts
 * @param categories what requests are about
 */
public record Parts(
        String node,
        Supplier<Router> router,
        EndpointCaller remote,
        EndpointCaller local,
        Ledger ledger,
        Admission admission,
        RetryConfig retry,
        Duration total,
        InstantSource clock,
        RelayObserver observer,
        Categories categories) {
    /** Parts of a gateway whose requests have no categories. */
    public Parts(
            String node,
            Supplier<Router> router,
            EndpointCaller remote,
            EndpointCaller local,
            Ledger ledger,
            Admission admission,
            RetryConfig retry,
            Duration total,
            InstantSource clock,
            RelayObserver observer) {
        this(node, router, remote, local, ledger, admission, retry, total, clock, observer, Categories.NONE);
    }
}
