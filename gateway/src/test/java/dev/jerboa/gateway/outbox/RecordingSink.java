package dev.jerboa.gateway.outbox;

import dev.jerboa.gateway.ledger.UsageEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A sink that keeps what it is sent, and answers as a test says: everything has arrived, unless it says otherwise. Thread-safe. */
public final class RecordingSink implements EventSink {
    private final List<List<UsageEvent>> batches = new ArrayList<>();
    private final List<UsageEvent> arrived = new ArrayList<>();
    private final UnaryOperator<Receipt> answer;
    private boolean closed;

    public RecordingSink() {
        this(all -> all);
    }

    /** @param answer makes what is answered of the receipt of a batch that has arrived as a whole */
    public RecordingSink(UnaryOperator<Receipt> answer) {
        this.answer = answer;
    }

    @Override
    public String name() {
        return "the recording";
    }

    @Override
    public Receipt send(List<UsageEvent> events) {
        synchronized (this) {
            batches.add(List.copyOf(events));
        }
        Receipt receipt = answer.apply(
                new Receipt(events.stream().map(UsageEvent::id).collect(Collectors.toSet()), Map.of(), ""));
        synchronized (this) {
            events.stream()
                    .filter(event -> receipt.arrived().contains(event.id()))
                    .forEach(arrived::add);
        }
        return receipt;
    }

    /** What was sent, batch by batch. */
    public synchronized List<List<UsageEvent>> batches() {
        return List.copyOf(batches);
    }

    /** What is said to have arrived, in order. */
    public synchronized List<UsageEvent> arrived() {
        return List.copyOf(arrived);
    }

    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
