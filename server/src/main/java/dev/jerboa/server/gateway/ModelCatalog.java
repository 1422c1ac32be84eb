package dev.jerboa.server.gateway;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.config.RouteConfig;
import dev.jerboa.gateway.node.Node;
import dev.jerboa.gateway.relay.Caller;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.http.Routes;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The models that can be asked for, in each dialect's list. Thread-safe. */
final class ModelCatalog implements HttpService {
    private static final HeaderName ANTHROPIC = HeaderNames.create("anthropic-version");
    private static final String LATEST = ":latest";

    private final Node node;
    private final Instant started = Instant.now();

    ModelCatalog(Node node) {
        this.node = node;
    }

    @Override
    public void routing(HttpRules rules) {
        new Routes(rules)
                .get("/v1/models", this::all)
                .get("/models", this::all)
                .get("/v1/models/{+id}", this::one)
                .get("/api/v1/models", this::all)
                .get("/api/v1/models/{+id}", this::one)
                .get("/api/tags", this::tags)
                .alive("/api/tags")
                .refuseOthers();
    }

    /** Something that can be asked for by a name. */
    private record Offer(String id, ModelEntry model, List<Endpoint> endpoints) {}

    private List<Offer> offers(ServerRequest request) {
        Predicate<String> allowed = request.context()
                .get(Caller.class)
                .flatMap(Caller::key)
                .<Predicate<String>>map(key -> key::mayAsk)
                .orElse(name -> true);
        Catalog catalog = node.catalog();
        List<Offer> offers = new ArrayList<>();
        for (RouteConfig route : node.config().routes()) {
            route.models().keySet().stream()
                    .map(this::model)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .filter(model -> allowed.test(route.name()) || allowed.test(model.id()))
                    .ifPresent(model -> offers.add(new Offer(route.name(), model, reachable(model.id(), ""))));
        }
        for (ModelEntry model : catalog.models()) {
            if (allowed.test(model.id())) {
                catalog.endpointsOf(model.id()).stream()
                        .map(Endpoint::variant)
                        .distinct()
                        .forEach(variant -> {
                            List<Endpoint> endpoints = reachable(model.id(), variant);
                            if (!endpoints.isEmpty()) {
                                String id = variant.isEmpty() ? model.id() : model.id() + ":" + variant;
                                offers.add(new Offer(id, model, endpoints));
                            }
                        });
            }
        }
        return offers;
    }

    /** The model that a route's name stands for: its own id, or an endpoint's. */
    private Optional<ModelEntry> model(String name) {
        Catalog catalog = node.catalog();
        int colon = name.lastIndexOf(':');
        return catalog.model(name)
                .or(() -> catalog.endpoint(name).flatMap(endpoint -> catalog.model(endpoint.model())))
                .or(() -> colon < 0 ? Optional.empty() : catalog.model(name.substring(0, colon)));
    }

    /** Endpoints that requests can go to: examples of the catalogue have no address. */
    private List<Endpoint> reachable(String model, String variant) {
        return node.catalog().endpointsOf(model).stream()
                .filter(endpoint -> endpoint.variant().equals(variant))
                .filter(endpoint -> node.catalog()
                        .provider(endpoint.provider())
                        .map(provider -> provider.isLocal() || provider.base().isPresent())
                        .orElse(false))
                .toList();
    }

    private void all(ServerRequest request, ServerResponse response) {
        List<Offer> offers = offers(request);
        if (request.headers().contains(ANTHROPIC)) {
            List<Object> data = new ArrayList<>();
            offers.forEach(offer -> data.add(anthropic(offer)));
            Http.json(
                    response,
                    map(
                            "data",
                            data,
                            "has_more",
                            false,
                            "first_id",
                            offers.isEmpty() ? null : offers.getFirst().id(),
                            "last_id",
                            offers.isEmpty() ? null : offers.getLast().id()));
            return;
        }
        List<Object> data = new ArrayList<>();
        offers.forEach(offer -> data.add(openAi(offer)));
        Http.json(response, map("object", "list", "data", data));
    }

    private void one(ServerRequest request, ServerResponse response) {
        String id = request.path().pathParameters().get("id");
        Offer offer = offers(request).stream()
                .filter(known -> known.id().equals(id))
                .findFirst()
                .orElseThrow(() -> HttpError.of(HttpError.Kind.NO_MODEL, "there is no model '" + id + "'"));
        Http.json(response, request.headers().contains(ANTHROPIC) ? anthropic(offer) : openAi(offer));
    }

    private void tags(ServerRequest request, ServerResponse response) {
        List<Object> models = new ArrayList<>();
        for (Offer offer : offers(request)) {
            String name = offer.id().indexOf(':') < 0 ? offer.id() + LATEST : offer.id();
            models.add(map(
                    "name",
                    name,
                    "model",
                    name,
                    "modified_at",
                    created(offer).toString(),
                    "size",
                    0,
                    "digest",
                    "",
                    "details",
                    map(
                            "format",
                            "",
                            "family",
                            offer.model().family(),
                            "families",
                            List.of(offer.model().family()),
                            "parameter_size",
                            offer.model().parameters().isPresent()
                                    ? offer.model().parameters().getAsLong() / 1_000_000_000 + "B"
                                    : "",
                            "quantization_level",
                            offer.endpoints().isEmpty()
                                    ? ""
                                    : offer.endpoints().getFirst().quantization())));
        }
        Http.json(response, map("models", models));
    }

    private Instant created(Offer offer) {
        return offer.model()
                .released()
                .map(day -> day.atStartOfDay(ZoneOffset.UTC).toInstant())
                .orElse(started);
    }

    private Map<String, @Nullable Object> anthropic(Offer offer) {
        return map(
                "type",
                "model",
                "id",
                offer.id(),
                "display_name",
                offer.model().name(),
                "created_at",
                created(offer).toString());
    }

    private Map<String, @Nullable Object> openAi(Offer offer) {
        ModelEntry model = offer.model();
        Map<String, @Nullable Object> entry = map(
                "id",
                offer.id(),
                "canonical_slug",
                model.id(),
                "object",
                "model",
                "owned_by",
                model.lab(),
                "name",
                model.name(),
                "created",
                created(offer).getEpochSecond(),
                "description",
                "",
                "context_length",
                model.context(),
                "architecture",
                ModelFacts.architecture(model));
        ModelFacts.put(entry, model, offer.endpoints(), Instant.now());
        return entry;
    }
}
