package dev.jerboa.gateway.key;

import dev.jerboa.gateway.GatewayException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * What the store says, remembered for some seconds, and longer where it does not answer. One thread asks for a key at a time: others take
 * what was known before, or wait where nothing was. Thread-safe, without a lock around the question.
 */
final class Remembered<K, V> {
    private static final long NANOS = 10_000_000_000L;
    private static final int MOST = 20_000;

    /** A value, and when it was asked for. */
    private record Entry<V>(V value, long nanos) {}

    private final Function<K, V> read;
    private final Map<K, Entry<V>> entries = new ConcurrentHashMap<>();
    private final Map<K, CompletableFuture<V>> asking = new ConcurrentHashMap<>();
    private final AtomicLong forgotten = new AtomicLong();

    Remembered(Function<K, V> read) {
        this.read = read;
    }

    V get(K key) {
        Entry<V> known = entries.get(key);
        long now = System.nanoTime();
        if (known != null && now - known.nanos() < NANOS) {
            return known.value();
        }
        CompletableFuture<V> mine = new CompletableFuture<>();
        CompletableFuture<V> other = asking.putIfAbsent(key, mine);
        if (other != null) {
            return known != null ? known.value() : join(other);
        }
        long before = forgotten.get();
        try {
            V value = read.apply(key);
            if (entries.size() >= MOST) { // keys that are none can be made up: forgetting is cheaper than keeping them
                entries.clear();
            }
            if (known != null && known.value().equals(value)) {
                value = known.value(); // the same object: nothing has changed
            }
            if (before == forgotten.get()) {
                entries.put(key, new Entry<>(value, now));
            }
            mine.complete(value);
            return value;
        } catch (RuntimeException e) {
            if (known != null && e instanceof GatewayException) {
                if (before == forgotten.get()) { // not asked again at once: each question waits as long as the last
                    entries.put(key, new Entry<>(known.value(), System.nanoTime()));
                }
                mine.complete(known.value());
                return known.value();
            }
            mine.completeExceptionally(e);
            throw e;
        } finally {
            asking.remove(key, mine);
        }
    }

    private static <V> V join(CompletableFuture<V> other) {
        try {
            return other.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException known ? known : e;
        }
    }

    /** Forgets everything: something was changed. Answers that are under way are not remembered. */
    void forget() {
        forgotten.incrementAndGet();
        entries.clear();
        asking.clear();
    }
}
