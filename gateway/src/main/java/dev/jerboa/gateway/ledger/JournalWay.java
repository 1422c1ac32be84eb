package dev.jerboa.gateway.ledger;

/**
 * How a journal is written.
 *
 * @param mapped whether through memory, or by calls of the system
 * @param why by calls; empty where it is mapped
 */
public record JournalWay(boolean mapped, String why) {
    @Override
    public String toString() {
        return mapped
                ? "the journal is written through memory"
                : "the journal is written by calls of the system and not through memory: " + why;
    }
}
