package dev.jerboa.server.gateway;

import dev.jerboa.server.http.HttpError;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much may be under way at once, so that memory holds it: what comes on top is refused at once, with a word when to come again, rather
 * than taken and served by nobody. Thread-safe.
 */
final class Room {
    /** What a request takes beside its body, buffers of both connections included. */
    private static final long REQUEST_BYTES = 128 << 10;
    /** A body is kept as it came, as text and parsed, and is written again for the endpoint. */
    private static final int COPIES = 6;

    private static final int MOST_REQUESTS = 20_000;

    private final int mostRequests;
    private final long mostBytes;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /**
     * @param mostRequests so many at once
     * @param mostBytes of the bodies of all together; one alone may always be as long as requests may be
     */
    Room(int mostRequests, long mostBytes) {
        this.mostRequests = mostRequests;
        this.mostBytes = mostBytes;
    }

    /**
     * What a heap holds.
     *
     * @param requests so many at once; 0 for what the heap holds
     */
    static Room of(int requests, long heapBytes) {
        int fitting = (int) Math.clamp(heapBytes / 3 * 2 / REQUEST_BYTES, 16, MOST_REQUESTS);
        return new Room(requests == 0 ? fitting : requests, heapBytes / 4 / COPIES);
    }

    /**
     * Lets a request in.
     *
     * @throws HttpError where there is no room now
     */
    Place enter() {
        if (requests.incrementAndGet() > mostRequests) {
            requests.decrementAndGet();
            throw HttpError.of(
                    HttpError.Kind.OVERLOADED,
                    mostRequests
                            + " requests are under way, as many as this gateway takes at once: try again in a moment");
        }
        return new Place();
    }

    /** How many requests are under way. */
    int requests() {
        return requests.get();
    }

    /** What one request takes. One thread. */
    final class Place implements AutoCloseable {
        private long held;

        /**
         * Takes room for a body.
         *
         * @throws HttpError where there is none now
         */
        void take(long length) {
            long all = bytes.addAndGet(length);
            if (all > mostBytes && all > length) {
                bytes.addAndGet(-length);
                throw HttpError.of(
                        HttpError.Kind.OVERLOADED,
                        "the requests under way are as long together as this gateway's memory holds: try again in a moment");
            }
            held += length;
        }

        @Override
        public void close() {
            bytes.addAndGet(-held);
            requests.decrementAndGet();
        }
    }
}
