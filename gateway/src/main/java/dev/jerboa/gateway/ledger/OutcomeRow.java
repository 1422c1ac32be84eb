package dev.jerboa.gateway.ledger;

/**
 * How many attempts at an endpoint ended in one way; see {@link Attempt#outcome}.
 *
 * @param hour the hour since 1970 in which the stretch begins
 */
public record OutcomeRow(long hour, String endpoint, String outcome, long count) {}
