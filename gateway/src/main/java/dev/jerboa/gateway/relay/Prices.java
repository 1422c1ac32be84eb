package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.money.ProviderTool;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolRates;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.route.Candidate;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What requests cost, and what they may cost at most. */
final class Prices {
    /** Where neither client nor catalogue limits a reply, this is held back. */
    private static final long USUAL_OUTPUT = 4096;

    /** More than any provider writes at once, and few enough to be multiplied. */
    private static final long MOST_CHOICES = 1 << 20;

    private static final Pattern NUMBER = Pattern.compile("\\s*\\+?\\d+(\\.\\d*)?\\s*");
    private static final int MOST_DIGITS = 18;

    private Prices() {}

    /** What a request cost at an endpoint, in nano-dollars. A service tier without a price costs the usual one, a tool without one nothing. */
    static long cost(Endpoint endpoint, Instant at, Usage usage, Service service) {
        return endpoint.prices().at(at, usage.prompt(), service.tier()).costNanos(usage, service.tools());
    }

    /** What of a provider's service has no price, as events say it. */
    static String unpriced(Endpoint endpoint, Instant at, Service service) {
        if (service.equals(Service.NONE)) {
            return "";
        }
        List<String> parts = new ArrayList<>();
        if (!endpoint.prices().has(at, service.tier())) {
            parts.add("service_tier");
        }
        if (!service.tools().isNone()) {
            ToolRates rates = endpoint.prices().at(at, 0).tools();
            for (ProviderTool tool : ProviderTool.values()) {
                if (service.tools().of(tool) > 0 && !rates.has(tool)) {
                    parts.add(tool.text());
                }
            }
        }
        service.others().stream().sorted().forEach(parts::add);
        return String.join(",", parts);
    }

    /**
     * The most that a request may cost at whichever candidate answers: each token at its dearest, at the dearest service tier that it may be
     * processed at, and the provider's tools that it brings as often as it allows.
     */
    static long most(
            List<Candidate> candidates, ClientRequest request, Instant at, long promptTokens, long outputTokens) {
        long most = 0;
        for (Candidate candidate : candidates) {
            Endpoint endpoint = candidate.endpoint();
            Rates rates = endpoint.prices().dearest(at, Beside.tiers(request, candidate));
            long input = Math.max(
                    Math.max(rates.input(), rates.cacheRead()), Math.max(rates.cacheWrite(), rates.cacheWriteLong()));
            long output = Math.max(rates.output(), rates.reasoning());
            Rates dearest = new Rates(input, 0, 0, 0, output, 0, rates.requestNanos());
            long tokens = Math.multiplyExact(output(endpoint, outputTokens), choices(request));
            long cost = dearest.costNanos(Usage.of(promptTokens, tokens));
            if (!rates.tools().equals(ToolRates.NONE)) {
                cost = Math.addExact(cost, rates.tools().costNanos(Beside.tools(request)));
            }
            most = Math.max(most, cost);
        }
        return most;
    }

    private static long output(Endpoint endpoint, long wanted) {
        if (wanted > 0) {
            return endpoint.maxOutput() > 0 ? Math.min(wanted, endpoint.maxOutput()) : wanted;
        }
        return endpoint.maxOutput() > 0 ? endpoint.maxOutput() : USUAL_OUTPUT;
    }

    /** How many replies are written, also those that are not told: of several prompts each has its own. */
    static long choices(ClientRequest request) {
        long choices =
                Math.max(count(request.body().get("n")), count(request.body().get("best_of")));
        if (request.form() == ClientForm.COMPLETIONS
                && request.body().get("prompt") instanceof List<?> prompts
                && prompts.size() > 1
                && !(prompts.getFirst() instanceof Number)) { // which is a token of one prompt
            return choices * prompts.size();
        }
        return choices;
    }

    /** Which field asks for more replies than can be held back for, in words for the client; empty where none does. */
    static Optional<String> tooManyChoices(ClientRequest request) {
        for (String name : List.of("n", "best_of")) {
            if (count(request.body().get(name)) >= MOST_CHOICES) {
                return Optional.of(name + ": expected fewer than " + MOST_CHOICES + " replies");
            }
        }
        return Optional.empty();
    }

    /** Some endpoints read a number that is written as a text. */
    private static long count(@Nullable Object value) {
        return switch (value) {
            case Number number -> Math.clamp(number.longValue(), 1, MOST_CHOICES);
            case String text
            when NUMBER.matcher(text).matches() ->
                text.strip().length() > MOST_DIGITS
                        ? MOST_CHOICES
                        : Math.clamp(new BigDecimal(text.strip()).longValue(), 1, MOST_CHOICES);
            case null, default -> 1;
        };
    }
}
