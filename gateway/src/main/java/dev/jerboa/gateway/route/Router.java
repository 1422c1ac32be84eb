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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;

/**
 * Chooses whom a request is put to, as OpenRouter documents its own choice: names in order, and of a name's endpoints, unless the client
 * or the operator orders them, by chance in proportion to the inverse square of their price, of those of one priority the ones first that
 * have not failed of late.
 * Immutable but for what it learns in {@link Health} and from {@link #answered}; thread-safe.
 */
public final class Router {
    private static final int MOST_NAMES = 16;

    private static final Comparator<Place> ORDER = Comparator.comparingInt(Place::rank)
            .thenComparingInt(Place::wanted)
            .thenComparing(Place::open)
            .thenComparing(Place::unable)
            .thenComparing(Place::slow)
            .thenComparingInt(Place::priority)
            .thenComparing(Place::shaky)
            .thenComparingDouble(Place::score);

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
        Map<String, Integer> firstName = new HashMap<>();
        for (int i = 0; i < perName.size(); i++) {
            String name = asked.names().get(i);
            for (Names.Group group : perName.get(i)) {
                for (int k = 0; k < group.endpoints().size(); k++) {
                    Candidate candidate = candidate(group.endpoints().get(k));
                    if (filter.passes(name, candidate)) {
                        draws.add(new Draw(candidate, rank, group.weights().get(k), group.sort()));
                        firstName.putIfAbsent(candidate.endpoint().id(), i);
                    }
                }
                rank++;
            }
        }
        if (draws.isEmpty()) {
            throw filter.nobody(String.join("', '", asked.names()));
        }
        List<Candidate> ordered = ordered(asked, draws);
        return new Plan(asked.wishes().allowFallbacks() ? ordered : firsts(asked, ordered, firstName));
    }

    /**
     * Without fallbacks the first endpoint is asked: of each name, as the client has asked for names in place of others all the same. Of
     * providers that the client put in order, all are.
     */
    private static List<Candidate> firsts(Asked asked, List<Candidate> ordered, Map<String, Integer> firstName) {
        if (!asked.wishes().order().isEmpty()) {
            return ordered;
        }
        Set<Integer> seen = new HashSet<>();
        return ordered.stream()
                .filter(candidate -> seen.add(firstName.get(candidate.endpoint().id())))
                .toList();
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

    /** A candidate's place, taken once: how endpoints do changes while they are sorted. */
    private record Place(
            Candidate candidate,
            int rank,
            int wanted,
            boolean open,
            boolean unable,
            boolean shaky,
            boolean slow,
            int priority,
            double score) {}

    private Place place(Asked asked, Draw draw, boolean spread) {
        Endpoint endpoint = draw.candidate().endpoint();
        return new Place(
                draw.candidate(),
                asked.wishes().acrossModels() ? 0 : draw.rank(),
                Filter.place(asked.wishes().order(), draw.candidate()),
                isOpen(draw),
                isUnable(asked, endpoint),
                spread && isByChance(draw) && isShaky(draw),
                isSlow(asked, draw),
                endpoint.priority(),
                score(asked, draw));
    }

    private List<Candidate> ordered(Asked asked, List<Draw> draws) {
        if (draws.size() == 1) {
            return List.of(draws.getFirst().candidate());
        }
        boolean spread = spreads(asked);
        Map<String, Candidate> unique = new LinkedHashMap<>();
        draws.stream()
                .map(draw -> place(asked, draw, spread))
                .sorted(ORDER)
                .forEach(
                        place -> unique.putIfAbsent(place.candidate().endpoint().id(), place.candidate()));
        List<Candidate> candidates = new ArrayList<>(unique.values());
        if (spread && routing.affinity() && asked.beginning().isPresent()) {
            stay(candidates, asked, asked.beginning().getAsLong(), draws);
        }
        return candidates;
    }

    /** Whether load is spread: neither client nor operator has put endpoints in an order. */
    private boolean spreads(Asked asked) {
        return asked.wishes().sort().isEmpty() && asked.wishes().order().isEmpty();
    }

    /** Puts the endpoint first that answered before, where it is well and one of those that were asked for first. */
    private void stay(List<Candidate> candidates, Asked asked, long beginning, List<Draw> draws) {
        String before = affinity.endpoint(beginning);
        int first = draws.stream().mapToInt(Draw::rank).min().orElse(0);
        for (Draw draw : draws) {
            if (draw.candidate().endpoint().id().equals(before)
                    && isByChance(draw)
                    && draw.rank() == first
                    && !isOpen(draw)
                    && !isUnable(asked, draw.candidate().endpoint())
                    && !isShaky(draw)) {
                candidates.remove(draw.candidate());
                candidates.addFirst(draw.candidate());
                return;
            }
        }
    }

    /** Whether the endpoints of a name have no order among them. */
    private boolean isByChance(Draw draw) {
        RouteOrder sort = draw.sort().orElse(routing.sort());
        return sort == RouteOrder.WEIGHTED || sort == RouteOrder.LEAST_BUSY;
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

    /** Whether an endpoint names what it honours, and tools are not of it: those that call tools are asked before. */
    private static boolean isUnable(Asked asked, Endpoint endpoint) {
        return asked.needs().tools()
                && !endpoint.parameters().isEmpty()
                && !endpoint.parameters().contains("tools");
    }

    /** Whether an endpoint is known to be slower than the client would like. */
    private boolean isSlow(Asked asked, Draw draw) {
        Wishes wishes = asked.wishes();
        EndpointHealth known = health(draw);
        for (Map.Entry<Integer, Double> bound : wishes.leastThroughput().entrySet()) {
            if (known.tokensPerSecond(bound.getKey()) < bound.getValue()) {
                return true;
            }
        }
        for (Map.Entry<Integer, Double> bound : wishes.mostLatency().entrySet()) {
            if (known.firstTokenMillis(bound.getKey()) > 1e3 * bound.getValue()) {
                return true;
            }
        }
        return false;
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
