/**
 * Events on their way to somewhere else, such as Kafka: each at least once, and known by its id.
 *
 * <pre>
 * LedgerWriter's transaction: event + sums + its id in the table outbox (ledger.Outbox), all or none
 * OutboxSender, one thread: some of the node's rows in the order of ids → EventSink.send → Receipt: arrived | refused | neither
 *   → rows of what arrived or was refused are deleted; the others are sent again, after a pause that grows
 * killed between the two last steps → sent again at the next start, with the same id
 * </pre>
 *
 * <p>The path of a request ends at the journal and knows nothing of this: where the other side is away, rows wait in the store. Sinks are
 * modules of their own, which the one who opens a node gives to it. What is sent is {@link dev.jerboa.gateway.outbox.EventJson}. See
 * {@code docs/decisions/023-usage-events-to-kafka.md}.
 */
@NullMarked
package dev.jerboa.gateway.outbox;

import org.jspecify.annotations.NullMarked;
