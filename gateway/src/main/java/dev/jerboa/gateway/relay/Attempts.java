package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.config.RetryConfig;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.dialect.ErrorOrigin;
import dev.jerboa.gateway.dialect.ReplyError;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.price.MachineClock;
import dev.jerboa.gateway.route.Candidate;
import dev.jerboa.gateway.route.EndpointHealth;
import dev.jerboa.gateway.route.Router;
import dev.jerboa.gateway.upstream.CallResult;
import dev.jerboa.gateway.upstream.EndpointCaller;
import dev.jerboa.gateway.upstream.Estimates;
import dev.jerboa.gateway.upstream.FailureKind;
import dev.jerboa.gateway.upstream.ReplySink;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one request, and its end. One thread.
 *
 * <pre>
 * candidate (breaker lets through) → note in the ledger → call
 *   answered, cut, client gone, invalid → the end
 *   key refused → the provider's next key;   limited → the next key after a pause;   failed → once more after a pause, within the budget
 *   otherwise → the next candidate
 * the end: cost → budgets settled → ledger → last bytes
 * </pre>
 */
final class Attempts {
    /** A key that the provider does not accept is not tried again for so long, while there are others. */
    private static final long REFUSED_KEY_RESTS_MILLIS = 60_000;

    private static final long LIMITED_KEY_RESTS_MILLIS = 5_000;

    private final Gateway gateway;
    private final Router router;
    private final ClientRequest request;
    private final ReplySink sink;
    private final long began;
    private final String id;
    private final OptionalLong beginning;
    private final Admission.Admitted admitted;
    private final Events events;
    private final RetryConfig retry;
    private final List<Attempt> made = new ArrayList<>();
    private long callNanos;
    private long shortestPause = Long.MAX_VALUE;
    private boolean noted;
    private boolean ended;
    private @Nullable CallResult last;
    private @Nullable Candidate lastCandidate;
    private long lastBusyMicros;

    Attempts(
            Gateway gateway,
            Router router,
            Caller caller,
            ClientRequest request,
            ReplySink sink,
            Estimates.Prompt prompt,
            Instant at,
            long began,
            String id,
            OptionalLong beginning,
            Admission.Admitted admitted) {
        this.gateway = gateway;
        this.router = router;
        this.request = request;
        this.sink = sink;
        this.began = began;
        this.id = id;
        this.beginning = beginning;
        this.admitted = admitted;
        this.retry = gateway.parts().retry();
        this.events = new Events(
                gateway.parts().node(),
                caller,
                request,
                prompt,
                id,
                at,
                began,
                gateway.parts().categories().of(caller, request));
    }

    UsageEvent serve(List<Candidate> candidates) {
        try {
            int asked = 0;
            for (int i = 0; i < candidates.size() && asked < retry.endpoints() && !isLate(); i++) {
                Candidate candidate = candidates.get(i);
                boolean only = i == candidates.size() - 1;
                EndpointHealth health = router.health().of(candidate.endpoint().id());
                CallResult result = ask(candidate, health, only);
                if (result == null) {
                    shortestPause = Math.min(shortestPause, health.openMillis());
                    continue;
                }
                asked++;
                if (!result.failure().fallsBack() || sink.hasBegun()) {
                    return end(candidate, result);
                }
            }
            return nobody();
        } finally {
            if (!ended) { // a defect: whatever it is, money is not held back for ever, and the note has its end
                ended = true;
                admitted.end(0, 0);
                if (noted) {
                    gateway.parts().ledger().record(events.unanswered(made, 500, "shutdown"));
                }
            }
        }
    }

    private boolean isLate() {
        return System.nanoTime() - began > gateway.parts().total().toNanos();
    }

    /** Asks one endpoint as often as it makes sense; null where its breaker is open. */
    private @Nullable CallResult ask(Candidate candidate, EndpointHealth health, boolean only) {
        Set<Integer> tried = new HashSet<>();
        int key = gateway.keys().next(candidate.provider(), tried);
        int tries = 0;
        CallResult result = null;
        while (health.begin()) {
            tries++;
            result = call(candidate, health, key);
            FailureKind failure = result.failure();
            if (!failure.fallsBack() || sink.hasBegun() || isLate()) {
                return result;
            }
            long pause = 0;
            if (failure.rotatesKey()) {
                tried.add(key);
                rest(candidate, key, result);
                int other = gateway.keys().next(candidate.provider(), tried);
                if (other < 0) {
                    pause = only && failure.backsOff() ? result.ending().retryAfterMillis() : -1;
                    if (pause < 0 || pause > retry.maxPause().toMillis() || tries >= retry.tries()) {
                        return result;
                    }
                } else {
                    key = other;
                    pause = failure.backsOff() ? backoff(tries, -1) : 0;
                }
            } else if (failure == FailureKind.SERVER) {
                pause = backoff(tries, result.ending().retryAfterMillis());
                if (tries >= retry.tries()
                        || pause > retry.maxPause().toMillis()
                        || !gateway.retries().retry()) {
                    return result;
                }
            } else {
                return result;
            }
            if (pause > 0 && !pause(pause)) {
                return result.abandoned();
            }
        }
        return result;
    }

