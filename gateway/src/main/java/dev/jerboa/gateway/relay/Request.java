package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.ledger.RefusalReason;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.route.Asked;
import dev.jerboa.gateway.route.Needs;
import dev.jerboa.gateway.route.Plan;
import dev.jerboa.gateway.route.RouteException;
import dev.jerboa.gateway.route.Router;
import dev.jerboa.gateway.route.Wishes;
import dev.jerboa.gateway.upstream.Estimates;
import dev.jerboa.gateway.upstream.ReplySink;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** One request up to its attempts: route, admission; what is refused here was put to nobody, and is no event. One thread. */
final class Request {
    private final Gateway gateway;
    private final Caller caller;
    private final ClientRequest request;
    private final ReplySink sink;
    private final long began = System.nanoTime();
    private final Instant at;
    private final String id;

    Request(Gateway gateway, Caller caller, ClientRequest request, ReplySink sink) {
        this.gateway = gateway;
        this.caller = caller;
        this.request = request;
        this.sink = sink;
        this.at = gateway.parts().clock().instant();
        this.id = gateway.ulids().next();
    }

    Optional<UsageEvent> serve() {
        Router router = gateway.parts().router().get();
        OptionalLong beginning = Beginnings.of(caller, request);
        Estimates.Prompt prompt = Estimates.prompt(request);
        Needs needs;
        Plan plan;
        try {
            needs = Needs.of(request, prompt.tokens());
            plan = router.plan(new Asked(names(), Wishes.of(request.body()), needs, caller.allowed(), at, beginning));
        } catch (RouteException e) {
            return refuse(reason(e.kind()), e.kind(), String.valueOf(e.getMessage()), e.retryAfterMillis());
        }
        Optional<String> tooMany = Prices.tooManyChoices(request);
        if (tooMany.isPresent()) {
            return refuse(RefusalReason.INVALID, ErrorKind.INVALID, tooMany.get(), -1);
        }
        long most;
        try {
            most = Prices.most(plan.candidates(), request, at, prompt.mostTokens(), needs.outputTokens());
        } catch (ArithmeticException e) {
            return refuse(
                    RefusalReason.INVALID,
                    ErrorKind.INVALID,
                    "the request asks for more tokens than can be counted",
                    -1);
        }
        Admission admission = gateway.parts().admission();
        Admission.Answer answer = admission.admit(caller, at, prompt.mostTokens() + needs.outputTokens(), most);
        sink.tell(admission.told(caller));
        return switch (answer) {
            case Admission.Refused(RefusalReason reason, ErrorKind kind, String message, long wait) ->
                refuse(reason, kind, message, wait);
            case Admission.Admitted admitted ->
                Optional.of(
                        new Attempts(gateway, router, caller, request, sink, prompt, at, began, id, beginning, admitted)
                                .serve(plan.candidates()));
        };
    }

    /** The model, then those that may answer in its place. */
    private List<String> names() {
        Set<String> names = new LinkedHashSet<>();
        if (!request.model().isEmpty()) {
            names.add(request.model());
        }
        Object more = request.body().get("models");
        if (more instanceof List<?> list) {
            for (Object name : list) {
                if (!(name instanceof String text)) {
                    throw new RouteException(ErrorKind.INVALID, "models: expected a list of names");
                }
                names.add(text);
            }
        } else if (more != null) {
            throw new RouteException(ErrorKind.INVALID, "models: expected a list of names");
        }
        return new ArrayList<>(names);
    }

    /** Why there is nobody to ask. */
    private static RefusalReason reason(ErrorKind kind) {
        return switch (kind) {
            case PERMISSION -> RefusalReason.MODEL_NOT_ALLOWED;
            case NOT_FOUND -> RefusalReason.NO_MODEL;
            case CONTEXT_LENGTH -> RefusalReason.TOO_LONG;
            default -> RefusalReason.INVALID;
        };
    }

    private Optional<UsageEvent> refuse(RefusalReason reason, ErrorKind kind, String message, long retryAfterMillis) {
        gateway.parts().observer().refused(new Refusal(request.form().text(), caller.keyId(), reason));
        Errors.send(sink, request, id, new ReplyError(kind, message), retryAfterMillis);
        return Optional.empty();
    }
}
