package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Micros;

/**
 * Sums of a stretch of time and of one value of each dimension that was asked for.
 *
 * @param hour the hour since 1970 in which the stretch begins; 0 where time was not told apart
 * @param endpoint an endpoint's id; empty where endpoints were not told apart, and where none answered
 * @param key a key's id; empty where keys were not told apart, and without keys
 * @param app empty where apps were not told apart, and where the client does not say
 * @param payerCountry empty where payers' countries were not told apart, and where it is not known
 */
public record RollupRow(long hour, String endpoint, String key, String app, String payerCountry, Sums sums) {
    /** What one request adds: the row of its hour, with sums of it alone. */
    public static RollupRow of(UsageEvent event, Rater rater) {
        return new RollupRow(
                Math.floorDiv(Micros.of(event.at()), Micros.HOUR),
                event.offer().endpoint(),
                event.payer().key(),
                event.payer().app(),
                event.payer().country(),
                Sums.of(event, rater));
    }

    /** The row of the same hour, endpoint, key, app and country with other sums. */
    RollupRow with(Sums other) {
        return new RollupRow(hour, endpoint, key, app, payerCountry, other);
    }
}
