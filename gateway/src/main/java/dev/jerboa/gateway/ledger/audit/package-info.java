/**
 * The ledger held against something else: other prices, or what a provider says in its invoice.
 *
 * <pre>
 * events of a time → other prices → Rerating: what they would have cost, and the difference
 * invoice (CSV) → InvoiceReader → lines | events of a time → Reconciliation: by day, model and class of tokens, what differs
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.ledger.audit;

import org.jspecify.annotations.NullMarked;
