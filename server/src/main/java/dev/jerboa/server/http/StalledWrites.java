package dev.jerboa.server.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks over the writes under way, and closes connections whose client has taken nothing for too long. Thread-safe. */
final class StalledWrites implements AutoCloseable {
    /** It looks so many times while a client may be silent. */
    private static final int LOOKS = 10;

    private final Set<TimedWriter> writing = ConcurrentHashMap.newKeySet();
    private final long mostNanos;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("jerboa-stalled-writes").daemon().factory());

    StalledWrites(Duration most) {
        this.mostNanos = most.toNanos();
        long every = Math.clamp(mostNanos / LOOKS, TimeUnit.MILLISECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(1));
        clock.scheduleWithFixedDelay(this::look, every, every, TimeUnit.NANOSECONDS);
    }

    void begin(TimedWriter writer) {
        writing.add(writer);
    }

    void end(TimedWriter writer) {
        writing.remove(writer);
    }

    private void look() {
        long now = System.nanoTime();
        for (TimedWriter writer : writing) {
            if (now - writer.since() > mostNanos) {
                writer.giveUp();
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
