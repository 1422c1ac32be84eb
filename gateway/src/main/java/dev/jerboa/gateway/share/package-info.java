/** What the ledger says: shares, volumes, prices, as the source studies define them. Reads rollups only. */
@NullMarked
package dev.jerboa.gateway.share;

import org.jspecify.annotations.NullMarked;
