/**
 * A made-up ledger whose true figures are those that the project's source studies report, for tests of charts from the database to the
 * page. Deterministic: the same rows every time.
 *
 * <pre>
 * Weeks (shares in a thousand) × Labs (totals) × Lineup (models by week) → SeededLedger: rollup rows; Pulled: pulls by day → a Database
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.share.seed;

import org.jspecify.annotations.NullMarked;
