package dev.jerboa.gateway.ledger;

/**
 * How many requests were put to nobody, of one key for one reason.
 *
 * @param hour the hour since 1970 in which the stretch begins
 * @param key its id; empty where none that is known came with them
 * @param reason a word, as {@code relay.RefusalReason.text}
 */
public record RefusalRow(long hour, String key, String reason, long count) {}
