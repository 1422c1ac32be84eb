package dev.jerboa.gateway.upstream;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Connections that rest between requests; the one that rested least is taken first. Thread-safe. */
final class Wires implements AutoCloseable {
    private static final int MOST_RESTING = 256;
    /** Well under the time after which servers usually close connections that rest. */
    private static final long LONGEST_REST_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final Map<Origin, Resting> byOrigin = new ConcurrentHashMap<>();
    private final SSLSocketFactory tls = (SSLSocketFactory) SSLSocketFactory.getDefault();
    private final Proxies proxies;
    private final Unreached unreached = new Unreached();
    private volatile boolean closed;

    Wires(Proxies proxies) {
        this.proxies = proxies;
    }

    private static final class Resting {
        final ReentrantLock lock = new ReentrantLock();
        final Deque<Wire> wires = new ArrayDeque<>();
    }

    /** A connection that has rested, or null. */
    @Nullable
    Wire resting(Origin origin) {
        Resting resting = byOrigin.get(origin);
        if (resting == null) {
            return null;
        }
        resting.lock.lock();
        try {
            Wire wire = resting.wires.pollFirst();
            if (wire == null || wire.restedNanos() < LONGEST_REST_NANOS) {
                return wire;
            }
            wire.close(); // the others have rested for longer
            resting.wires.forEach(Wire::close);
            resting.wires.clear();
            return null;
        } finally {
            resting.lock.unlock();
        }
    }

    /** A new connection. */
    Wire connect(Origin origin, int timeoutMillis) throws IOException {
        try {
            return Wire.connect(origin, timeoutMillis, tls, proxies);
        } catch (IOException e) {
            unreached.say(origin, e);
            throw e;
        }
    }

    /** Gives a connection back: it rests, or is closed where it cannot be used again. */
    void give(Origin origin, Wire wire) {
        if (closed || !wire.reusable()) {
            wire.close();
            return;
        }
        wire.rest();
        Resting resting = byOrigin.computeIfAbsent(origin, key -> new Resting());
        Wire surplus = null;
        resting.lock.lock();
        try {
            resting.wires.addFirst(wire);
            if (resting.wires.size() > MOST_RESTING) {
                surplus = resting.wires.pollLast();
            }
        } finally {
            resting.lock.unlock();
        }
        if (surplus != null) {
            surplus.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        byOrigin.values().forEach(resting -> {
            resting.lock.lock();
            try {
                resting.wires.forEach(Wire::close);
                resting.wires.clear();
            } finally {
                resting.lock.unlock();
            }
        });
    }
}
