/**
 * What was used and what it cost, once and for ever.
 *
 * <pre>
 * UsageEvent → Journal (appended before the client has its last byte) → LedgerWriter: one thread, groups → LedgerStore: event + rollup in
 *   one transaction → journal cut off
 * a day has ended → DayKeeper → DaySums: its sums by day, to which what comes late is added as to its hours
 * whoever asks for sums → SumTables: whole days by day, the rest by hour
 * in the same transaction, where events go elsewhere too: Outbox, which package outbox sends from
 * start: what the journal has and the store has not is written; what began and never ended becomes a partial event
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.ledger;

import org.jspecify.annotations.NullMarked;
