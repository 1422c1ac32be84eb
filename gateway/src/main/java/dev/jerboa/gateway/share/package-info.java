/**
 * What the ledger says: shares, volumes, prices, as the source studies define them.
 *
 * <pre>
 * ShareQuery → fact: FactReader (one SQL sum by time, endpoint, key, app, payer) × World (labs, models, providers, as then | as now) → Facts
 *   → chart: one way to draw for each kind of chart → table: Tables with units, notes with definitions and coverage → JSON | CSV
 * </pre>
 *
 * <p>Reads rollups, dimension tables, pulls, series and budgets only; never events. Amounts are whole numbers to the end, and a share is
 * rounded once, in {@link dev.jerboa.gateway.share.table.Exact}. {@link dev.jerboa.gateway.share.Charts} is the door.
 */
@NullMarked
package dev.jerboa.gateway.share;

import org.jspecify.annotations.NullMarked;
