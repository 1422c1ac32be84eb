package dev.jerboa.server.gateway;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.money.ProviderTool;
import dev.jerboa.gateway.money.Rates;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What OpenRouter's model object says beside names. */
final class ModelFacts {
    private static final int PICO_DIGITS = 12;
    private static final int NANO_DIGITS = 9;

    private static final List<String> PARAMETERS = List.of(
            "frequency_penalty",
            "logit_bias",
            "logprobs",
            "max_tokens",
            "presence_penalty",
            "response_format",
            "seed",
            "stop",
            "temperature",
            "top_logprobs",
            "top_p");

    private ModelFacts() {}

    static Map<String, @Nullable Object> architecture(ModelEntry model) {
        return map(
                "modality",
                String.join("+", new TreeSet<>(model.inputs())) + "->"
                        + String.join("+", new TreeSet<>(model.outputs())),
                "input_modalities",
                List.copyOf(new TreeSet<>(model.inputs())),
                "output_modalities",
                List.copyOf(new TreeSet<>(model.outputs())),
                "tokenizer",
                model.tokenizer(),
                "instruct_type",
                null);
    }

    /** Adds prices, limits and parameters, those of the cheapest endpoint where they differ. */
    static void put(Map<String, @Nullable Object> entry, ModelEntry model, List<Endpoint> endpoints, Instant now) {
        Endpoint cheapest = endpoints.stream()
                .min(Comparator.comparingLong(endpoint -> {
                    Rates rates = endpoint.prices().at(now, 0);
                    return 3 * rates.input() + rates.output();
                }))
                .orElse(null);
        entry.put(
                "pricing", cheapest == null ? map() : pricing(cheapest.prices().at(now, 0)));
        entry.put(
                "top_provider",
                map(
                        "context_length",
                        cheapest == null ? model.context() : cheapest.context(),
                        "max_completion_tokens",
                        cheapest == null || cheapest.maxOutput() == 0 ? null : cheapest.maxOutput(),
                        "is_moderated",
                        false));
        entry.put("per_request_limits", null);
        TreeSet<String> parameters = new TreeSet<>();
        endpoints.forEach(endpoint ->
                parameters.addAll(endpoint.parameters().isEmpty() ? PARAMETERS : List.copyOf(endpoint.parameters())));
        if (model.tools()) {
            parameters.addAll(List.of("tools", "tool_choice"));
        }
        if (model.reasoning()) {
            parameters.addAll(List.of("reasoning", "include_reasoning"));
        }
        entry.put("supported_parameters", List.copyOf(parameters));
        entry.put("default_parameters", map());
        entry.put("expiration_date", null);
        entry.put("knowledge_cutoff", null);
        entry.put("hugging_face_id", model.hubRepository().orElse(null));
        entry.put("links", map("details", "/v1/models/" + model.id() + "/endpoints"));
    }

    /** Dollars a token, as texts. */
    private static Map<String, @Nullable Object> pricing(Rates rates) {
        Map<String, @Nullable Object> prices = map(
                "prompt",
                dollars(rates.input(), PICO_DIGITS),
                "completion",
                dollars(rates.output(), PICO_DIGITS),
                "request",
                dollars(rates.requestNanos(), NANO_DIGITS),
                "image",
                "0",
                "internal_reasoning",
                dollars(rates.reasoning(), PICO_DIGITS),
                "input_cache_read",
                dollars(rates.cacheRead(), PICO_DIGITS),
                "input_cache_write",
                dollars(rates.cacheWrite(), PICO_DIGITS));
        if (rates.tools().has(ProviderTool.WEB_SEARCH)) {
            prices.put("web_search", dollars(rates.tools().webSearch(), NANO_DIGITS));
        }
        return prices;
    }

    static String dollars(long amount, int digits) {
        return amount == 0
                ? "0"
                : BigDecimal.valueOf(amount, digits).stripTrailingZeros().toPlainString();
    }
}
