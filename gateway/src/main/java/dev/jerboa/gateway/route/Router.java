package dev.jerboa.gateway.route;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.config.RouteConfig;
import dev.jerboa.gateway.config.RouteOrder;
import dev.jerboa.gateway.config.RoutingConfig;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.money.Rates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * Chooses whom a request is put to, as OpenRouter documents its own choice: names in order, and of a name's endpoints, unless the client
 * or the operator orders them, those first that have not failed of late, by chance in proportion to the inverse square of their price.
 * Immutable but for what it learns in {@link Health} and from {@link #answered}; thread-safe.
 */
public final class Router {
    private static final int MOST_NAMES = 16;

    private final Catalog catalog;
    private final Names names;
    private final RoutingConfig routing;
    private final Health health;
    private final Affinity affinity = new Affinity();
    private final DoubleSupplier random;

    /**
     * @param local names of this machine's models, and the ids of their endpoints
     * @param random numbers from 0 to 1, without 1
     */
    public Router(
            Catalog catalog,
            List<RouteConfig> routes,
            Map<String, String> local,
            RoutingConfig routing,
            Health health,
            DoubleSupplier random) {
        this.catalog = catalog;
        this.names = new Names(catalog, routes, local);
        this.routing = routing;
        this.health = health;
        this.random = random;
    }

    /**
     * Whom a request is put to.
     *
     * @throws RouteException where there is nobody
     */
    public Plan plan(Asked asked) {
        List<List<Names.Group>> perName = groups(asked);
        Filter filter = new Filter(asked);
        List<Draw> draws = new ArrayList<>();
        int rank = 0;
        for (int i = 0; i < perName.size(); i++) {
            String name = asked.names().get(i);
            for (Names.Group group : perName.get(i)) {
                for (int k = 0; k < group.endpoints().size(); k++) {
                    Candidate candidate = candidate(group.endpoints().get(k));
                    if (filter.passes(name, candidate)) {
                        draws.add(new Draw(candidate, rank, group.weights().get(k), group.sort()));
                    }
                }
                rank++;
            }
        }
        if (draws.isEmpty()) {
            throw filter.nobody(String.join("', '", asked.names()));
        }
        List<Candidate> ordered = ordered(asked, draws);
        return new Plan(asked.wishes().allowFallbacks() ? ordered : first(asked, ordered));
    }

    /** Without fallbacks the first is asked; of several that the client put in order, all of these. */
    private static List<Candidate> first(Asked asked, List<Candidate> ordered) {
        return asked.wishes().order().isEmpty() ? ordered.subList(0, 1) : ordered;
    }

    private List<List<Names.Group>> groups(Asked asked) {
        if (asked.names().isEmpty()) {
            throw new RouteException(ErrorKind.INVALID, "model: expected the name of a model, found none");
        }
        if (asked.names().size() > MOST_NAMES) {
            throw new RouteException(
                    ErrorKind.INVALID,
                    "models: expected at most " + MOST_NAMES + " names, found "
                            + asked.names().size());
        }
        List<List<Names.Group>> groups = new ArrayList<>();
        for (String name : asked.names()) {
            List<Names.Group> known = names.of(name);
            if (known.isEmpty()) {
                throw new RouteException(
                        ErrorKind.NOT_FOUND, "there is no model '" + name + "': GET /v1/models lists them");
            }
            groups.add(known);
        }
        return groups;
    }

    private Candidate candidate(Endpoint endpoint) {
        return new Candidate(
                endpoint,
                catalog.provider(endpoint.provider()).orElseThrow(),
                catalog.model(endpoint.model()).orElseThrow());
    }

    /** A candidate with what its place depends on. */
    private record Draw(Candidate candidate, int rank, double weight, Optional<RouteOrder> sort) {}

    private List<Candidate> ordered(Asked asked, List<Draw> draws) {
        Map<Draw, Double> scores = new IdentityHashMap<>();
        draws.forEach(draw -> scores.put(draw, score(asked, draw)));
        boolean merged = asked.wishes().acrossModels();
        boolean spread = spreads(asked);
        List<String> wanted = asked.wishes().order();
        Comparator<Draw> order = Comparator.<Draw>comparingInt(draw -> merged ? 0 : draw.rank())
                .thenComparingInt(draw -> Filter.place(wanted, draw.candidate().endpoint()))
                .thenComparing(draw -> isOpen(draw))
                .thenComparing(draw -> spread && isShaky(draw))
                .thenComparing(draw -> isSlow(asked, draw))
                .thenComparingInt(draw -> draw.candidate().endpoint().priority())
                .thenComparingDouble(scores::get);
        Map<String, Candidate> unique = new LinkedHashMap<>();
        for (Draw draw : draws.stream().sorted(order).toList()) {
            unique.putIfAbsent(draw.candidate().endpoint().id(), draw.candidate());
        }
        List<Candidate> candidates = new ArrayList<>(unique.values());
        if (spread && routing.affinity() && asked.beginning().isPresent()) {
            stay(candidates, asked.beginning().getAsLong(), draws);
        }
        return candidates;
    }

    /** Whether load is spread: neither client nor operator has put endpoints in an order. */
    private boolean spreads(Asked asked) {
        return asked.wishes().sort().isEmpty() && asked.wishes().order().isEmpty();
    }

    /** Puts the endpoint first that answered before, where it is well and one of those that were asked for first. */
    private void stay(List<Candidate> candidates, long beginning, List<Draw> draws) {
        String before = affinity.endpoint(beginning);
        int first = draws.stream().mapToInt(Draw::rank).min().orElse(0);
        for (Draw draw : draws) {
            RouteOrder sort = draw.sort().orElse(routing.sort());
            boolean chance = sort == RouteOrder.WEIGHTED || sort == RouteOrder.LEAST_BUSY;
            if (draw.candidate().endpoint().id().equals(before)
                    && chance
                    && draw.rank() == first
                    && !isOpen(draw)
                    && !isShaky(draw)) {
                candidates.remove(draw.candidate());
                candidates.addFirst(draw.candidate());
                return;
            }
        }
    }

    private EndpointHealth health(Draw draw) {
        return health.of(draw.candidate().endpoint().id());
    }

    private boolean isOpen(Draw draw) {
        return health(draw).state() == EndpointHealth.State.OPEN;
    }

    private boolean isShaky(Draw draw) {
        return health(draw).isShaky();
    }

    /** Whether an endpoint is known to be slower than the client would like. */
    private boolean isSlow(Asked asked, Draw draw) {
        Wishes wishes = asked.wishes();
        EndpointHealth known = health(draw);
        return (wishes.leastThroughput().isPresent()
                        && known.tokensPerSecond() < wishes.leastThroughput().getAsDouble())
                || (wishes.mostLatency().isPresent()
                        && known.firstTokenMillis() > 1e3 * wishes.mostLatency().getAsDouble());
    }

    /** Less is asked earlier. */
    private double score(Asked asked, Draw draw) {
        RouteOrder sort = asked.wishes().sort().or(draw::sort).orElse(routing.sort());
        double last = Double.MAX_VALUE;
        return switch (sort) {
            case GIVEN -> 0;
            case PRICE -> price(asked, draw);
            case THROUGHPUT -> {
                double speed = health(draw).tokensPerSecond();
                yield Double.isNaN(speed) ? last : -speed;
            }
            case LATENCY -> {
                double latency = health(draw).firstTokenMillis();
                yield Double.isNaN(latency) ? last : latency;
            }
            case LEAST_BUSY -> (health(draw).inFlight() + random.getAsDouble()) / Math.max(draw.weight(), 1e-9);
            case WEIGHTED -> {
                double price = Math.max(price(asked, draw), 1);
                // of exponential times the earliest is that of a rate in proportion to the rate
                yield -Math.log1p(-random.getAsDouble()) * price * price / Math.max(draw.weight(), 1e-9);
            }
        };
    }

    /** Pico-dollars of a token, of three in the prompt to one in the reply. */
    private static double price(Asked asked, Draw draw) {
        Rates rates = draw.candidate()
                .endpoint()
                .prices()
                .at(asked.at(), asked.needs().promptTokens());
        return (3.0 * rates.input() + rates.output()) / 4;
    }

    /** An endpoint has answered a conversation that begins in a way. */
    public void answered(long beginning, String endpoint) {
        if (routing.affinity()) {
            affinity.answered(beginning, endpoint);
        }
    }

    public Health health() {
        return health;
    }
}
