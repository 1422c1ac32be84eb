package dev.jerboa.gateway.outbox;

import dev.jerboa.gateway.ledger.UsageEvent;
import java.util.List;

/** Where events go as well. Used by one thread, but for {@link #close}. */
public interface EventSink extends AutoCloseable {
    /** For messages, such as {@code Kafka at broker:9092}; without secrets. */
    String name();

    /**
     * Sends events, and waits until it is known of each whether it has arrived for good, or until that takes too long. That the other side is
     * away is no exception.
     *
     * @param events in the order of their ids; an event may come again after it has arrived
     */
    Receipt send(List<UsageEvent> events);

    /** Ends also a {@link #send} of another thread, soon. Closing twice does nothing. */
    @Override
    void close();
}
