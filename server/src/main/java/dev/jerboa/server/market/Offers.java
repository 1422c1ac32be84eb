package dev.jerboa.server.market;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.ledger.Grain;
import dev.jerboa.gateway.ledger.OutcomeRow;
import dev.jerboa.gateway.money.ProviderTool;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who offers a model, at what price, and how well: {@code /models/AUTHOR/SLUG/endpoints}. Thread-safe. */
final class Offers {
    /** Outcomes of attempts that are not the endpoint's failures. */
    private static final Set<String> FINE = Set.of("ok", "client_gone", "invalid", "refused");

    private static final int PICO_DIGITS = 12;
    private static final int NANO_DIGITS = 9;
    private static final int HOURS_OF_DAY = 24;
    private static final double PERCENT = 100;

    private final Access access;
    private final Ledgers ledgers;
    private final MarketOptions options;

    Offers(Access access, Ledgers ledgers, MarketOptions options) {
        this.access = access;
        this.ledgers = ledgers;
        this.options = options;
    }

    void endpoints(ServerRequest request, ServerResponse response) {
        if (!options.publishCatalogue()) {
            access.of(request).requireKey();
        }
        String id = request.path().pathParameters().get("author") + "/"
                + request.path().pathParameters().get("slug");
        Catalog catalog = ledgers.catalog().get();
        ModelEntry model = catalog.model(id)
                .orElseThrow(() -> HttpError.of(HttpError.Kind.NO_MODEL, "the catalogue has no model '" + id + "'"));
        Instant now = ledgers.clock().instant();
        Map<String, Double> uptimes = Scoped.asked(() -> uptimes(now));
        List<Object> endpoints = new ArrayList<>();
        for (Endpoint endpoint : catalog.endpointsOf(id)) {
            Provider provider = catalog.provider(endpoint.provider()).orElseThrow();
            endpoints.add(endpoint(endpoint, provider, model, now, uptimes));
        }
        Export.json(
                request,
                response,
                map(
                        "data",
                        map(
                                "id",
                                model.id(),
                                "name",
                                model.name(),
                                "created",
                                model.released()
                                        .map(day ->
                                                day.atStartOfDay(ZoneOffset.UTC).toEpochSecond())
                                        .orElse(null),
                                "description",
                                "",
                                "architecture",
                                map(
                                        "tokenizer",
                                        model.tokenizer(),
                                        "instruct_type",
                                        null,
                                        "input_modalities",
                                        model.inputs().stream().sorted().toList(),
                                        "output_modalities",
                                        model.outputs().stream().sorted().toList()),
                                "endpoints",
                                endpoints)));
    }

    private static Map<String, @Nullable Object> endpoint(
            Endpoint endpoint, Provider provider, ModelEntry model, Instant now, Map<String, Double> uptimes) {
        return map(
                "name",
                provider.name() + " | " + model.id(),
                "model_name",
                model.name(),
                "tag",
                endpoint.id(),
                "context_length",
                endpoint.context(),
                "max_completion_tokens",
                endpoint.maxOutput(),
                "max_prompt_tokens",
                null,
                "pricing",
                pricing(endpoint.prices().at(now, 0)),
                "provider_name",
                provider.name(),
                "quantization",
                endpoint.quantization(),
                "supported_parameters",
                endpoint.parameters().stream().sorted().toList(),
                "status",
                0,
                "uptime_last_1d",
                uptimes.get(endpoint.id()));
    }

    /** Prices a token, a request and a search, as texts: what they are now, for a short prompt at the usual service tier. */
    static Map<String, @Nullable Object> pricing(Rates rates) {
        Map<String, @Nullable Object> prices = map(
                "prompt",
                perToken(rates.input()),
                "completion",
                perToken(rates.output()),
                "request",
                BigDecimal.valueOf(rates.requestNanos(), NANO_DIGITS)
                        .stripTrailingZeros()
                        .toPlainString(),
                "input_cache_read",
                perToken(rates.cacheRead()),
                "input_cache_write",
                perToken(rates.cacheWrite()),
                "internal_reasoning",
                perToken(rates.reasoning()));
        if (rates.tools().has(ProviderTool.WEB_SEARCH)) {
            prices.put(
                    "web_search",
                    BigDecimal.valueOf(rates.tools().webSearch(), NANO_DIGITS)
                            .stripTrailingZeros()
                            .toPlainString());
        }
        return prices;
    }

    private static String perToken(long pico) {
        return BigDecimal.valueOf(pico, PICO_DIGITS).stripTrailingZeros().toPlainString();
    }

    private Map<String, Double> uptimes(Instant now) {
        long hour = now.getEpochSecond() / 3600 + 1;
        Map<String, long[]> counts = new HashMap<>();
        for (OutcomeRow row : ledgers.store().outcomes(hour - HOURS_OF_DAY, hour, Grain.ALL)) {
            long[] of = counts.computeIfAbsent(row.endpoint(), key -> new long[2]);
            of[0] += row.count();
            of[1] += FINE.contains(row.outcome()) ? row.count() : 0;
        }
        Map<String, Double> uptimes = new HashMap<>();
        counts.forEach(
                (endpoint, of) -> uptimes.put(endpoint, Math.round(PERCENT * PERCENT * of[1] / of[0]) / PERCENT));
        return uptimes;
    }
}
