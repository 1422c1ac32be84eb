package dev.jerboa.gateway.ledger;

/**
 * How many things took about as long, of one endpoint.
 *
 * @param hour the hour since 1970 in which the stretch begins
 * @param bucket see {@link LatencyBuckets}
 */
public record LatencyRow(long hour, String endpoint, LatencyBuckets.Kind kind, int bucket, long count) {}
