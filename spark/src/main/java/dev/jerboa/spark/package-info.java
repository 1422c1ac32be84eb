/**
 * A gateway's ledger on Apache Spark, where one database is no longer enough: sums recounted from events, charts, other prices.
 *
 * <pre>
 * Tables: a store by JDBC, events in slices of time | an export's files
 *   → Analysis: event by event what it adds (the ledger's own code) → sums by hour = view "rollup" → SparkLedger: the SQL of share.fact
 *   → share.Charts (the gateway's) | RollupCheck: what differs from the ledger's sums | Rerating: other prices
 * LedgerJob: a command line → Results: JSON and CSV in a folder
 * </pre>
 *
 * <p>Spark itself is not shipped with it: a cluster has it. Amounts are whole numbers of 64 bits throughout, and a sum beyond them is an
 * error. See {@code docs/decisions/024-spark-job.md}.
 */
@NullMarked
package dev.jerboa.spark;

import org.jspecify.annotations.NullMarked;
