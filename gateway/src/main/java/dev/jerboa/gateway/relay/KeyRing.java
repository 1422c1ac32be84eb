package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.catalog.Provider;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** Which of a provider's keys is used: in turn, without those that were refused of late as long as there are others. Thread-safe. */
final class KeyRing {
    private record Place(String provider, int key) {}

    private final LongSupplier nanoTime;
    private final Map<String, AtomicInteger> turns = new ConcurrentHashMap<>();
    private final Map<Place, Long> restsUntil = new ConcurrentHashMap<>();

    KeyRing(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * The next key.
     *
     * @param tried those that the request has tried
     * @return −1 where there is none that was not tried
     */
    int next(Provider provider, Set<Integer> tried) {
        int count = Math.max(1, provider.secrets().size());
        int turn = count == 1
                ? 0
                : Math.floorMod(
                        turns.computeIfAbsent(provider.id(), id -> new AtomicInteger())
                                .getAndIncrement(),
                        count);
        int resting = -1;
        for (int i = 0; i < count; i++) {
            int key = (turn + i) % count;
            if (tried.contains(key)) {
                continue;
            }
            if (!rests(provider, key)) {
                return key;
            }
            resting = resting < 0 ? key : resting;
        }
        return resting;
    }

    private boolean rests(Provider provider, int key) {
        if (restsUntil.isEmpty()) { // nearly always
            return false;
        }
        Place place = new Place(provider.id(), key);
        Long until = restsUntil.get(place);
        if (until == null) {
            return false;
        }
        if (nanoTime.getAsLong() - until < 0) {
            return true;
        }
        restsUntil.remove(place, until);
        return false;
    }

    /** A key was refused: others are used for a while. */
    void rest(Provider provider, int key, long millis) {
        restsUntil.put(new Place(provider.id(), key), nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
