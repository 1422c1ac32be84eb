/**
 * The ledger as files, for programs that read it elsewhere.
 *
 * <pre>
 * LedgerTable: the columns of each table → LedgerExport: one transaction → TABLE.jsonl, one object a row; then export.json: ExportNote
 *   → TableLine: a line as values again, or an error that says what is wrong with it
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.ledger.export;

import org.jspecify.annotations.NullMarked;
