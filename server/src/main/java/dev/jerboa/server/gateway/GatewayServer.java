package dev.jerboa.server.gateway;

import dev.jerboa.gateway.config.AnalyticsConfig;
import dev.jerboa.gateway.config.RepliesConfig;
import dev.jerboa.gateway.dialect.Surface;
import dev.jerboa.gateway.node.Node;
import dev.jerboa.gateway.relay.Caller;
import dev.jerboa.gateway.share.Charts;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.server.market.Asker;
import dev.jerboa.server.market.Ledgers;
import dev.jerboa.server.market.Market;
import dev.jerboa.server.market.MarketOptions;
import dev.jerboa.server.observe.GatewayMetrics;
import dev.jerboa.server.observe.GatewayTraffic;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.time.InstantSource;

/** A gateway with its routes. Owns its node; thread-safe. */
public final class GatewayServer implements AutoCloseable {
    /** How long a look-up waits for the store. */
    private static final Duration SETTLING = Duration.ofSeconds(1);

    /** Where OpenRouter's clients ask. */
    private static final String OPENROUTER = "/api/v1/";

    private final Node node;
    private final Inference inference;
    private final ModelCatalog models;
    private final GatewayMetrics metrics;
    private final Market market;

    private GatewayServer(Node node, GatewayTraffic traffic) {
        this.node = node;
        this.inference = new Inference(
                node.gateway(),
                node.observer(),
                Math.toIntExact(node.config().limits().bodyBytes()),
                node.config().replies().streamUsage() == RepliesConfig.StreamUsage.ALWAYS,
                Room.of(node.config().limits().requests(), Runtime.getRuntime().maxMemory()));
        this.models = new ModelCatalog(node);
        this.metrics = new GatewayMetrics(traffic, node);
        this.market = market(node);
    }

    private static Market market(Node node) {
        AnalyticsConfig published = node.config().analytics();
        Ledgers ledgers = new Ledgers(
                new Charts(new JdbcLedger(node.database()), node.budgets().declared()),
                node.store(),
                node.rater(),
                node::catalog,
                node.keys(),
                node.budgets(),
                InstantSource.system(),
                () -> node.writer().flush(SETTLING));
        boolean keyed = node.config().keys().required();
        return new Market(
                request -> whoAsks(request, keyed),
                ledgers,
                new MarketOptions(
                        published.publishCatalogue(),
                        published.publishRankings(),
                        published.publishShares(),
                        published.publishCosts()));
    }

    /** Whom the filter has found: without keys, whoever is there is the owner. */
    private static Asker whoAsks(ServerRequest request, boolean keyed) {
        return request.context()
                .get(Caller.class)
                .flatMap(Caller::key)
                .map(Asker::of)
                .orElseGet(() -> keyed ? Asker.nobody() : Asker.owner());
    }

    /**
     * Opens a gateway.
     *
     * @throws dev.jerboa.gateway.GatewayException where something that its configuration says cannot be opened
     */
    public static GatewayServer open(GatewayOpening opening, LocalCaller local) {
        GatewayTraffic traffic = new GatewayTraffic();
        return new GatewayServer(
                Node.open(opening.config(), opening.secrets(), local, traffic, opening.sinks()), traffic);
    }

    /** Puts the gateway's filter and routes before others. */
    public void register(HttpRouting.Builder routing) {
        routing.addFilter(new KeyFilter(
                        node.keys(),
                        node.config().keys().required(),
                        market::isOpen,
                        node.observer(),
                        node.config().replies().openRouter() == RepliesConfig.OpenRouter.ALWAYS))
                .register(inference) // first, as routes are tried in their order
                .register(market) // before what has /v1/models/NAME
                .register(models);
    }

    /** Whose replies the client of a request expects: OpenRouter's below {@code /api/v1}, and where the configuration says so. */
    public static Surface surface(ServerRequest request) {
        return request.path().path().startsWith(OPENROUTER)
                ? Surface.OPENROUTER
                : request.context().get(Surface.class).orElse(Surface.OPENAI);
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
