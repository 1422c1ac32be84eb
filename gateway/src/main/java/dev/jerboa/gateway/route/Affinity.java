package dev.jerboa.gateway.route;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint answered conversations that begin in a way, so that its cache of beginnings is of use; of the last {@value #MOST} only.
 * Thread-safe.
 */
final class Affinity {
    private static final int MOST = 16_384;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, String> endpoints = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
            return size() > MOST;
        }
    };

    @Nullable
    String endpoint(long beginning) {
        lock.lock();
        try {
            return endpoints.get(beginning);
        } finally {
            lock.unlock();
        }
    }

    void answered(long beginning, String endpoint) {
        lock.lock();
        try {
            endpoints.put(beginning, endpoint);
        } finally {
            lock.unlock();
        }
    }
}
