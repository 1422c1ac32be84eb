package dev.jerboa.gateway.route;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.money.Rates;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Tells endpoints that cannot serve a request, and why, so that a client to whom none is left learns it. */
final class Filter {
    /** Why an endpoint is left out; the first of several that stand in the way is told. */
    enum Reason {
        ADDRESS(
                ErrorKind.NOT_FOUND,
                "the catalogue knows it, but its provider has been given no address (providers.ID.base)"),
        ALLOWED(ErrorKind.PERMISSION, "the key may not ask for it"),
        PROVIDER(ErrorKind.NOT_FOUND, "no endpoint is at the providers that provider.only and provider.ignore leave"),
        DATA(
                ErrorKind.NOT_FOUND,
                "no endpoint has the data policy that provider.data_collection or provider.zdr asks for"),
        QUANTIZATION(ErrorKind.NOT_FOUND, "no endpoint has a quantization of provider.quantizations"),
        PRICE(ErrorKind.NOT_FOUND, "every endpoint is dearer than provider.max_price"),
        TOOLS(ErrorKind.NOT_FOUND, "no endpoint calls tools"),
        IMAGES(ErrorKind.NOT_FOUND, "no endpoint reads images"),
        PARAMETERS(
                ErrorKind.NOT_FOUND,
                "no endpoint honours every field of the request, which provider.require_parameters asks for"),
        OUTPUT(ErrorKind.INVALID, "no endpoint writes replies as long as the request's limit"),
        CONTEXT(
                ErrorKind.CONTEXT_LENGTH,
                "the prompt is too long: with the reply's limit it exceeds every endpoint's context length");

        private final ErrorKind kind;
        private final String message;

        Reason(ErrorKind kind, String message) {
            this.kind = kind;
            this.message = message;
        }
    }

    private final Asked asked;
    private final EnumSet<Reason> seen = EnumSet.noneOf(Reason.class);

    Filter(Asked asked) {
        this.asked = asked;
    }

    /** Whether an endpoint can serve the request. */
    boolean passes(String name, Candidate candidate) {
        Optional<Reason> reason = reason(name, candidate);
        reason.ifPresent(seen::add);
        return reason.isEmpty();
    }

    private Optional<Reason> reason(String name, Candidate candidate) {
        Endpoint endpoint = candidate.endpoint();
        Provider provider = candidate.provider();
        Wishes wishes = asked.wishes();
        Needs needs = asked.needs();
        if (!provider.isLocal() && provider.base().isEmpty()) {
            return Optional.of(Reason.ADDRESS);
        }
        if (!asked.allowed().test(name)
                && !asked.allowed().test(endpoint.model())
                && !asked.allowed().test(endpoint.id())) {
            return Optional.of(Reason.ALLOWED);
        }
        if ((!wishes.only().isEmpty() && !isNamed(wishes.only(), candidate)) || isNamed(wishes.ignore(), candidate)) {
            return Optional.of(Reason.PROVIDER);
        }
        if (!wishes.allowFallbacks() && !wishes.order().isEmpty() && !isNamed(wishes.order(), candidate)) {
            return Optional.of(Reason.PROVIDER);
        }
        if ((wishes.denyTraining() && provider.policy().trains())
                || (wishes.zeroRetention()
                        && (provider.policy().retains() || provider.policy().trains()))) {
            return Optional.of(Reason.DATA);
        }
        if (!wishes.quantizations().isEmpty()
                && !wishes.quantizations().contains(endpoint.quantization().toLowerCase(Locale.ROOT))) {
            return Optional.of(Reason.QUANTIZATION);
        }
        if (isTooDear(endpoint)) {
            return Optional.of(Reason.PRICE);
        }
        if (needs.tools() && !candidate.model().tools()) {
            return Optional.of(Reason.TOOLS);
        }
        if (needs.images() && !candidate.model().inputs().contains("image")) {
            return Optional.of(Reason.IMAGES);
        }
        if (wishes.requireParameters()
                && !endpoint.parameters().isEmpty()
                && !endpoint.parameters().containsAll(needs.parameters())) {
            return Optional.of(Reason.PARAMETERS);
        }
        if (endpoint.maxOutput() > 0 && needs.outputTokens() > endpoint.maxOutput()) {
            return Optional.of(Reason.OUTPUT);
        }
        if (endpoint.context() > 0 && needs.promptTokens() + needs.outputTokens() > endpoint.context()) {
            return Optional.of(Reason.CONTEXT);
        }
        return Optional.empty();
    }

    private boolean isTooDear(Endpoint endpoint) {
        Wishes wishes = asked.wishes();
        if (wishes.mostPrompt().isEmpty()
                && wishes.mostCompletion().isEmpty()
                && wishes.mostRequest().isEmpty()) {
            return false;
        }
        Rates rates = endpoint.prices().at(asked.at(), asked.needs().promptTokens());
        return rates.input() > wishes.mostPrompt().orElse(Long.MAX_VALUE)
                || rates.output() > wishes.mostCompletion().orElse(Long.MAX_VALUE)
                || rates.requestNanos() > wishes.mostRequest().orElse(Long.MAX_VALUE);
    }

    /**
     * Whether an endpoint is at one of some providers: {@code id}, {@code id/variant} or {@code id/quantization}, or the provider's name for
     * people, which lists of endpoints and generations tell.
     */
    static boolean isNamed(List<String> names, Candidate candidate) {
        return place(names, candidate) < names.size();
    }

    /** Where an endpoint's provider is in a list; its size where it is not. */
    static int place(List<String> names, Candidate candidate) {
        Endpoint endpoint = candidate.endpoint();
        String provider = endpoint.provider().toLowerCase(Locale.ROOT);
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.equals(provider)
                    || name.equalsIgnoreCase(candidate.provider().name())
                    || (name.startsWith(provider + "/")
                            && (name.endsWith("/" + endpoint.quantization().toLowerCase(Locale.ROOT))
                                    || name.endsWith("/" + endpoint.variant().toLowerCase(Locale.ROOT))))) {
                return i;
            }
        }
        return names.size();
    }

    /** Why none was left. */
    RouteException nobody(String name) {
        for (Reason reason :
                List.of(Reason.values()).reversed()) { // those that are looked at last are nearest to a yes
            if (seen.contains(reason)) {
                return new RouteException(
                        reason.kind, "for '" + name + "' there is nobody to be asked: " + reason.message);
            }
        }
        return new RouteException(ErrorKind.NOT_FOUND, "for '" + name + "' there is no endpoint");
    }
}
