package dev.jerboa.server.market;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.share.Chart;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.workload.Workload;
import dev.jerboa.gateway.share.workload.WorkloadPrices;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Charts, and prices of workloads. Thread-safe. */
final class Analytics {
    /** Charts that are drawn at a time: they ask much of a database. */
    private static final int MOST_AT_ONCE = 4;

    private static final int LONGEST_WAIT_SECONDS = 20;
    private static final long MOST_REQUESTS = 1_000_000_000_000L;
    private static final long MOST_TOKENS = 100_000_000;

    private final Access access;
    private final Ledgers ledgers;
    private final MarketOptions options;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE, true);

    Analytics(Access access, Ledgers ledgers, MarketOptions options) {
        this.access = access;
        this.ledgers = ledgers;
        this.options = options;
    }

    void list(ServerRequest request, ServerResponse response) {
        Asker caller = access.of(request);
        if (!options.publishShares()) {
            caller.require(Scope.USAGE);
        }
        List<Object> charts = new ArrayList<>();
        for (Chart chart : Chart.values()) {
            if (sees(caller, chart)) {
                charts.add(map("id", chart.id(), "title", chart.title()));
            }
        }
        Http.json(response, map("data", charts, "admin", caller.isAdmin(), "costs", seesCosts(caller)));
    }

    private boolean sees(Asker caller, Chart chart) {
        return chart.isOfEverybody() ? caller.isAdmin() : isPublished(chart) || caller.may(Scope.USAGE);
    }

    /** Whether amounts of money may be shown: one's own to a key, everybody's where that is published. */
    private boolean seesCosts(Asker caller) {
        return caller.may(Scope.USAGE) || options.publishCosts();
    }

    private boolean isPublished(Chart chart) {
        return options.publishShares() && chart.isShare();
    }

    void chart(ServerRequest request, ServerResponse response) {
        Asker caller = access.of(request);
        String id = request.path().pathParameters().get("chart");
        Chart chart = Chart.of(id)
                .orElseThrow(() -> HttpError.of(
                        HttpError.Kind.NOT_FOUND,
                        "there is no chart '" + id + "': GET /v1/analytics/charts lists them"));
        if (!sees(caller, chart)) {
            caller.require(chart.isOfEverybody() ? Scope.ADMIN : Scope.USAGE);
        }
        Optional<Set<String>> keys =
                caller.may(Scope.USAGE) ? Scoped.asked(() -> Scoped.keys(caller, ledgers.keys())) : Optional.empty();
        ShareQuery query = new Asked(request).shares(ledgers.clock().instant(), keys);
        if (query.measure() == Measure.COST && !seesCosts(caller)) {
            throw HttpError.of(
                    HttpError.Kind.FORBIDDEN,
                    "what things cost is not published here: ask for measure=tokens, bytes or requests, or with a key of the scope usage");
        }
        Export.send(request, response, inTurn(() -> ledgers.charts().draw(chart, query)), query.shown());
    }

    private <T> T inTurn(java.util.function.Supplier<T> drawing) {
        try {
            if (!places.tryAcquire(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw HttpError.of(HttpError.Kind.OVERLOADED, "too many charts are being drawn: try again in a moment");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
        }
        try {
            return Scoped.asked(drawing);
        } finally {
            places.release();
        }
    }

    void workload(ServerRequest request, ServerResponse response) {
        if (!options.publishCatalogue()) {
            access.of(request).requireKey();
        }
        Asked asked = new Asked(request);
        long prompt = asked.whole("prompt", 0, MOST_TOKENS, 10_000);
        Workload workload = Scoped.asked(() -> new Workload(
                asked.whole("requests", 1, MOST_REQUESTS, 1_000),
                prompt,
                asked.whole("cached", 0, MOST_TOKENS, 0),
                asked.whole("output", 0, MOST_TOKENS, 1_000),
                asked.whole("reasoning", 0, MOST_TOKENS, 0)));
        Instant at = asked.moment("at", ledgers.clock().instant());
        Set<String> models =
                asked.text("models").map(text -> Set.of(text.split(",", 100))).orElse(Set.of());
        boolean open = asked.flag("open");
        Predicate<ModelEntry> wanted = model -> (models.isEmpty() || models.contains(model.id()))
                && (!open || model.openness().isOpen());
        Export.send(
                request,
                response,
                Scoped.asked(() -> WorkloadPrices.draw(ledgers.catalog().get(), workload, at, wanted)),
                map(
                        "requests",
                        workload.requests(),
                        "prompt",
                        workload.promptTokens(),
                        "cached",
                        workload.cachedTokens(),
                        "output",
                        workload.outputTokens(),
                        "reasoning",
                        workload.reasoningTokens(),
                        "at",
                        at.toString()));
    }
}