    /** A pause that doubles with each try, with chance in it so that those who failed together do not come back together. */
    private long backoff(int tries, long wanted) {
        long longest = retry.maxPause().toMillis();
        long doubled = Math.min(longest, retry.pause().toMillis() << Math.min(tries - 1, 20));
        long own = doubled / 2 + ThreadLocalRandom.current().nextLong(doubled / 2 + 1);
        return Math.max(own, wanted);
    }

    private void rest(Candidate candidate, int key, CallResult result) {
        long wanted = result.ending().retryAfterMillis();
        long usual = result.failure() == FailureKind.KEY ? REFUSED_KEY_RESTS_MILLIS : LIMITED_KEY_RESTS_MILLIS;
        gateway.keys().rest(candidate.provider(), key, wanted >= 0 ? wanted : usual);
    }

    /** Waits; false where the client goes away meanwhile. */
    private boolean pause(long millis) {
        CountDownLatch gone = new CountDownLatch(1);
        sink.whenGone(gone::countDown);
        try {
            return !gone.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            sink.whenGone(null);
        }
    }

    private CallResult call(Candidate candidate, EndpointHealth health, int key) {
        boolean done = false;
        long from = System.nanoTime();
        boolean local = candidate.provider().isLocal();
        MachineClock.Share share = local ? gateway.machine().begin() : null;
        try {
            gateway.parts().ledger().begin(events.begun(candidate, made));
            noted = true;
            EndpointCaller caller =
                    local ? gateway.parts().local() : gateway.parts().remote();
            CallResult result = caller.call(request, id, candidate.endpoint(), candidate.provider(), key, sink);
            callNanos += System.nanoTime() - from;
            Attempt attempt = events.attempted(candidate, result);
            made.add(attempt);
            gateway.parts().observer().attempted(attempt);
            learn(candidate, health, result, System.nanoTime() - from);
            done = true;
            last = result;
            lastCandidate = candidate;
            return result;
        } finally {
            lastBusyMicros = share == null ? 0 : share.end();
            if (!done) {
                health.ended();
            }
        }
    }

    private void learn(Candidate candidate, EndpointHealth health, CallResult result, long nanos) {
        boolean several = candidate.provider().secrets().size() > 1;
        switch (result.failure()) {
            case NONE -> {
                // what comes as a whole says neither when it began nor how fast it came, but how long it took
                long first = request.stream() ? result.reply().firstTokenMicros() : -1;
                long micros = nanos / 1000 - Math.max(0, first);
                health.answered(first, result.used().tokens().completion(), micros);
                if (beginning.isPresent()) {
                    router.answered(beginning.getAsLong(), candidate.endpoint().id());
                }
            }
            case SERVER, CUT -> health.failed(result.ending().retryAfterMillis());
            case KEY, RATE_LIMITED -> {
                if (several) {
                    health.ended(); // the key's matter, not the endpoint's
                } else {
                    health.failed(result.ending().retryAfterMillis());
                }
            }
            case INVALID, NOT_HERE, CLIENT_GONE -> health.ended();
        }
    }

    /** The request has its answer, or its end. */
    private UsageEvent end(Candidate candidate, CallResult result) {
        UsageEvent event = events.ended(candidate, result, made, lastBusyMicros);
        finish(event);
        if (result.failure() == FailureKind.INVALID) {
            ReplyError error =
                    new ReplyError(Errors.kind(result), Errors.message(result), Errors.origin(candidate, result));
            Errors.send(sink, request, id, error, -1);
        } else if (result.failure() != FailureKind.CLIENT_GONE) {
            byte[] tail = result.tail().bytes(OptionalLong.of(event.cost().nanos()));
            sink.write(tail, 0, tail.length);
        }
        return event;
    }

    private UsageEvent nobody() {
        CallResult result = last;
        ErrorKind kind = result == null ? ErrorKind.OVERLOADED : Errors.kind(result);
        String message = result == null
                ? "every endpoint has failed of late, and is left alone for a moment"
                : Errors.message(result);
        long wait = result == null ? shortestPause : result.ending().retryAfterMillis();
        Candidate counted = result != null && result.used().tokens().total() > 0 ? lastCandidate : null;
        int status = request.surface().status(kind);
        UsageEvent event = result == null || counted == null
                ? events.unanswered(made, status, "")
                : events.failed(counted, result, made, lastBusyMicros, status);
        finish(event);
        Candidate asked = lastCandidate;
        ErrorOrigin origin = result == null || asked == null ? ErrorOrigin.NONE : Errors.origin(asked, result);
        Errors.send(sink, request, id, new ReplyError(kind, message, origin), wait == Long.MAX_VALUE ? -1 : wait);
        return event;
    }

    private void finish(UsageEvent event) {
        ended = true;
        try {
            admitted.end(event.used().tokens().total(), event.cost().nanos());
        } finally {
            gateway.parts().ledger().record(event);
        }
        long overhead = System.nanoTime() - began - callNanos;
        gateway.parts().observer().asked(request); // the client has its reply, but for the last bytes
        gateway.parts().observer().ended(event, overhead);
    }
}
