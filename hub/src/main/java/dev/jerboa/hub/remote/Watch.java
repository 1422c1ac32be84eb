package dev.jerboa.hub.remote;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Ends reads of which nothing has come for too long, by closing their streams. Safe for several threads. */
final class Watch implements AutoCloseable {
    /** Streams that are being read, and since when by {@link System#nanoTime}. */
    private final Map<InputStream, Long> reading = new ConcurrentHashMap<>();

    private final Duration patience;
    private final Thread thread;

    Watch(Duration patience) {
        this.patience = patience;
        this.thread = Thread.ofVirtual().name("hub-watch").start(this::look);
    }

    /** The stream, with reads that end. */
    InputStream watched(InputStream stream) {
        return new Watched(stream);
    }

    private final class Watched extends FilterInputStream {
        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            reading.put(in, System.nanoTime());
            try {
                return in.read(into, offset, length);
            } catch (IOException e) {
                boolean inTime = reading.remove(in) != null;
                throw inTime ? e : new IOException("nothing came for " + patience.toMillis() / 1e3 + " s", e);
            } finally {
                reading.remove(in);
            }
        }
    }

    private void look() {
        long most = patience.toNanos();
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(Duration.ofNanos(Math.max(1_000_000, most / 8)));
            } catch (InterruptedException e) {
                return;
            }
            long now = System.nanoTime();
            reading.forEach((stream, since) -> {
                if (now - since > most && reading.remove(stream, since)) {
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
