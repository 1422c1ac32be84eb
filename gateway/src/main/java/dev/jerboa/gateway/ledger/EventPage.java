package dev.jerboa.gateway.ledger;

import java.util.List;
import java.util.Optional;

/**
 * Some events, newest first.
 *
 * @param next what the next page is asked with; empty at the end
 */
public record EventPage(List<UsageEvent> events, Optional<String> next) {
    public EventPage {
        events = List.copyOf(events);
    }
}
