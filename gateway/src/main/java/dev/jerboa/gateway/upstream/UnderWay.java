package dev.jerboa.gateway.upstream;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The calls under way, which it looks over: it ends those whose time is up, and has clients told that somebody is there. One thread does
 * so for all, since a read that has a time-out of its own wakes another thread twice. Thread-safe.
 */
final class UnderWay implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(UnderWay.class.getName());
    /** Time-outs are this exact: a fiftieth of the shortest. More often costs more than it says: each look wakes a thread, some 85 µs. */
    private static final int LOOKS = 50;

    private static final long LEAST_MILLIS = 5;
    private static final long MOST_MILLIS = 100;

    private final Set<Call> calls = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("jerboa-upstream-calls").daemon().factory());

    /** @param timeouts of the calls, which say how often to look */
    UnderWay(Timeouts timeouts) {
        long every = Math.clamp(timeouts.shortestWait() / LOOKS, LEAST_MILLIS, MOST_MILLIS);
        clock.scheduleWithFixedDelay(this::look, every, every, TimeUnit.MILLISECONDS);
    }

    void begin(Call call) {
        calls.add(call);
    }

    void end(Call call) {
        calls.remove(call);
    }

    private void look() {
        long now = System.nanoTime();
        for (Call call : calls) {
            try {
                call.look(now);
            } catch (RuntimeException | Error e) { // the clock would stop, and with it the time-outs of all others
                LOG.log(System.Logger.Level.ERROR, "a call could not be looked over", e);
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
