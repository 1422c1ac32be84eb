/**
 * What the ledger says: shares, volumes, prices, as the source studies define them.
 *
 * <pre>
 * ShareQuery → fact: FactReader (one SQL sum by time, endpoint, key, app, payer, of days where they will do) × World (labs, models, providers, as then | as now) → Facts
 *   → chart: one way to draw for each kind of chart → table: Tables with units, notes with definitions and coverage → JSON | CSV
 * </pre>
 *
 * <p>Reads rollups by day and hour, dimension tables, pulls, series and budgets only; never events. Amounts are whole numbers to the end, and a share is
 * rounded once, in {@link dev.jerboa.gateway.share.table.Exact}. {@link dev.jerboa.gateway.share.Charts} is the door.
 */
@NullMarked
package dev.jerboa.gateway.share;

import org.jspecify.annotations.NullMarked;
