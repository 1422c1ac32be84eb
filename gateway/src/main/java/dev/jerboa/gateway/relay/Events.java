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
    private final ClientRequest request;
    private final String id;
    private final Instant at;
    private final long began;
    private final Estimates.Prompt prompt;
    private final UsageEvent.Payer payer;
    private final UsageEvent.Asked asked;

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
        this.request = request;
        this.id = id;
        this.at = at;
        this.began = began;
        this.prompt = prompt;
        this.payer = new UsageEvent.Payer(caller.keyId(), caller.account(), caller.appName(), caller.payerCountry());
        this.asked = new UsageEvent.Asked(request.form().text(), request.model(), prompt.textBytes(), category);
    }

    /** What stands where nothing more is heard of the request: the prompt was sent. */
    UsageEvent begun(Candidate candidate, List<Attempt> before) {
        List<Attempt> attempts = new ArrayList<>(before);
        attempts.add(new Attempt(candidate.endpoint().id(), 0, "cut", 0, true));
        Usage usage = Usage.of(prompt.tokens(), 0);
        return event(
                offer(candidate.endpoint()),
                attempts,
                UsageEvent.Used.of(usage, Quality.PARTIAL),
                UsageEvent.Cost.of(Prices.cost(candidate.endpoint(), at, usage, Service.NONE)),
                reply(0, 0, -1),
                new UsageEvent.Outcome(0, "error", "", "crash"));
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
        boolean possible = isPossible(endpoint, result.used().tokens());
        Usage usage = possible
                ? result.used().tokens()
                : Usage.of(prompt.tokens(), Estimates.tokens(result.reply().bytes()));
        if (!possible) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the endpoint {0} told {1} tokens of prompt and {2} of reply, far more than its context of {3}: estimates are"
                            + " billed in their place",
                    endpoint.id(),
                    String.valueOf(result.used().tokens().prompt()),
                    String.valueOf(result.used().tokens().completion()),
                    String.valueOf(endpoint.context()));
        }
        boolean used = result.failure() == FailureKind.NONE
                || result.failure() == FailureKind.CUT
                || result.attempt().billed();
        long cost = used
                ? Math.addExact(
                        Prices.cost(endpoint, at, usage, result.used().service()),
                        endpoint.prices().machine().nanos(busyMicros))
                : 0;
        long sinceBegan =
                micros() - TimeUnit.MILLISECONDS.toMicros(result.attempt().millis());
        long firstToken = result.reply().firstTokenMicros() < 0
                ? -1
                : Math.max(0, sinceBegan) + result.reply().firstTokenMicros();
        return event(
                offer(endpoint),
                attempts,
                new UsageEvent.Used(
                        usage,
                        result.used().service().counted(),
                        possible ? result.used().quality() : Quality.ESTIMATED),
                new UsageEvent.Cost(
                        cost,
                        result.upstreamCostNanos(),
                        unpriced(endpoint, result.used().service())),
                reply(result.reply().bytes(), result.reply().toolCalls(), firstToken),
                new UsageEvent.Outcome(
                        status, result.reply().finish(), result.reply().nativeFinish(), cause(result)));
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
            default -> result.ending().status() == 0 ? 200 : result.ending().status();
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
        return event(
                UsageEvent.Offer.NONE,
                attempts,
                UsageEvent.Used.NONE,
                UsageEvent.Cost.NONE,
                reply(0, 0, -1),
                new UsageEvent.Outcome(status, "error", "", cause));
    }

    private UsageEvent event(
            UsageEvent.Offer offer,
            List<Attempt> attempts,
            UsageEvent.Used used,
            UsageEvent.Cost cost,
            UsageEvent.Reply reply,
            UsageEvent.Outcome outcome) {
        return new UsageEvent(id, at, node, payer, asked, offer, attempts, used, cost, reply, outcome);
    }

    private static UsageEvent.Offer offer(Endpoint endpoint) {
        return new UsageEvent.Offer(
                endpoint.id(),
                endpoint.model(),
                endpoint.provider(),
                endpoint.prices().version());
    }

    private UsageEvent.Reply reply(long bytes, int toolCalls, long firstTokenMicros) {
        return new UsageEvent.Reply(request.stream(), bytes, toolCalls, firstTokenMicros, micros());
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
