/**
 * What the ledger and the catalogue say, over HTTP: charts, prices of workloads, offers, activity, rankings; keys and budgets.
 *
 * <pre>
 * request → Access: who asks, with which scopes → Scoped: whose requests count → Analytics | Offers | Activity | Rankings | Invoices | KeyDesk
 *   → Export: JSON or CSV, with a tag
 * </pre>
 *
 * <p>{@link dev.jerboa.server.market.Market} registers all of it. Shapes that OpenRouter has are OpenRouter's, from one's own ledger.
 */
@NullMarked
package dev.jerboa.server.market;

import org.jspecify.annotations.NullMarked;
