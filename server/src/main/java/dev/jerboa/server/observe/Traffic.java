package dev.jerboa.server.observe;

import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.reply.ReplyObserver;
import dev.jerboa.server.reply.ReplyOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts what is ordered and served, by model. Thread-safe. */
public final class Traffic implements ReplyObserver {
    private final Map<String, ModelTraffic> byModel = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> inFlightByName = new ConcurrentHashMap<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder total = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean stopping;
    private volatile boolean draining;

    @Override
    public Watch begin(ReplyOrder order) {
        inFlight.incrementAndGet();
        if (draining) {
            inFlight.decrementAndGet();
            throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
        }
        total.increment();
        AtomicInteger ofName = inFlightByName.computeIfAbsent(order.target().name(), name -> new AtomicInteger());
        ofName.incrementAndGet();
        ModelTraffic model = of(order.target().served().id());
        return new Watch() {
            @Override
            public void ended(List<Outcome> outcomes) {
                inFlight.decrementAndGet();
                ofName.decrementAndGet();
                outcomes.forEach(model::ended);
            }

            @Override
            public void failed() {
                inFlight.decrementAndGet();
                ofName.decrementAndGet();
                failed.increment();
                model.failed();
            }
        };
    }

    /** What a model has served. */
    ModelTraffic of(String model) {
        return byModel.computeIfAbsent(model, name -> new ModelTraffic());
    }

    /** Orders under way for a name, of a model or of an adapter. */
    int inFlight(String name) {
        AtomicInteger count = inFlightByName.get(name);
        return count == null ? 0 : count.get();
    }

    int inFlight() {
        return inFlight.get();
    }

    long total() {
        return total.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** Whether the server is about to stop, though it may still serve what has begun. */
    public boolean isStopping() {
        return stopping;
    }

    /** The server stops: {@code /ready} says so from now on, while orders are still taken. */
    public void announceStop() {
        stopping = true;
    }

    /** Takes no more orders, and waits until those under way have ended, but not longer than {@code most}. */
    public void drain(Duration most) {
        announceStop();
        draining = true;
        long end = System.nanoTime() + most.toNanos();
        while (inFlight.get() > 0 && System.nanoTime() < end) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
