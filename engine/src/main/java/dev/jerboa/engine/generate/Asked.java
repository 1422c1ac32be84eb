package dev.jerboa.engine.generate;

import dev.jerboa.engine.schedule.Ticket;
import org.jspecify.annotations.Nullable;

/** A reply that was asked for. Thread-safe. */
public final class Asked {
    /** Of a reply that has ended already. */
    static final Asked NOTHING = new Asked(null);

    private final @Nullable Ticket ticket;

    Asked(@Nullable Ticket ticket) {
        this.ticket = ticket;
    }

    /** Ends it within a step, if it has not ended, as {@link FinishReason#CANCELLED}. */
    public void cancel() {
        if (ticket != null) {
            ticket.cancel();
        }
    }
}
