package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.key.BudgetDecision;
import dev.jerboa.gateway.key.Budgets;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.Limits;
import dev.jerboa.gateway.key.Reservation;
import dev.jerboa.gateway.ledger.RefusalReason;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Limits and budgets of keys. A request without a key belongs to none, and is let in: whether there may be any is settled before. */
public final class KeyAdmission implements Admission {
    /** The rest of what clients are told then: where the store is and what is wrong there is the operator's, and in the log. */
    private static final String NO_STORE = ": the gateway's store does not answer";

    private final Limits limits;
    private final Budgets budgets;

    public KeyAdmission(Limits limits, Budgets budgets) {
        this.limits = limits;
        this.budgets = budgets;
    }

    @Override
    public Answer admit(Caller caller, Instant at, long tokens, long nanos) {
        return caller.key().isEmpty()
                ? OPEN.admit(caller, at, tokens, nanos)
                : admit(caller.key().get(), at, tokens, nanos);
    }

    private Answer admit(Key key, Instant at, long tokens, long nanos) {
        return switch (limits.enter(key, tokens)) {
            case Limits.Entry.Limited(Limits.Kind kind, long wait) ->
                new Refused(
                        reason(kind), ErrorKind.RATE_LIMIT, "the key's limit of " + words(kind) + " is reached", wait);
            case Limits.Entry.Admitted entered -> reserve(key, at, nanos, entered);
        };
    }

    /** OpenAI's headers; a limit of requests at a time has none there. */
    @Override
    public Map<String, String> told(Caller caller) {
        List<Limits.Level> levels = caller.key().map(limits::levels).orElse(List.of());
        if (levels.isEmpty()) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        levels.forEach(level -> {
            String what = level.kind().name().toLowerCase(Locale.ROOT);
            headers.put("x-ratelimit-limit-" + what, String.valueOf(level.most()));
            headers.put("x-ratelimit-remaining-" + what, String.valueOf(level.left()));
            headers.put("x-ratelimit-reset-" + what, level.resetMillis() + "ms");
        });
        return headers;
    }

    private static String words(Limits.Kind kind) {
        return switch (kind) {
            case REQUESTS -> "requests a minute";
            case TOKENS -> "tokens a minute";
            case CONCURRENT -> "requests at a time";
        };
    }

    private static RefusalReason reason(Limits.Kind kind) {
        return switch (kind) {
            case REQUESTS -> RefusalReason.REQUESTS_A_MINUTE;
            case TOKENS -> RefusalReason.TOKENS_A_MINUTE;
            case CONCURRENT -> RefusalReason.CONCURRENT;
        };
    }

    private Answer reserve(Key key, Instant at, long nanos, Limits.Entry.Admitted entered) {
        BudgetDecision decision;
        try {
            decision = budgets.reserve(key, at, nanos);
        } catch (GatewayException e) {
            entered.leave(0);
            return new Refused(
                    RefusalReason.STORE,
                    ErrorKind.OVERLOADED,
                    "which budgets hold for the key cannot be told now" + NO_STORE,
                    1000);
        } catch (RuntimeException | Error e) {
            entered.leave(0);
            throw e;
        }
        return switch (decision) {
            case Reservation held ->
                (Admitted) (tokens, cost) -> {
                    try {
                        held.settle(cost);
                    } finally {
                        entered.leave(tokens);
                    }
                };
            case BudgetDecision.Exhausted exhausted -> {
                entered.leave(0);
                yield exhausted(exhausted, at);
            }
            case BudgetDecision.Unknown unknown -> {
                entered.leave(0);
                yield new Refused(
                        RefusalReason.STORE,
                        ErrorKind.OVERLOADED,
                        "whether the budget '" + unknown.budget().id() + "' allows it cannot be told now" + NO_STORE,
                        1000);
            }
            case BudgetDecision.Granted granted ->
                throw new IllegalStateException("granted, but nothing to settle: " + granted);
        };
    }

    private static Refused exhausted(BudgetDecision.Exhausted exhausted, Instant at) {
        boolean ends = exhausted.end().isBefore(Instant.MAX);
        return new Refused(
                RefusalReason.BUDGET,
                ErrorKind.QUOTA,
                String.format(
                                Locale.ROOT,
                                "the budget '%s' has not enough left: the request may cost up to $%.6f",
                                exhausted.budget().id(),
                                exhausted.neededNanos() / 1e9)
                        + (ends ? "; its next period begins at " + exhausted.end() : ""),
                ends ? Duration.between(at, exhausted.end()).toMillis() : -1);
    }
}
