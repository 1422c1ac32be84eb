/**
 * Who may ask for what, how often, and for how much money.
 *
 * <pre>
 * Authorization → id and checksum → hash compared → Key → limits (requests, tokens a minute, at a time) → Budgets.reserve: every budget
 *   above the key, all or nothing → Reservation → settle | release
 * several nodes: each leases a slice of a budget from the store, and spends it in memory
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.key;

import org.jspecify.annotations.NullMarked;
