package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.ledger.Ledger;
import dev.jerboa.gateway.ledger.UsageEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A ledger in memory. */
final class MemoryLedger implements Ledger {
    private final Map<String, UsageEvent> open = new LinkedHashMap<>();
    private final List<UsageEvent> events = new ArrayList<>();

    @Override
    public synchronized void begin(UsageEvent begun) {
        open.put(begun.id(), begun);
    }

    @Override
    public synchronized void record(UsageEvent event) {
        open.remove(event.id());
        events.add(event);
    }

    synchronized List<UsageEvent> events() {
        return List.copyOf(events);
    }

    /** Requests that began and have not ended. */
    synchronized int open() {
        return open.size();
    }
}
