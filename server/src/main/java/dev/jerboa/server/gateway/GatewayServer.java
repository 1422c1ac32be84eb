package dev.jerboa.server.gateway;

import dev.jerboa.gateway.node.Node;
import dev.jerboa.server.observe.GatewayMetrics;
import dev.jerboa.server.observe.GatewayTraffic;
import io.helidon.webserver.http.HttpRouting;
import java.time.Duration;

/** A gateway with its routes. Owns its node; thread-safe. */
public final class GatewayServer implements AutoCloseable {
    private final Node node;
    private final Inference inference;
    private final ModelCatalog models;
    private final GatewayMetrics metrics;

    private GatewayServer(Node node, GatewayTraffic traffic) {
        this.node = node;
        this.inference = new Inference(
                node.gateway(), Math.toIntExact(node.config().limits().bodyBytes()));
        this.models = new ModelCatalog(node);
        this.metrics = new GatewayMetrics(traffic, node.router().health());
    }

    /**
     * Opens a gateway.
     *
     * @throws dev.jerboa.gateway.GatewayException where something that its configuration says cannot be opened
     */
    public static GatewayServer open(GatewayOpening opening, LocalCaller local) {
        GatewayTraffic traffic = new GatewayTraffic();
        return new GatewayServer(Node.open(opening.config(), opening.secrets(), local, traffic), traffic);
    }

    /** Puts the gateway's filter and routes before others. */
    public void register(HttpRouting.Builder routing) {
        routing.addFilter(new KeyFilter(node.keys(), node.config().keys().required(), path -> false))
                .register(inference)
                .register(models);
    }

    /** Its figures. */
    public GatewayMetrics metrics() {
        return metrics;
    }

    public Node node() {
        return node;
    }

    /** Takes no more requests, and waits until those under way have ended, but not longer than {@code most}. */
    public void drain(Duration most) {
        inference.drain(most);
    }

    @Override
    public void close() {
        node.close();
    }
}
