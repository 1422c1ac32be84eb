package dev.jerboa.gateway.outbox;

import java.util.Map;
import java.util.Set;

/**
 * What became of events that were sent. Those that are in neither set are sent again.
 *
 * @param arrived ids of those that the other side has for good
 * @param refused those that it will never take, such as too large ones: ids and reasons
 * @param trouble why the others have not arrived; empty where there are none
 */
public record Receipt(Set<String> arrived, Map<String, String> refused, String trouble) {
    public Receipt {
        arrived = Set.copyOf(arrived);
        refused = Map.copyOf(refused);
    }

    /** Of a side that is away: nothing has arrived. */
    public static Receipt away(String trouble) {
        return new Receipt(Set.of(), Map.of(), trouble);
    }
}
