/**
 * Tally of the ledger beside who and what they are of.
 *
 * <pre>
 * LedgerSql (JDBC | Spark) → FactReader: sums by period and endpoint; World: dimension rows with their dates → Fact
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.share.fact;

import org.jspecify.annotations.NullMarked;
