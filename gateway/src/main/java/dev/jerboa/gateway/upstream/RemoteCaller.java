package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.config.ProxyConfig;
import dev.jerboa.gateway.dialect.ClientRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Asks endpoints over HTTP. Thread-safe. */
public final class RemoteCaller implements EndpointCaller, AutoCloseable {
    /** A secret's file is read again after so long, so that a key can be replaced while requests come. */
    private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private record Known(String secret, long at) {
        @Override
        public String toString() {
            return "a secret";
        }
    }

    private final Timeouts timeouts;
    private final UnaryOperator<String> secrets;
    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final Proxies proxies;
    private final Wires wires;
    private final UnderWay underWay;

    /** @param secrets the secret behind a reference; throws {@link dev.jerboa.gateway.GatewayException} where there is none */
    public RemoteCaller(Timeouts timeouts, UnaryOperator<String> secrets) {
        this(timeouts, secrets, ProxyConfig.NONE);
    }

    /**
     * With proxies between.
     *
     * @param secrets the secret behind a reference; throws {@link dev.jerboa.gateway.GatewayException} where there is none
     */
    public RemoteCaller(Timeouts timeouts, UnaryOperator<String> secrets, ProxyConfig proxies) {
        this.timeouts = timeouts;
        this.secrets = secrets;
        this.proxies = new Proxies(proxies, secrets);
        this.wires = new Wires(this.proxies);
        this.underWay = new UnderWay(timeouts);
    }

    @Override
    public CallResult call(
            ClientRequest request, String id, Endpoint endpoint, Provider provider, int key, ReplySink sink) {
        return new Call(this, request, id, endpoint, provider, key, sink).run();
    }

    Timeouts timeouts() {
        return timeouts;
    }

    /** One of a provider's keys; empty where it has none. */
    String secret(Provider provider, int key) {
        int count = provider.secrets().size();
        if (count == 0) {
            return "";
        }
        String reference = provider.secrets().get(key % count);
        Known before = known.get(reference);
        if (before != null && System.nanoTime() - before.at() < KNOWN_NANOS) {
            return before.secret();
        }
        String secret = secrets.apply(reference);
        known.put(reference, new Known(secret, System.nanoTime()));
        return secret;
    }

    /** Where connections to a provider go. */
    Origin origin(Provider provider, URI base) {
        return proxies.origin(provider, base);
    }

    /** A connection that has rested, or null. */
    @Nullable
    Wire resting(Origin origin) {
        return wires.resting(origin);
    }

    /** A new connection. */
    Wire connect(Origin origin) throws IOException {
        return wires.connect(origin, timeouts.connect());
    }

    /** Takes a connection back. */
    void give(Origin origin, Wire wire) {
        wires.give(origin, wire);
    }

    /** The calls under way. */
    UnderWay underWay() {
        return underWay;
    }

    @Override
    public void close() {
        underWay.close();
        wires.close();
    }
}
