package dev.jerboa.server.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Begins to watch clients whose reply is not there at once: a watch takes a thread and two turns of the poller, which is more than many a
 * quick reply takes. Thread-safe.
 */
final class Watches implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Watches.class.getName());
    /**
     * A client's going is noticed after so long at the latest, beside what the network takes. Looking more often costs each request more
     * than it brings: a look wakes a thread, some 90 µs.
     */
    private static final long EVERY_MILLIS = 100;

    private final Set<ReadAhead> clients = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("jerboa-client-watches").daemon().factory());

    Watches() {
        clock.scheduleWithFixedDelay(this::begin, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    void add(ReadAhead client) {
        clients.add(client);
    }

    void remove(ReadAhead client) {
        clients.remove(client);
    }

    private void begin() {
        for (ReadAhead client : clients) {
            clients.remove(client);
            try {
                client.beginWatch();
            } catch (RuntimeException | Error e) { // the clock would stop, and nobody's going be noticed any more
                LOG.log(System.Logger.Level.ERROR, "a client could not be watched", e);
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
