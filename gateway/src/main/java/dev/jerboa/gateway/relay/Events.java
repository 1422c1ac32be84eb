package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.route.Candidate;
import dev.jerboa.gateway.route.Needs;
import dev.jerboa.gateway.upstream.CallResult;
import dev.jerboa.gateway.upstream.Estimates;
import dev.jerboa.gateway.upstream.FailureKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Makes the events of one request. One thread. */
final class Events {
    /** What is noted as the status of a client that did not wait for it. */
    private static final int CLIENT_CLOSED = 499;

    private static final System.Logger LOG = System.getLogger(Events.class.getName());
    /** What has no price is said once. */
    private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

    private static final int MOST_WARNED = 1_000;

    private final String node;
    private final Caller caller;
    private final ClientRequest request;
    private final String id;
    private final Instant at;
    private final long began;
    private final Estimates.Prompt prompt;
    private final String category;

    /** @param category what the request is about; empty where there are no categories */
    Events(
            String node,
            Caller caller,
            ClientRequest request,
            Estimates.Prompt prompt,
            String id,
            Instant at,
            long began,
            String category) {
        this.node = node;
        this.caller = caller;
        this.request = request;
        this.id = id;
        this.at = at;
        this.began = began;
        this.prompt = prompt;
        this.category = category;
    }

    /** What stands where nothing more is heard of the request: the prompt was sent. */
    UsageEvent begun(Candidate candidate, List<Attempt> before) {
        List<Attempt> attempts = new ArrayList<>(before);
        attempts.add(new Attempt(candidate.endpoint().id(), 0, "cut", 0, true));
        Usage usage = Usage.of(prompt.tokens(), 0);
        return event(
                candidate.endpoint(),
                attempts,
                usage,
                0,
                -1,
                0,
                "error",
                0,
                Prices.cost(candidate.endpoint(), at, usage, Service.NONE),
                OptionalLong.empty(),
                Quality.PARTIAL,
                "crash",
                Service.NONE);
    }

    /**
     * An attempt as events keep it. One that was sent and brought nothing may be charged for all the same: with as much as was held back for
     * it, at most.
     */
    Attempt attempted(Candidate candidate, CallResult result) {
        Attempt attempt = result.attempt();
        if (!attempt.billed() || result.failure() != FailureKind.SERVER) {
            return attempt;
        }
        long output = Needs.of(request, prompt.tokens()).outputTokens();
        return attempt.withPossibleCost(Prices.most(List.of(candidate), request, at, prompt.mostTokens(), output));
    }

    /** @param busyMicros of this machine, where it computed the reply */
    UsageEvent ended(Candidate candidate, CallResult result, List<Attempt> attempts, long busyMicros) {
        return of(candidate, result, attempts, busyMicros, status(result));
    }

    /** Nobody answered, but the last that was asked tells what it counted. */
    UsageEvent failed(Candidate candidate, CallResult result, List<Attempt> attempts, long busyMicros, int status) {
        return of(candidate, result, attempts, busyMicros, status);
    }

