package dev.jerboa.hub.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Closes streams that have been silent for too long, so that whoever reads them goes on. Safe for several threads. */
final class Watch implements AutoCloseable {
    private final Map<InputStream, AtomicLong> heard = new ConcurrentHashMap<>();
    private final long patienceNanos;
    private final Thread thread;

    Watch(Duration patience) {
        this.patienceNanos = patience.toNanos();
        this.thread = Thread.ofVirtual().name("hub-watch").start(this::look);
    }

    /** Begins to watch; the counter is to be set to {@link System#nanoTime} when something comes. */
    AtomicLong begin(InputStream stream) {
        AtomicLong last = new AtomicLong(System.nanoTime());
        heard.put(stream, last);
        return last;
    }

    void end(InputStream stream) {
        heard.remove(stream);
    }

    private void look() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(Duration.ofNanos(Math.max(1_000_000, patienceNanos / 8)));
            } catch (InterruptedException e) {
                return;
            }
            long now = System.nanoTime();
            heard.forEach((stream, last) -> {
                if (now - last.get() > patienceNanos && heard.remove(stream) != null) {
                    try {
                        stream.close();
                    } catch (IOException e) {
                        // it is given up anyway
                    }
                }
            });
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
