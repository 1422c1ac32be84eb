package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ErrorKind;
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
        Needs needs;
        Plan plan;
        try {
            needs = Needs.of(request, Estimates.promptTokens(request));
            plan = router.plan(new Asked(names(), Wishes.of(request.body()), needs, caller.allowed(), at, beginning));
        } catch (RouteException e) {
            return refuse(e.kind(), String.valueOf(e.getMessage()), e.retryAfterMillis());
        }
        long prompt = Estimates.mostPromptTokens(request);
        long most;
        try {
            most = Prices.most(plan.candidates(), request, at, prompt, needs.outputTokens());
        } catch (ArithmeticException e) {
            return refuse(ErrorKind.INVALID, "the request's limit of tokens is too large", -1);
        }
        Admission admission = gateway.parts().admission();
        Admission.Answer answer = admission.admit(caller, at, prompt + needs.outputTokens(), most);
        sink.tell(admission.told(caller));
        return switch (answer) {
            case Admission.Refused(ErrorKind kind, String message, long wait) -> refuse(kind, message, wait);
            case Admission.Admitted admitted ->
                Optional.of(new Attempts(gateway, router, caller, request, sink, at, began, id, beginning, admitted)
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

    private Optional<UsageEvent> refuse(ErrorKind kind, String message, long retryAfterMillis) {
        gateway.parts().observer().refused(request.form().text(), Errors.status(kind));
        Errors.send(sink, request, id, kind, message, retryAfterMillis);
        return Optional.empty();
    }
}