    private UsageEvent of(Candidate candidate, CallResult result, List<Attempt> attempts, long busyMicros, int status) {
        Endpoint endpoint = candidate.endpoint();
        boolean possible = isPossible(endpoint, result.usage());
        Usage usage = possible ? result.usage() : Usage.of(prompt.tokens(), Estimates.tokens(result.bytesOut()));
        if (!possible) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the endpoint {0} told {1} tokens of prompt and {2} of reply, far more than its context of {3}: estimates are"
                            + " billed in their place",
                    endpoint.id(),
                    String.valueOf(result.usage().prompt()),
                    String.valueOf(result.usage().completion()),
                    String.valueOf(endpoint.context()));
        }
        boolean used = result.failure() == FailureKind.NONE
                || result.failure() == FailureKind.CUT
                || result.attempt().billed();
        long cost = used
                ? Math.addExact(
                        Prices.cost(endpoint, at, usage, result.service()),
                        endpoint.prices().machine().nanos(busyMicros))
                : 0;
        long sinceBegan =
                micros() - TimeUnit.MILLISECONDS.toMicros(result.attempt().millis());
        long firstToken = result.firstTokenMicros() < 0 ? -1 : Math.max(0, sinceBegan) + result.firstTokenMicros();
        return event(
                endpoint,
                attempts,
                usage,
                result.bytesOut(),
                firstToken,
                status,
                result.finish(),
                result.toolCalls(),
                cost,
                result.upstreamCostNanos(),
                possible ? result.quality() : Quality.ESTIMATED,
                cause(result),
                result.service());
    }

    /**
     * Whether an endpoint can have told the truth: no reply has twice the tokens of its context, and no prompt more than that and one for
     * each byte, of which many texts in one request may have more. Whoever says so has a defect, or another's money in mind.
     */
    private boolean isPossible(Endpoint endpoint, Usage usage) {
        if (endpoint.context() <= 0) {
            return true;
        }
        long most = 2 * endpoint.context();
        return usage.prompt() <= most + prompt.textBytes()
                && usage.completion() / Prices.choices(request) <= Math.max(most, 2 * endpoint.maxOutput());
    }

    private int status(CallResult result) {
        return switch (result.failure()) {
            case CLIENT_GONE -> CLIENT_CLOSED;
            case INVALID -> request.surface().status(Errors.kind(result));
            default -> result.status() == 0 ? 200 : result.status();
        };
    }

    private static String cause(CallResult result) {
        return switch (result.failure()) {
            case CLIENT_GONE -> "client";
            case CUT -> result.attempt().outcome().equals("timeout") ? "deadline" : "";
            default -> "";
        };
    }

    /** Nobody answered. */
    UsageEvent unanswered(List<Attempt> attempts, int status, String cause) {
        return new UsageEvent(
                id,
                at,
                node,
                caller.keyId(),
                caller.account(),
                caller.appName(),
                caller.payerCountry(),
                request.form().text(),
                request.model(),
                "",
                "",
                "",
                "",
                attempts,
                Usage.NONE,
                prompt.textBytes(),
                0,
                -1,
                micros(),
                status,
                "error",
                request.stream(),
                0,
                0,
                OptionalLong.empty(),
                Quality.MISSING,
                cause,
                Service.NONE,
                "",
                category);
    }

    private UsageEvent event(
            Endpoint endpoint,
            List<Attempt> attempts,
            Usage usage,
            long bytesOut,
            long firstTokenMicros,
            int status,
            String finish,
            int toolCalls,
            long costNanos,
            OptionalLong upstreamCostNanos,
            Quality quality,
            String cancelCause,
            Service service) {
        return new UsageEvent(
                id,
                at,
                node,
                caller.keyId(),
                caller.account(),
                caller.appName(),
                caller.payerCountry(),
                request.form().text(),
                request.model(),
                endpoint.id(),
                endpoint.model(),
                endpoint.provider(),
                endpoint.prices().version(),
                attempts,
                usage,
                prompt.textBytes(),
                bytesOut,
                firstTokenMicros,
                micros(),
                status,
                finish,
                request.stream(),
                toolCalls,
                costNanos,
                upstreamCostNanos,
                quality,
                cancelCause,
                service.counted(),
                unpriced(endpoint, service),
                category);
    }

    private String unpriced(Endpoint endpoint, Service service) {
        String unpriced = Prices.unpriced(endpoint, at, service);
        if (!unpriced.isEmpty() && WARNED.size() < MOST_WARNED && WARNED.add(endpoint.id() + ": " + unpriced)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the endpoint {0} says that it did what has no price in the catalogue ({1}; service tier ''{2}''): a tier"
                            + " costs the usual prices then, a tool nothing; the event {3} says so, as others will",
                    endpoint.id(),
                    unpriced,
                    service.tier(),
                    id);
        }
        return unpriced;
    }

    private long micros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - began);
    }
}
