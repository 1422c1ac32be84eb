/** Ways to draw: each makes tables and notes out of facts, or out of one of the ledger's other tables. */
@NullMarked
package dev.jerboa.gateway.share.chart;

import org.jspecify.annotations.NullMarked;
